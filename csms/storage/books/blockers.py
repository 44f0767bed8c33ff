"""What keeps a month from being closed: whatever began before its end and may still be booked on it, or ought to be.

All of it is found by indexes of what is open, never by looking through all sessions: closing runs in the one writer.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from csms.domain import events
from csms.storage import codec, reader
from csms.storage.reference import cursors, sellers

BILLING = "billing"
"""The follower that bills sessions, as actors/business/billing.py calls it."""

_SESSIONS = """
SELECT id, status, station_id FROM sessions
WHERE status NOT IN ('completed', 'failed') AND coalesce(started_at, changed_at) < ?
UNION
SELECT id, 'not priced', station_id FROM sessions
WHERE flags <> '[]' AND instr(flags, '"unpriced"') AND coalesce(started_at, changed_at) < ?
"""
_PAYMENTS = """
SELECT id, status, station_id FROM payments
WHERE (status NOT IN ('captured', 'partially_refunded', 'refunded', 'canceled', 'failed') OR refunding > 0)
    AND created_at < ?
"""
_WAITING = """
SELECT billing_waits.session_id, sessions.station_id FROM billing_waits
JOIN sessions ON sessions.id = billing_waits.session_id WHERE coalesce(sessions.started_at, sessions.changed_at) < ?
"""


class Blocker(NamedTuple):
    """Something that is open: a session or a payment, by its id."""

    kind: str
    id: str
    why: str


def of(conn: sqlite3.Connection, seller_id: str, until: datetime) -> list[Blocker]:
    """What is open of a seller and began before `until`."""
    found = []
    for blocker, station_id in _all(conn, codec.milliseconds(until)):
        if sellers.at_station(conn, station_id).id == seller_id:
            found.append(blocker)
    return found


def _all(conn: sqlite3.Connection, until: int) -> Iterator[tuple[Blocker, str | None]]:
    """With the station, which tells the seller."""
    for id, status, station_id in conn.execute(_SESSIONS, (until, until)):  # noqa: A001 - as the column
        yield Blocker("session", id, f"is {status}"), station_id
    for id, status, station_id in conn.execute(_PAYMENTS, (until,)):  # noqa: A001 - as the column
        yield Blocker("payment", id, f"is {status}"), station_id
    for session_id, station_id in conn.execute(_WAITING, (until,)):
        yield Blocker("session", session_id, "has no bill yet: it may be continued for some minutes"), station_id
    yield from _unbilled(conn)


def _unbilled(conn: sqlite3.Connection) -> Iterator[tuple[Blocker, str | None]]:
    """Prices that were recorded and not acted on: a moment ago, or held back since billing them failed."""
    source = reader.Reader(conn, snapshot=True)
    done = cursors.get(conn, BILLING) or 0
    (last,) = conn.execute("SELECT ifnull(max(seq), 0) FROM events").fetchone()
    waiting = [(stored, "has no bill yet") for stored in source.of_types(["SessionPriced"], done, last)]
    for held in cursors.held(conn, BILLING):
        stored = source.one(held.seq)
        if stored is not None:
            waiting.append((stored, f"cannot be billed: {held.reason}"))
    for stored, why in waiting:
        session_id = stored.stream.removeprefix(events.session_stream(""))
        row = conn.execute("SELECT station_id FROM sessions WHERE id = ?", (session_id,)).fetchone()
        yield Blocker("session", session_id, why), None if row is None else row[0]
