"""Which sessions a list shows: their numbers, by the index that leaves the fewest to look through.

SQLite knows nothing of how many sessions have what, and guessed wrong: so each search names its index. Called by the
list of sessions; what is shown of them is read afterwards, by their numbers.
"""

import heapq
import sqlite3
from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeAlias

from csms.domain import session
from csms.storage.queries import page

MANY = 100
"""Stations that are looked through one by one; a caller who sees more sees enough of the newest sessions of all."""

_Key: TypeAlias = tuple[int, int]
"""What the rows are ordered by: a time or nothing, and the number."""


class Asked(NamedTuple):
    """What all shown sessions have. Times in ms; `token` is a surrogate; `station_ids` is what the caller may see."""

    transaction_id: str | None = None
    token: str | None = None
    driver_id: str | None = None
    charger_id: str | None = None
    flag: str | None = None
    status: str | None = None
    station_id: str | None = None
    station_ids: Collection[str] | None = None
    begin: int | None = None
    end: int | None = None

    @property
    def timed(self) -> bool:
        """Whether they are shown by their start rather than by when they became known."""
        return self.begin is not None or self.end is not None


def numbers(conn: sqlite3.Connection, asked: Asked, *, limit: int, cursor: str | None) -> list[int]:
    """The newest before `cursor`, at most `limit`. Raises BadCursor."""
    index = _index(asked)
    places: Sequence[str | None] = [asked.station_id]
    if asked.station_id is None and asked.station_ids is not None and index in (None, "sessions_started"):
        places = sorted(set(asked.station_ids)) if len(asked.station_ids) <= MANY else [None]
    found = (_newest(conn, asked._replace(station_id=place), limit, cursor) for place in places)
    return [number for _, number in heapq.merge(*found, reverse=True)][:limit]


def _newest(conn: sqlite3.Connection, asked: Asked, limit: int, cursor: str | None) -> list[_Key]:
    time, where = "started_at" if asked.timed else "0", _where(asked)
    if asked.timed:
        page.within(conn, where, "sessions", ("started_at", "number"), (asked.begin, asked.end), cursor)
    else:
        where.add("number < ?", page.number(cursor))
    index = _index(asked)
    named = "NOT INDEXED" if index is None else f"INDEXED BY {index}"
    order = "started_at DESC, number DESC" if asked.timed else "number DESC"
    query = f"SELECT {time}, number FROM sessions {named} WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - our own
    return conn.execute(query, (*where.parameters, limit)).fetchall()


def _where(asked: Asked) -> page.Where:
    where = page.Where()
    where.add("transaction_id = ?", asked.transaction_id)
    where.add("token = ?", asked.token)
    where.add("driver_id = ?", asked.driver_id)
    where.add("charger_id = ? COLLATE NOCASE", asked.charger_id)
    where.add("flags <> '[]' AND instr(flags, json_quote(?))", asked.flag)
    where.add("status = ?", asked.status)
    if _rare(asked.status):
        where.add("status <> 'completed'")  # so that SQLite sees that the index has them all
    where.add("station_id = ?", asked.station_id)
    where.among("station_id", asked.station_ids)
    return where


def _index(asked: Asked) -> str | None:
    """The index to search by: of what is asked, that which the fewest sessions have. None: in the order of numbers."""
    having = {
        "sessions_transaction": asked.transaction_id,
        "sessions_token": asked.token,
        "sessions_driver": asked.driver_id,
        "sessions_charger": asked.charger_id,
        "sessions_flagged": asked.flag,
        "sessions_status": asked.status if _rare(asked.status) else None,
        "sessions_station_started": asked.station_id if asked.timed else None,
        "sessions_station": asked.station_id,
        "sessions_started": asked.timed or None,
    }
    return next((index for index, value in having.items() if value is not None), None)


def _rare(status: str | None) -> bool:
    return status not in (None, session.COMPLETED)
