"""How a payment begins: with a token made for it alone, in one transaction with its first event.

By that token the session is found that the charger starts, whatever crashes in between; it is blocked when the payment
is over, so that nobody charges with it once more. The payment of a session that a driver began with a card has none.
"""

import secrets
import sqlite3
from datetime import datetime
from decimal import Decimal

import msgspec

from csms.domain import money, payment_events
from csms.domain.session import FAILED, Session
from csms.storage import errors, records, staging
from csms.storage.reference import accounts, chargers, payment_methods, rows, tariffs, tokens

TOKEN_TYPE = "Central"
_decode = msgspec.msgpack.Decoder(Session).decode


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody wants to charge, and with what to pay; without an `amount` it is the tariff's."""

    charger_id: str
    gateway: str
    flow: payment_events.Flow
    method: str
    connector_id: int | None = None
    evse_id: int | None = None
    amount: Decimal | None = None
    driver_id: str | None = None
    driver_group: str | None = None


class Terms(msgspec.Struct, frozen=True):
    """What is to be held."""

    amount: Decimal
    currency: str


class Free(Exception):
    """No tariff applies there."""


def terms(conn: sqlite3.Connection, wanted: Wanted, now: datetime) -> Terms:
    """What a payment there has to hold now. Raises NotFound, InvalidValue, Free."""
    charger = chargers.get(conn, wanted.charger_id)
    found = tariffs.in_force(
        conn,
        charger_id=charger.id,
        connector_id=wanted.connector_id,
        station_id=charger.station_id,
        driver_group=wanted.driver_group,
        at=now,
    )
    if found is None:
        raise Free(f"charging at {charger.id} is free: start it with POST /api/v1/sessions")
    currency = found.tariff.currency
    amount = wanted.amount if wanted.amount is not None else found.tariff.preauthorize
    if amount is None:
        raise errors.InvalidValue("amount", "say how much to hold: the tariff has no `preauthorize`")
    if not money.is_payable(amount, currency):
        raise errors.InvalidValue("amount", f"must be more than 0, with at most {money.exponent(currency)} decimals")
    return Terms(amount, currency)


def create(conn: sqlite3.Connection, wanted: Wanted, now: datetime) -> str:
    """Begin a payment; its id. Raises NotFound, InvalidValue, Free."""
    held = terms(conn, wanted, now)
    charger = chargers.get(conn, wanted.charger_id)
    if wanted.connector_id is not None and wanted.connector_id not in charger.connector_ids:
        raise errors.InvalidValue("connector_id", f"{charger.id} has no connector {wanted.connector_id}")
    payment_id = rows.new_id("p")
    token = tokens.add(
        conn,
        {
            "id_token": "P" + secrets.token_hex(9).upper(),  # OCPP 1.6 takes 20 characters
            "type": TOKEN_TYPE,
            "driver_id": wanted.driver_id,
            "group_id": wanted.driver_group,
        },
    )
    event = payment_events.PaymentCreated(
        gateway=wanted.gateway,
        flow=wanted.flow,
        method=wanted.method,
        charger_id=charger.id,
        connector_id=wanted.connector_id,
        evse_id=wanted.evse_id,
        station_id=charger.station_id,
        amount=money.rounded(held.amount, held.currency),
        currency=held.currency,
        token=token.ref,
        driver_id=wanted.driver_id,
    )
    staging.stage(payment_events.payment_stream(payment_id), records.New(event), expected=0)
    return payment_id


def wants_payment(conn: sqlite3.Connection, session_id: str) -> bool:
    """Whether a session that began is to be paid by what its driver keeps, and is not yet."""
    return _own(conn, session_id) is not None


def for_session(conn: sqlite3.Connection, session_id: str) -> str | None:
    """Begin the payment of a session that runs; its id, None where there is none to begin."""
    found = _own(conn, session_id)
    if found is None:
        return None
    state, held, method = found
    payment_id = rows.new_id("p")
    event = payment_events.PaymentCreated(
        gateway=method.gateway,
        flow="stored",
        method=method.id,
        charger_id=state.charger_id,
        connector_id=state.connector_id,
        evse_id=state.evse_id,
        station_id=state.station_id,
        amount=money.rounded(held.amount, held.currency),
        currency=held.currency,
        token=state.token or "",
        driver_id=state.driver_id,
        session_id=session_id,
    )
    staging.stage(payment_events.payment_stream(payment_id), records.New(event), expected=0)
    return payment_id


def _own(conn: sqlite3.Connection, session_id: str) -> tuple[Session, Terms, payment_methods.Method] | None:
    """A session that a driver began who keeps a method, what is to be held, and the method."""
    row = conn.execute("SELECT state FROM sessions WHERE id = ?", (session_id,)).fetchone()
    state = None if row is None else _decode(row[0])
    if state is None or state.driver_id is None or state.price is None or state.status == FAILED:
        return None
    paid = "SELECT 1 FROM payments WHERE session_id = ? OR (token = ? AND session_id IS NULL)"
    if conn.execute(paid, (session_id, state.token)).fetchone() is not None:
        return None
    method = payment_methods.default(conn, state.driver_id)
    if method is None or accounts.member_of(conn, state.token, state.driver_id) is not None:
        return None
    tariff = tariffs.version(conn, state.price.tariff_id, state.price.version).tariff
    amount = tariff.preauthorize
    return None if amount is None else (state, Terms(amount, tariff.currency), method)


def block(conn: sqlite3.Connection, token: str) -> None:
    """The payment's token starts nothing any more."""
    if not tokens.get(conn, token).blocked:
        tokens.change(conn, token, {"blocked": True})
