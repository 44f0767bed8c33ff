"""What a provider is asked to hold for a payment: what pays, whose it is, and where its page sends the payer then."""

import sqlite3

from csms.domain import payment
from csms.integrations.payment import Order
from csms.storage.reference import payers, payment_methods


def order(conn: sqlite3.Connection, state: payment.Payment, public_url: str | None) -> Order:
    """The order; a method that is kept is named by the provider's token."""
    kept = payment_methods.find(conn, state.method)
    payer = payers.of_payment(conn, state.id)
    return Order(
        payment_id=state.id,
        amount=state.amount,
        currency=state.currency,
        method=state.method if kept is None or kept.token is None else kept.token,
        customer=None if kept is None else kept.customer,
        back=None if payer is None else f"{public_url or ''}{payers.PATH}{payer.secret}?back=1",
        present=state.starts,
    )
