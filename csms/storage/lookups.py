"""Point look-ups that actors make: a few rows by key, typed as the domain wants them. Lists for people are in queries/.

Every function takes a connection, usually a read-only one. What was acknowledged is visible in the next look-up.
"""

import sqlite3
from typing import NamedTuple

import msgspec

from csms.domain import authorization, charger, events, session
from csms.storage import reader
from csms.storage.records import Stored
from csms.storage.reference import certificates, chargers, drivers, tokens

_session = msgspec.msgpack.Decoder(session.Session).decode
_charger = msgspec.msgpack.Decoder(charger.Charger).decode

# Named, or SQLite walks all sessions in the order that is asked for.
_OPEN = "FROM sessions INDEXED BY sessions_open WHERE status NOT IN ('completed', 'failed')"

# The row of a charger is written with its events, so that the log hardly ever goes on behind it.
_CHARGER = (
    "SELECT known.state, ifnull(fences.epoch, 0),"
    " EXISTS (SELECT 1 FROM events WHERE stream = known.number AND version > known.version)"
    " FROM charger_states AS known LEFT JOIN fences ON fences.charger_id = known.id WHERE known.id = ?"
)

RECENT = 100
"""Sessions that a repeated stop is looked for in: more than a charger keeps while it is offline."""


class Rebuilt(NamedTuple):
    """A charger's state, and the epoch of its newest link (0: never connected)."""

    state: charger.Charger
    epoch: int


class Beginning(NamedTuple):
    """What is registered of a charger (None: nothing any more), what it said, and its open sessions, oldest first."""

    registered: chargers.Charger | None
    rebuilt: Rebuilt
    sessions: list[session.Session]


def known_charger(conn: sqlite3.Connection, identity: str) -> chargers.Charger | None:
    """The registered charger of this identity, in whatever case; none that was taken out of service."""
    found = chargers.find(conn, identity)
    return None if found is None or found.decommissioned_at is not None else found


def serial_number(conn: sqlite3.Connection, charger_id: str) -> str | None:
    """The serial number that the charger itself reported."""
    return charger_state(conn, charger_id).state.serial_number


def certificate(conn: sqlite3.Connection, serial: str) -> certificates.Certificate | None:
    """The certificate of this serial number, if it is one of ours."""
    return certificates.find(conn, serial)


def beginning(conn: sqlite3.Connection, charger_id: str) -> Beginning:
    """Everything that a charger's actor begins with: one question, since thousands begin at once after a restart."""
    with reader.Reader(conn, snapshot=True).consistent():
        registered, rebuilt = known_charger(conn, charger_id), charger_state(conn, charger_id)
        return Beginning(registered, rebuilt, open_sessions(conn, charger_id))


def charger_state(conn: sqlite3.Connection, charger_id: str) -> Rebuilt:
    """The state of a charger: the newest row, and what the log has beyond it."""
    found = conn.execute(_CHARGER, (charger_id,)).fetchone()
    if found is not None and not found[2]:
        return Rebuilt(_charger(found[0]), found[1])
    row = conn.execute("SELECT state FROM charger_states WHERE id = ?", (charger_id,)).fetchone()
    state = _charger(row[0]) if row else charger.Charger(id=charger_id)
    for stored in _read(conn, events.charger_stream(charger_id), state.version):
        state = charger.evolve(state, stored.event, stored.at)
    fence = conn.execute("SELECT epoch FROM fences WHERE charger_id = ?", (charger_id,)).fetchone()
    return Rebuilt(state, fence[0] if fence else 0)


def online_chargers(conn: sqlite3.Connection) -> list[charger.Charger]:
    """The chargers that the log says are connected."""
    rows = conn.execute("SELECT state FROM charger_states WHERE online ORDER BY number")
    return [_charger(row[0]) for row in rows]


