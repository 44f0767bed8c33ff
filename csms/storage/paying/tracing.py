"""Every session's money, from its price to what was paid: `csms ledger trace`, and a line of `csms ledger check`.

free       it has no price
continued  another session goes on with it, and is billed for both
unbilled   priced, and not billed yet
credited   what was billed was taken back
charged    on the invoice of an account, or on its next one
internal   nobody pays for it
paid       captured, to the last unit
owed       billed, and paid in part or not at all
"""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from csms.domain import money
from csms.domain.session import Session
from csms.storage.billing import charges
from csms.storage.paying import facts

_decode = msgspec.msgpack.Decoder(Session).decode
_ALL = "SELECT state FROM sessions WHERE status = 'completed' AND id = ifnull(?, id) ORDER BY number"


class Trace(NamedTuple):
    """What became of one session's price; amounts have the currency's decimals, "" where there is none."""

    session_id: str
    status: str
    currency: str = ""
    priced: str = ""
    billed: str = ""
    document: str = ""
    payment: str = ""
    held: str = ""
    captured: str = ""
    refunded: str = ""
    owed: str = ""


def traces(conn: sqlite3.Connection, session_id: str | None = None) -> Iterator[Trace]:
    """Every completed session, oldest first, or one."""
    later = _continued(conn)
    for (state,) in conn.execute(_ALL, (session_id,)):
        yield _trace(conn, _decode(state), later)


def _continued(conn: sqlite3.Connection) -> set[str]:
    """The sessions that others go on with."""
    states = (_decode(row[0]) for row in conn.execute("SELECT state FROM sessions WHERE status <> 'failed'"))
    return {state.continues for state in states if state.continues is not None}


def _trace(conn: sqlite3.Connection, state: Session, later: set[str]) -> Trace:
    if state.id in later:
        return Trace(state.id, "continued")
    if state.price is None or state.price.amount is None:
        return Trace(state.id, "free")
    currency = state.price.currency
    trace = Trace(state.id, "unbilled", currency, money.text(state.price.amount, currency))
    charged = next(iter(charges.last_of(conn, [state.id])), None)
    if charged is not None:
        number = charges.invoice_of(conn, charged)
        billed = money.text(charged.event.total_incl, currency)
        status = "internal" if charged.event.internal else "charged"
        return trace._replace(status=status, billed=billed, document=number or f"account {charged.event.account_id}")
    found = facts.documents(conn, state.id)
    return trace if found.due is None else _paid(conn, trace, found.due, found.number or "")


def _paid(conn: sqlite3.Connection, trace: Trace, due: Decimal, number: str) -> Trace:
    paid = _of(conn, trace.session_id, number)
    trace = trace._replace(billed=money.text(due, trace.currency), document=number)
    kept = left = Decimal(0)
    if paid is not None:
        payment_id, *amounts = paid
        held, captured, refunded = (money.from_minor(each, trace.currency) for each in amounts)
        told = [money.text(each, trace.currency) for each in (held, captured, refunded)]
        trace = trace._replace(payment=payment_id, held=told[0], captured=told[1], refunded=told[2])
        kept, left = captured - _taken_back(conn, payment_id, trace.currency), captured - refunded
    owed = max(due - kept, -left)  # goodwill may have given back already what was then taken back
    status = "credited" if due <= 0 else "owed" if owed > 0 else "paid"
    return trace._replace(status=status, owed=money.text(owed, trace.currency))


def _of(conn: sqlite3.Connection, session_id: str, number: str) -> tuple[str, int, int, int] | None:
    """The payment that is bound to a session, or to one before it on the same receipt: id, held, captured, refunded."""
    query = (
        "SELECT id, authorised, captured, refunded FROM payments WHERE session_id = ?"
        " OR session_id IN (SELECT about.session_id FROM document_sessions AS about"
        " JOIN documents ON documents.seq = about.seq WHERE documents.number = ?) ORDER BY captured DESC, seq"
    )
    row: tuple[str, int, int, int] | None = conn.execute(query, (session_id, number)).fetchone()
    return row


def _taken_back(conn: sqlite3.Connection, payment_id: str, currency: str) -> Decimal:
    """What was refunded for a credit note; goodwill leaves the bill paid."""
    query = (
        "SELECT ifnull(sum(amount), 0) FROM ledger WHERE payment_id = ? AND text = 'refunded'"
        " AND account = 'receivables'"
    )
    return money.from_minor(conn.execute(query, (payment_id,)).fetchone()[0], currency)
