"""Monthly invoices of fleets: draft -> issued -> paid. A draft has no number, and nothing on it is fixed.

What is on it is decided when it is issued: all open charges of the account, the seller and the currency, of sessions
that ended before the end of the month. What comes later, or was corrected, is on the next one.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from csms.domain import events
from csms.domain.billing import issuing, parties
from csms.storage import errors, records, staging
from csms.storage.billing import charges, numbering
from csms.storage.billing.charges import Pile
from csms.storage.books import periods
from csms.storage.reference import accounts, audit, rows, sellers

_KIND = "invoice"


class WrongStatus(Exception):
    """The invoice is in no state for this."""

    def __init__(self, id: str, status: str, wanted: str) -> None:
        self.id, self.status = id, status
        super().__init__(f"invoice {id} is {status}: only one that is {wanted} can do this")


class Invoice(NamedTuple):
    """An invoice, and what became of it; amounts are in its currency.

    `total` of a draft is what it would come to now. `balance`: what is to be paid still.
    """

    id: str
    pile: Pile
    month: str
    number: str | None
    sessions: int
    total: Decimal
    credited: Decimal
    paid: Decimal
    issued_on: date | None
    due_on: date | None

    @property
    def balance(self) -> Decimal:
        """Total less what was credited and paid."""
        return self.total - self.credited - self.paid

    @property
    def status(self) -> str:
        """draft | issued | paid | credited."""
        if self.number is None:
            return "draft"
        if self.balance > 0:
            return "issued"
        return "paid" if self.paid else "credited"

    def overdue(self, today: date) -> bool:
        """Whether something should have been paid before today."""
        return self.status == "issued" and self.due_on is not None and self.due_on < today


def draft(conn: sqlite3.Connection, month: str, account_id: str | None = None) -> list[str]:
    """Make the drafts of a month (2026-03), of one account or of all: one where anything is open and there is none yet.

    Returns their ids, also of those that there were. Raises InvalidValue, NotFound.
    """
    if account_id is not None:
        accounts.get(conn, account_id)
    _bounds(month, "UTC")
    return [_draft(conn, pile, month) for pile in charges.piles(conn, account_id) if _places(conn, pile, month)]


class Ready(NamedTuple):
    """An invoice that could be issued: what it is of, and what it says."""

    of: issuing.Parties
    due_on: date
    places: tuple[int, ...]
    made: events.DocumentIssued


def ready(conn: sqlite3.Connection, id: str, now: datetime) -> Ready:
    """What a draft says when it is issued, made on a connection that only reads: it takes long where it has many lines.

    Raises NotFound, WrongStatus, InvalidValue when nothing is open any more.
    """
    pile, month = _draft_of(conn, id)
    of, due_on = _terms(conn, pile, now)
    charged = _open(conn, pile, month)
    if not charged:
        raise errors.InvalidValue("month", "nothing is open any more: delete the draft")
    made = issuing.invoice([charge.event for charge in charged], of, due_on)
    return Ready(of, due_on, tuple(charge.seq for charge in charged), made)


def issue(conn: sqlite3.Connection, id: str, now: datetime, prepared: Ready | None = None) -> events.DocumentIssued:
    """Give a draft its number, as it was `prepared`, or anew where that is not how it is any more.

    Raises NotFound, WrongStatus, InvalidValue when nothing is open any more.
    """
    pile, month = _draft_of(conn, id)
    if prepared is None or not _still(conn, prepared, pile, month, now):
        prepared = ready(conn, id, now)
    issued = numbering.Press(conn).issue(prepared.made, prepared.of)
    with audit.changing(conn, "invoices", id, kind=_KIND):
        conn.execute("UPDATE invoices SET number = ?, revision = revision + 1 WHERE id = ?", (issued.number, id))
    return issued


def discard(conn: sqlite3.Connection, id: str) -> None:
    """Delete a draft; what is on it stays open. Raises NotFound, WrongStatus."""
    _draft_of(conn, id)
    rows.delete(conn, "invoices", id, kind=_KIND)


def pay(
    conn: sqlite3.Connection, id: str, received_on: date, *, amount: Decimal | None = None, reference: str = ""
) -> Decimal:
    """The account has paid, all of the balance if no amount is named; what it paid.

    Raises NotFound, WrongStatus, InvalidValue.
    """
    found = get(conn, id)
    if found.number is None or found.balance <= 0:
        raise WrongStatus(id, found.status, "issued and not paid")
    paid = found.balance if amount is None else amount
    if not 0 < paid <= found.balance:
        raise errors.InvalidValue("amount", f"must be more than 0 and at most the balance, {found.balance}")
    event = events.InvoicePaid(
        account_id=found.pile.account_id,
        number=found.number,
        amount=paid,
        currency=found.pile.currency,
        received_on=received_on,
        by=staging.acting.get(),
        reference=reference,
        seller_id=found.pile.seller_id,
        booked_on=max(received_on, periods.first_open(conn, found.pile.seller_id)),
    )
    staging.stage(events.account_stream(found.pile.account_id), records.New(event))
    return paid


def get(conn: sqlite3.Connection, id: str) -> Invoice:
    """One invoice. Raises NotFound."""
    row = _row(conn, id)
    pile = _pile(row)
    if row["number"] is None:
        charged, of = _open(conn, pile, row["month"]), _parties(conn, pile, date.min)
        total = sum((issuing.payable(charge.event, of) for charge in charged), Decimal(0))
        return Invoice(id, pile, row["month"], None, len(charged), total, Decimal(0), Decimal(0), None, None)
    return _issued(conn, id, pile, row["month"], row["number"])


def overdue(
    conn: sqlite3.Connection, today: date, account_id: str | None = None, month: str | None = None
) -> list[str]:
    """Those of an account, a month, or all, of which something should have been paid before today."""
    query = "SELECT id FROM invoices JOIN documents USING (number) WHERE due_on < ?"
    late = {row[0] for row in conn.execute(query, (today.isoformat(),))}
    return [each for each in ids(conn, account_id, month) if each in late and get(conn, each).overdue(today)]


def ids(conn: sqlite3.Connection, account_id: str | None = None, month: str | None = None) -> list[str]:
    """The invoices of an account, a month, or all; the newest month first."""
    query = (
        "SELECT id FROM invoices WHERE account_id = ifnull(?, account_id) AND month = ifnull(?, month)"
        " ORDER BY month DESC, account_id, id"
    )
    return [row[0] for row in conn.execute(query, (account_id, month))]


def last_month(now: datetime) -> str:
    """The month before the one that it is."""
    return (now.astimezone(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def _issued(conn: sqlite3.Connection, id: str, pile: Pile, month: str, number: str) -> Invoice:
    query = (
        "SELECT total_incl, issued_on, due_on, (SELECT count(*) FROM document_sessions WHERE seq = documents.seq)"
        " FROM documents WHERE number = ?"
    )
    told, issued_on, due_on, count = conn.execute(query, (number,)).fetchone()
    credited = _sum(conn, "SELECT total_incl FROM documents WHERE corrects = ?", number)
    paid = _sum(conn, "SELECT amount FROM invoice_payments WHERE number = ?", number)
    days = date.fromisoformat(issued_on), date.fromisoformat(due_on)
    return Invoice(id, pile, month, number, count, Decimal(told), -credited, paid, *days)


def _sum(conn: sqlite3.Connection, query: str, number: str) -> Decimal:
    return sum((Decimal(row[0]) for row in conn.execute(query, (number,))), Decimal(0))


def _draft(conn: sqlite3.Connection, pile: Pile, month: str) -> str:
    known = conn.execute(
        "SELECT id FROM invoices WHERE account_id = ? AND seller_id = ? AND currency = ? AND month = ?"
        " AND number IS NULL",
        (*pile, month),
    ).fetchone()
    if known is not None:
        return str(known[0])
    new = rows.new_id("in")
    row = {"id": new, **pile._asdict(), "month": month, "number": None, "revision": 1}
    rows.insert(conn, "invoices", row, _KIND, new)
    return new


def _draft_of(conn: sqlite3.Connection, id: str) -> tuple[Pile, str]:
    """What a draft is of, and its month. Raises NotFound, WrongStatus."""
    row = _row(conn, id)
    if row["number"] is not None:
        raise WrongStatus(id, get(conn, id).status, "a draft")
    return _pile(row), row["month"]


def _terms(conn: sqlite3.Connection, pile: Pile, now: datetime) -> tuple[issuing.Parties, date]:
    """Who sells to whom today, and when it is to be paid."""
    seller, account = sellers.get(conn, pile.seller_id), accounts.get(conn, pile.account_id)
    day = now.astimezone(ZoneInfo(seller.time_zone)).date()
    days = seller.payment_days if account.payment_days is None else account.payment_days
    return _parties(conn, pile, day), day + timedelta(days=days)


def _parties(conn: sqlite3.Connection, pile: Pile, day: date) -> issuing.Parties:
    seller, account = sellers.get(conn, pile.seller_id), accounts.get(conn, pile.account_id)
    sells, buys = sellers.party(seller), accounts.party(account)
    return issuing.Parties(
        seller_id=seller.id,
        prefix=seller.series,
        seller=sells,
        buyer=buys,
        buyer_ref=f"account:{account.id}",
        day=day,
        reverse_charge=account.reverse_charge and parties.owes_the_tax(sells, buys),
    )


def _still(conn: sqlite3.Connection, prepared: Ready, pile: Pile, month: str, now: datetime) -> bool:
    """Whether nothing has changed since."""
    return (prepared.of, prepared.due_on) == _terms(conn, pile, now) and prepared.places == _places(conn, pile, month)


def _places(conn: sqlite3.Connection, pile: Pile, month: str) -> tuple[int, ...]:
    return charges.open_at(conn, pile, _end(conn, pile, month))


def _row(conn: sqlite3.Connection, id: str) -> dict[str, Any]:
    row = rows.one(conn, "SELECT * FROM invoices WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("invoice", id)
    return row


def _pile(row: Mapping[str, Any]) -> Pile:
    return Pile(row["account_id"], row["seller_id"], row["currency"])


def _open(conn: sqlite3.Connection, pile: Pile, month: str) -> Sequence[charges.Charge]:
    return charges.open(conn, pile, _end(conn, pile, month))


def _end(conn: sqlite3.Connection, pile: Pile, month: str) -> datetime:
    """The first moment after a month, where the seller is."""
    return _bounds(month, sellers.get(conn, pile.seller_id).time_zone)[1]


def _bounds(month: str, zone: str) -> tuple[datetime, datetime]:
    """The first moments of a month and of the next one, there. Raises InvalidValue."""
    try:
        begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise errors.InvalidValue("month", "write year and month, such as 2026-03") from None
    return begin, (begin + timedelta(days=32)).replace(day=1)
