"""The ledger: how each event that moves money is booked, in double entry. Pure.

Every booking adds up to nothing: a debit is positive, a credit negative. Holds of a provider are not money of ours and
are not booked; what is captured is a claim on the provider until it pays out.

    receivables       what customers owe: documents debit it, captures and paid invoices credit it
    revenue           what documents say, without taxes
    tax:NAME:RATE     what they say of each tax (tax:VAT:19)
    provider:NAME     what a payment provider has taken for us
    bank              what accounts paid of their invoices
    goodwill          what was refunded without taking a document back
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from csms.domain import events, payment_events

RECEIVABLES, REVENUE, BANK, GOODWILL = "receivables", "revenue", "bank", "goodwill"


class Entry(NamedTuple):
    """One line: so much more (debit) or less (credit) on an account."""

    account: str
    amount: Decimal


class Booking(NamedTuple):
    """The lines of one event. `document` is what it is about; `seller_id` None where the document tells."""

    booked_on: date
    currency: str
    document: str | None
    seller_id: str | None
    text: str
    entries: tuple[Entry, ...]


def booking(event: events.AnyEvent) -> Booking | None:
    """How an event is booked; None for one that moves no money."""
    match event:
        case events.DocumentIssued():
            return _issued(event)
        case payment_events.PaymentCaptured():
            lines = _lines((provider(event.gateway), event.amount), (RECEIVABLES, -event.amount))
            return Booking(event.booked_on, event.currency, event.document, event.seller_id, "captured", lines)
        case payment_events.PaymentRefunded():
            against = RECEIVABLES if event.document is not None else GOODWILL
            lines = _lines((against, event.amount), (provider(event.gateway), -event.amount))
            return Booking(event.booked_on, event.currency, event.document, event.seller_id, "refunded", lines)
        case events.InvoicePaid():
            lines = _lines((BANK, event.amount), (RECEIVABLES, -event.amount))
            day = event.booked_on or event.received_on
            return Booking(day, event.currency, event.number, event.seller_id, "invoice paid", lines)
        case _:
            return None


def provider(gateway: str) -> str:
    """The account of a payment provider."""
    return f"provider:{gateway}"


def tax(name: str, percentage: Decimal) -> str:
    """The account of a tax of this rate."""
    return f"tax:{name}:{format(percentage.normalize(), 'f')}"


def _issued(event: events.DocumentIssued) -> Booking:
    taxes = ((tax(each.name, each.percentage), -each.amount) for each in event.taxes)
    lines = _lines((RECEIVABLES, event.total_incl), (REVENUE, -event.total_excl), *taxes)
    return Booking(event.issued_on, event.currency, event.number, event.seller_id, event.kind, lines)


def _lines(*pairs: tuple[str, Decimal]) -> tuple[Entry, ...]:
    return tuple(Entry(account, amount) for account, amount in pairs if amount)
