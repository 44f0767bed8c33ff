"""What fleet accounts are charged: which of it counts, which is on an invoice, and which is open."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from csms.domain import events
from csms.storage import codec

_decode = msgspec.json.Decoder(events.SessionCharged).decode

_ALL = """
SELECT seq, body FROM charges WHERE account_id = ? AND ended_at >= ? AND ended_at < ?
    AND NOT EXISTS (SELECT 1 FROM charge_sessions AS newer
        WHERE newer.session_id = charges.session_id AND newer.seq > charges.seq)
ORDER BY ended_at, seq
"""
"""Those that count: no later charge of the same session replaces them."""
_LAST = """
SELECT DISTINCT charges.seq, charges.body FROM charge_sessions JOIN charges ON charges.seq = charge_sessions.seq
WHERE charge_sessions.session_id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM charge_sessions AS newer
        WHERE newer.session_id = charges.session_id AND newer.seq > charges.seq)
ORDER BY charges.seq
"""
_OPEN = """
FROM charges WHERE internal = 0 AND account_id = ifnull(?, account_id)
    AND NOT EXISTS (SELECT 1 FROM charge_sessions AS newer
        WHERE newer.session_id = charges.session_id AND newer.seq > charges.seq)
    AND NOT EXISTS (SELECT 1 FROM document_sessions AS about
        WHERE about.session_id = charges.session_id AND about.seq > charges.seq AND about.kind = 'invoice')
"""
"""Those that count and that no invoice names which came after them."""
_PILES = f"SELECT DISTINCT account_id, seller_id, currency {_OPEN} ORDER BY account_id, seller_id, currency"
_PILE = f"SELECT seq, body {_OPEN} AND seller_id = ? AND currency = ? AND ended_at < ? ORDER BY ended_at, seq"
_PLACES = f"SELECT seq {_OPEN} AND seller_id = ? AND currency = ? AND ended_at < ? ORDER BY ended_at, seq"


class Charge(NamedTuple):
    """A SessionCharged and its place in the log."""

    seq: int
    event: events.SessionCharged


class Pile(NamedTuple):
    """Open charges that can be on one invoice."""

    account_id: str
    seller_id: str
    currency: str


def last_of(conn: sqlite3.Connection, session_ids: Sequence[str]) -> list[Charge]:
    """The charges for any of these sessions that count."""
    ids = msgspec.json.encode(list(session_ids)).decode()
    return [Charge(seq, _decode(body)) for seq, body in conn.execute(_LAST, (ids,))]


def invoice_of(conn: sqlite3.Connection, charge: Charge) -> str | None:
    """The number of the invoice that a charge is on and was not taken back from; None where it is on none."""
    query = (
        "SELECT about.kind, documents.number FROM document_sessions AS about JOIN documents ON documents.seq ="
        " about.seq WHERE about.session_id = ? AND about.seq > ? ORDER BY about.seq DESC LIMIT 1"
    )
    row = conn.execute(query, (charge.event.session_id, charge.seq)).fetchone()
    return str(row[1]) if row is not None and row[0] == "invoice" else None


def open(conn: sqlite3.Connection, pile: Pile, before: datetime) -> list[Charge]:  # noqa: A001 - as in charges.open
    """What is to be on the next invoice: charges of sessions that ended before that, in the order of their ends."""
    rows = conn.execute(_PILE, (*pile, codec.milliseconds(before)))
    return [Charge(seq, _decode(body)) for seq, body in rows]


def open_at(conn: sqlite3.Connection, pile: Pile, before: datetime) -> tuple[int, ...]:
    """Where the same are in the log."""
    rows = conn.execute(_PLACES, (*pile, codec.milliseconds(before)))
    return tuple(row[0] for row in rows)


def piles(conn: sqlite3.Connection, account_id: str | None = None) -> list[Pile]:
    """Which invoices are to be made, of one account or of all."""
    return [Pile(*row) for row in conn.execute(_PILES, (account_id,))]


def all_of(conn: sqlite3.Connection, account_id: str, begin: datetime, end: datetime) -> list[Charge]:
    """Every charge of an account that counts, of sessions that ended in that time, internal ones included."""
    times = codec.milliseconds(begin), codec.milliseconds(end)
    return [Charge(seq, _decode(body)) for seq, body in conn.execute(_ALL, (account_id, *times))]
