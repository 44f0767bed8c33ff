"""Sessions as people see them."""

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import session
from csms.domain.session import Session
from csms.storage import codec
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
    return None if row is None else _view(_decode(row[1]), row[2], now)


def view(conn: sqlite3.Connection, state: Session, now: datetime) -> dict[str, Any]:
    """The same of a state at hand: what a live session's actor knows."""
    row = conn.execute("SELECT id_token FROM tokens WHERE ref = ?", (state.token,)).fetchone()
    return _view(state, row[0] if row else None, now)


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
) -> page.Page:
    """Sessions that fulfil every given condition, newest first.

    `begin` <= started_at < `end`; `station_ids` is what the caller may see. Raises InvalidValue.
    """
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
        lambda row: _view(_decode(row["state"]), row["id_token"], now),
        limit=limit,
        cursor=cursor,
    )


def _view(state: Session, id_token: str | None, now: datetime) -> dict[str, Any]:
    shown: dict[str, Any] = plain(session.view(state, now))
    shown["id_token"] = id_token
    return shown