def session_events(conn: sqlite3.Connection, session_id: str) -> list[Stored]:
    """Everything that the log has of a session."""
    return _read(conn, events.session_stream(session_id), 0)


def open_sessions(conn: sqlite3.Connection, charger_id: str) -> list[session.Session]:
    """The sessions of a charger that have not ended, oldest first."""
    rows = conn.execute(f"SELECT state {_OPEN} AND charger_id = ? ORDER BY number", (charger_id,))
    return [_session(row[0]) for row in rows]


def open_session_ids(conn: sqlite3.Connection) -> list[str]:
    """The ids of all sessions that have not ended, oldest first."""
    return [row[0] for row in conn.execute(f"SELECT id {_OPEN} ORDER BY number")]


def charging_with(conn: sqlite3.Connection, token: str) -> list[str]:
    """The chargers where a token, by its surrogate, has a session that has not ended."""
    return [row[0] for row in conn.execute(f"SELECT DISTINCT charger_id {_OPEN} AND token = ?", (token,))]


def session_by_start(conn: sqlite3.Connection, charger_id: str, start_key: str) -> session.Session | None:
    """The session that this start began."""
    query = "SELECT state FROM sessions WHERE charger_id = ? AND start_key = ? AND start_key <> ''"
    row = conn.execute(query, (charger_id, start_key)).fetchone()
    return _session(row[0]) if row else None


def session_of_transaction(conn: sqlite3.Connection, charger_id: str, transaction_id: str) -> str | None:
    """The newest session that the charger knows by this transaction id, whether it has ended or not."""
    query = "SELECT id FROM sessions WHERE transaction_id = ? AND charger_id = ? ORDER BY number DESC LIMIT 1"
    row = conn.execute(query, (transaction_id, charger_id)).fetchone()
    return row[0] if row else None


def transaction(conn: sqlite3.Connection, charger_id: str, transaction_id: str) -> session.Session | None:
    """The same as a state."""
    query = "SELECT state FROM sessions WHERE transaction_id = ? AND charger_id = ? ORDER BY number DESC LIMIT 1"
    row = conn.execute(query, (transaction_id, charger_id)).fetchone()
    return _session(row[0]) if row else None


def session_of_stop(conn: sqlite3.Connection, charger_id: str, digest: bytes) -> str | None:
    """The session that this stop record ended, among the newest of the charger; `digest` is of its content."""
    query = "SELECT state FROM sessions WHERE charger_id = ? COLLATE NOCASE ORDER BY number DESC LIMIT ?"
    for row in conn.execute(query, (charger_id, RECENT)):
        state = _session(row[0])
        if digest and digest in (state.stop_digest, *state.repeats):
            return state.id
    return None


def runs_elsewhere(
    conn: sqlite3.Connection, token: str, charger_id: str, connector_id: int | None, most: int = 1
) -> bool:
    """Whether a token runs `most` sessions on any other connectors, not counting those that a newer one replaced."""
    query = """SELECT 1 FROM sessions WHERE token = ? AND status = 'active'
        AND NOT (charger_id = ? AND connector_id IS ?) AND instr(flags, '"superseded"') = 0 LIMIT ?"""
    return len(conn.execute(query, (token, charger_id, connector_id, most)).fetchall()) >= most


def token(conn: sqlite3.Connection, value: str) -> authorization.TokenRecord | None:
    """What is known of a presented token, in whatever case."""
    found = tokens.find(conn, value)
    if found is None:
        return None
    return authorization.TokenRecord(
        ref=found.ref,
        type=found.type,
        driver_id=found.driver_id,
        group_id=found.group_id or drivers.group_of(conn, found.driver_id),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        blocked=found.blocked,
        registered=found.registered,
        limits=found.limits,
    )


def _read(conn: sqlite3.Connection, stream: str, after: int) -> list[Stored]:
    source = reader.Reader(conn, snapshot=True)
    try:
        return list(source.read(stream, after))
    finally:
        source.close()
