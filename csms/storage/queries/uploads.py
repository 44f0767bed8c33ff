"""Files that chargers were asked for, as people see them."""

import sqlite3
from collections.abc import Collection
from typing import Any

from csms.storage import errors
from csms.storage.queries import page
from csms.storage.queries.plain import moment

_SELECT = """SELECT number AS cursor, id, charger_id, command_id, requested_at, expires_at, received_at, name, size,
    sha256 FROM uploads"""
_TIMES = frozenset({"requested_at", "expires_at", "received_at"})


def get(conn: sqlite3.Connection, id: str) -> dict[str, Any]:
    """One upload. Raises NotFound."""
    where = page.Where()
    where.add("id = ?", id)
    [*found] = page.newest(conn, _SELECT, where, "number", _view, limit=1, cursor=None)["items"]
    if not found:
        raise errors.NotFound("upload", id)
    upload: dict[str, Any] = found[0]
    return upload


def list(  # noqa: A001 - as in queries.uploads.list
    conn: sqlite3.Connection,
    *,
    charger_id: str | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Uploads, the newest first; `station_ids` is what the caller may see. Raises InvalidValue, BadCursor."""
    where = page.Where()
    where.add("charger_id = ?", charger_id)
    where.among("(SELECT station_id FROM chargers WHERE chargers.id = uploads.charger_id)", station_ids)
    return page.newest(conn, _SELECT, where, "number", _view, limit=limit, cursor=cursor)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {name: moment(value) if name in _TIMES else value for name, value in row.items() if name != "cursor"}
