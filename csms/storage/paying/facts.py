"""What a payment has to know of the rest: its state, its session, and what the session's documents come to."""

import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from csms.domain import payment, payment_events, session_price
from csms.domain.session import Session
from csms.storage import reader

_decode = msgspec.msgpack.Decoder(Session).decode

_DOCUMENTS = """
SELECT DISTINCT documents.seq, documents.number, documents.kind, documents.seller_id, documents.total_incl
FROM document_sessions AS about JOIN documents ON documents.seq = about.seq
WHERE about.session_id = ? AND documents.kind <> 'invoice'
    AND (documents.corrects IS NULL OR EXISTS (SELECT 1 FROM documents AS receipt
        WHERE receipt.number = documents.corrects AND receipt.kind = 'receipt'))
ORDER BY documents.seq
"""
"""Receipts of a session, and what took them back."""
_OPEN = (
    "SELECT id FROM payments WHERE status NOT IN ('captured', 'partially_refunded', 'refunded', 'canceled', 'failed')"
    " OR refunding > 0 ORDER BY seq"
)


class Billed(NamedTuple):
    """What the documents of a session come to; `number` is that of its newest receipt."""

    due: Decimal | None
    number: str | None
    seller_id: str | None


def state(conn: sqlite3.Connection, payment_id: str) -> payment.Payment | None:
    """A payment, folded from its events."""
    found: payment.Payment | None = None
    source = reader.Reader(conn, snapshot=True)
    try:
        for stored in source.read(payment_events.payment_stream(payment_id)):
            found = payment.evolve(found, payment_id, stored.event, stored.at)
    finally:
        source.close()
    return found


def unfinished(conn: sqlite3.Connection) -> list[str]:
    """The payments that something is to be done about, oldest first."""
    return [row[0] for row in conn.execute(_OPEN)]


def of_sessions(conn: sqlite3.Connection, session_ids: Iterable[str]) -> list[str]:
    """The payments that are bound to any of these sessions."""
    found = [
        row[0]
        for session_id in session_ids
        for row in conn.execute("SELECT id FROM payments WHERE session_id = ?", (session_id,))
    ]
    return list(dict.fromkeys(found))


def gather(conn: sqlite3.Connection, state: payment.Payment) -> payment.Facts:
    """The facts about a payment now."""
    known = _session(conn, state)
    if known is None:
        return payment.Facts()
    billed = documents(conn, known.id)
    charged = conn.execute("SELECT 1 FROM charge_sessions WHERE session_id = ? LIMIT 1", (known.id,)).fetchone()
    return payment.Facts(
        session_id=known.id,
        status=known.status,
        currency=_currency(known, state),
        cap=known.cap,
        due=billed.due,
        document=billed.number,
        seller_id=billed.seller_id,
        on_account=charged is not None,
    )


def _currency(known: Session, state: payment.Payment) -> str | None:
    """That of its tariff; what nobody knows yet is not free, so the payment waits."""
    if known.price is not None:
        return known.price.currency
    return None if session_price.free(known) else state.currency


def documents(conn: sqlite3.Connection, session_id: str) -> Billed:
    """What a session's receipts come to, with those that took them back."""
    rows = conn.execute(_DOCUMENTS, (session_id,)).fetchall()
    receipts = [row for row in rows if row[2] == "receipt"]
    if not receipts:
        return Billed(None, None, None)
    due = sum((Decimal(row[4]) for row in rows), Decimal(0))
    return Billed(due, receipts[-1][1], receipts[-1][3])


def _session(conn: sqlite3.Connection, state: payment.Payment) -> Session | None:
    """The session that it is bound to, else the first that its token began."""
    if state.session_id is not None:
        row = conn.execute("SELECT state FROM sessions WHERE id = ?", (state.session_id,)).fetchone()
    else:
        query = "SELECT state FROM sessions WHERE token = ? AND status <> 'failed' ORDER BY number LIMIT 1"
        row = conn.execute(query, (state.token,)).fetchone()
    return None if row is None else _decode(row[0])
