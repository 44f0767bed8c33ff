"""Events of bills. Part of events.py, by whose name everybody uses them.

They name sellers and buyers by their ids only: who these were then is kept beside the log, where it can be erased.
"""

from datetime import date, datetime
from decimal import Decimal

from csms.domain.billing import document
from csms.domain.event import Event
from csms.domain.tariff import bill


class DocumentIssued(Event, frozen=True, kw_only=True):
    """A receipt, an invoice or a credit note. Stream documents:<series>; its version is the number within the series.

    `number` is what people see (MALL-R-000042). total_excl + the taxes = total_incl; a credit note has the amounts of
    what it takes back, negative, and says in `corrects` which document that is in. `session_ids`: the sessions it is
    about, the oldest first; of a receipt more than one where sessions were continued. `buyer_ref` is account:<id> or
    driver:<id>. `revision`: that of the SessionPriced it follows from. `issued_on` is the seller's day.
    """

    number: str
    series: str
    kind: document.Kind
    seller_id: str
    session_ids: tuple[str, ...]
    currency: str
    lines: tuple[document.Line, ...]
    taxes: tuple[document.Tax, ...]
    total_excl: Decimal
    total_incl: Decimal
    issued_on: date
    buyer_ref: str | None = None
    corrects: str | None = None
    due_on: date | None = None
    reason: str = ""
    place_of_supply: str | None = None
    """India: the code of the state whose tax it is."""
    revision: int = 0
    reverse_charge: bool = False
    """The buyer owes the tax; the document has none and says so."""


class SessionCharged(Event, frozen=True, kw_only=True):
    """A session is to be paid by a fleet account, with its next invoice. Stream account:<id>.

    It has no receipt of its own, for the invoice is its bill. A higher revision replaces the one before. `internal`:
    nobody pays for it.
    """

    account_id: str
    session_id: str
    revision: int
    covers: tuple[str, ...]
    seller_id: str
    currency: str
    total_excl: Decimal
    total_incl: Decimal
    taxes: tuple[bill.Tax, ...]
    energy_wh: Decimal
    ended_at: datetime
    cost_centre: str | None = None
    internal: bool = False


class InvoicePaid(Event, frozen=True, kw_only=True):
    """The account has paid an invoice; `reference` is what the bank says. Stream account:<id>.

    `booked_on` is another day than `received_on` where that month was closed.
    """

    account_id: str
    number: str
    amount: Decimal
    currency: str
    received_on: date
    by: str
    reference: str = ""
    seller_id: str | None = None
    booked_on: date | None = None


def documents_stream(series: str) -> str:
    """The stream of a series of documents."""
    return f"documents:{series}"


def account_stream(account_id: str) -> str:
    """The stream of a fleet account."""
    return f"account:{account_id}"
