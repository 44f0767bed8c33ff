"""Commands: who sent what, and what became of it."""

import sqlite3
from typing import Any

import msgspec

from csms.storage.queries import page
from csms.storage.queries.plain import moment

_SELECT = "SELECT seq AS cursor, * FROM commands"


def get(conn: sqlite3.Connection, command_id: str) -> dict[str, Any] | None:
    """One command; status is "requested" until its outcome is known."""
    where = page.Where()
    where.add("id = ?", command_id)
    return next(iter(page.newest(conn, _SELECT, where, "seq", _view, limit=1, cursor=None)["items"]), None)


def list(  # noqa: A001 - as in queries.commands.list
    conn: sqlite3.Connection, *, charger_id: str, limit: int = page.DEFAULT, cursor: str | None = None
) -> page.Page:
    """The commands of a charger, newest first."""
    where = page.Where()
    where.add("charger_id = ?", charger_id)
    return page.newest(conn, _SELECT, where, "seq", _view, limit=limit, cursor=cursor)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "charger_id": row["charger_id"],
        "command": row["command"],
        "arguments": msgspec.json.decode(row["arguments"]),
        "by": row["requested_by"],
        "requested_at": moment(row["requested_at"]),
        "status": row["status"],
        "detail": row["detail"],
        "response": None if row["response"] is None else msgspec.json.decode(row["response"]),
        "ended_at": moment(row["ended_at"]),
    }
