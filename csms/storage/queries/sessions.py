"""Sessions as people see them."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import session
from csms.domain.session import Session, SoFar
from csms.domain.usage import Told
from csms.storage import codec, reader, stays
from csms.storage.queries import page, searching
from csms.storage.queries.plain import plain

_decode = msgspec.msgpack.Decoder(Session).decode

_SELECT = "SELECT sessions.state, tokens.id_token FROM sessions LEFT JOIN tokens ON tokens.ref = sessions.token"


def get(conn: sqlite3.Connection, session_id: str, now: datetime) -> dict[str, Any] | None:
    """What `GET /sessions/{id}` shows."""
    row = conn.execute(f"{_SELECT} WHERE sessions.id = ?", (session_id,)).fetchone()
    if row is None:
        return None
    state = _decode(row[0])
    return _view(state, row[1], now, stays.so_far(conn, state, now))


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
    """Sessions that fulfil every given condition, newest first; by their start where `begin` or `end` is given.

    `begin` <= started_at < `end`; `station_ids` is what the caller may see; `so_far` is asked what running ones cost.
    Raises InvalidValue.
    """

    page.checked(limit)
    with reader.Reader(conn, snapshot=True).consistent():
        asked = searching.Asked(
            transaction_id=transaction_id,
            token=None if id_token is None else _ref(conn, id_token),
            driver_id=driver_id,
            charger_id=charger_id,
            flag=flag,
            status=status,
            station_id=station_id,
            station_ids=station_ids,
            begin=None if begin is None else codec.milliseconds(begin),
            end=None if end is None else codec.milliseconds(end),
        )
        found = searching.numbers(conn, asked, limit=limit + 1, cursor=cursor)
        rows = [conn.execute(f"{_SELECT} WHERE sessions.number = ?", (number,)).fetchone() for number in found[:limit]]
        states = [(_decode(state), token) for state, token in rows]
        items = [_view(state, token, now, so_far(conn, state, now)) for state, token in states]
    return {"items": items, "next_cursor": str(found[limit - 1]) if len(found) > limit else None}


def _ref(conn: sqlite3.Connection, id_token: str) -> str:
    """The surrogate of a token; of one that nobody ever showed a text that is nobody's."""
    row = conn.execute("SELECT ref FROM tokens WHERE folded = ?", (id_token.casefold(),)).fetchone()
    return row[0] if row else ""


def _view(state: Session, id_token: str | None, now: datetime, so_far: SoFar | None) -> dict[str, Any]:
    shown: dict[str, Any] = plain(session.view(state, now, so_far))
    shown["id_token"] = id_token
    return shown
