"""Reports of chargers that are kept as they came: firmware, logs, security, events, limits, alarms, ..."""

import sqlite3
from typing import Any

from csms.storage.queries import page
from csms.storage.queries.plain import moment, stored

_SELECT = "SELECT seq AS cursor, * FROM reports"


def list(  # noqa: A001 - as in queries.reports.list
    conn: sqlite3.Connection,
    *,
    charger_id: str,
    action: str | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """The reports of a charger, newest first: {id, charger_id, action, at, payload}; `action` is OCPP's."""
    where = page.Where()
    where.add("charger_id = ?", charger_id)
    where.add("action = ?", action)
    return page.newest(conn, _SELECT, where, "seq", _view, limit=limit, cursor=cursor)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["cursor"]),
        "charger_id": row["charger_id"],
        "action": row["action"],
        "at": moment(row["at"]),
        "payload": stored(row["payload"]),
    }
