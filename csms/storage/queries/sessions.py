"""Sessions as people see them."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import session
from csms.domain.session import Session, SoFar
from csms.domain.usage import Told
from csms.storage import codec, stays
from csms.storage.queries import page
from csms.storage.queries.plain import plain

_decode = msgspec.msgpack.Decoder(Session).decode

_SELECT = (
    "SELECT sessions.number AS cursor, sessions.state AS state, tokens.id_token AS id_token"
    " FROM sessions LEFT JOIN tokens ON tokens.ref = sessions.token"
)


def get(conn: sqlite3.Connection, session_id: str, now: datetime) -> dict[str, Any] | None:
    """What `GET /sessions/{id}` shows."""
    row = conn.execute(f"{_SELECT} WHERE sessions.id = ?", (session_id,)).fetchone()
    if row is None:
        return None
    state = _decode(row[1])
    return _view(state, row[2], now, stays.so_far(conn, state, now))


def view(conn: sqlite3.Connection, state: Session, now: datetime, told: Sequence[Told] | None = None) -> dict[str, Any]:
    """The same of a state at hand: what a live session's actor knows, or `told` led to."""
    row = conn.execute("SELECT id_token FROM tokens WHERE ref = ?", (state.token,)).fetchone()
    return _view(state, row[0] if row else None, now, stays.so_far(conn, state, now, told))


def list(  # noqa: A001 - as in queries.sessions.list
    conn: sqlite3.Connection,
    now: datetime,
    *,
    charger_id: str | None = None,
    station_id: str | None = None,
    status: str | None = None,
    flag: str | None = None,
    transaction_id: str | None = None,
    id_token: str | None = None,
    driver_id: str | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
    so_far: Callable[[sqlite3.Connection, Session, datetime], SoFar | None] = stays.so_far,
) -> page.Page:
    """Sessions that fulfil every given condition, newest first.

    `begin` <= started_at < `end`; `station_ids` is what the caller may see; `so_far` is asked what running ones cost.
    Raises InvalidValue.
    """

    def present(row: dict[str, Any]) -> dict[str, Any]:
        state = _decode(row["state"])
        return _view(state, row["id_token"], now, so_far(conn, state, now))

    where = page.Where()
    where.add("sessions.charger_id = ? COLLATE NOCASE", charger_id)
    where.add("sessions.station_id = ?", station_id)
    where.add("sessions.status = ?", status)
    where.add("sessions.flags <> '[]' AND ? IN (SELECT value FROM json_each(sessions.flags))", flag)
    where.add("sessions.transaction_id = ?", transaction_id)
    where.add("tokens.folded = ?", None if id_token is None else id_token.casefold())
    where.add("sessions.driver_id = ?", driver_id)
    where.add("sessions.started_at >= ?", None if begin is None else codec.milliseconds(begin))
    where.add("sessions.started_at < ?", None if end is None else codec.milliseconds(end))
    where.among("sessions.station_id", station_ids)
    return page.newest(
        conn,
        _SELECT,
        where,
        "sessions.number",
        present,
        limit=limit,
        cursor=cursor,
    )


def _view(state: Session, id_token: str | None, now: datetime, so_far: SoFar | None) -> dict[str, Any]:
    shown: dict[str, Any] = plain(session.view(state, now, so_far))
    shown["id_token"] = id_token
    return shown
