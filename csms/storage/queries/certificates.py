"""Certificates that chargers asked for, and what became of them."""

import sqlite3
from collections.abc import Collection
from typing import Any

from csms.storage.queries import page
from csms.storage.queries.plain import moment
from csms.storage.reference import certificates, rows

_SELECT = "SELECT number AS cursor, * FROM certificates"
_TIMES = ("requested_at", "ends_at", "revoked_at", "renewal_at")


def list(  # noqa: A001 - as in queries.certificates.list
    conn: sqlite3.Connection,
    *,
    charger_id: str | None = None,
    status: str | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Requests, newest first; status: refused | issued | installed | rejected | revoked."""
    where = page.Where()
    where.add("charger_id = ?", charger_id)
    where.add("status = ?", status)
    where.among("(SELECT station_id FROM chargers WHERE chargers.id = certificates.charger_id)", station_ids)
    return page.newest(conn, _SELECT, where, "number", view, limit=limit, cursor=cursor)


def one(conn: sqlite3.Connection, serial_number: str) -> dict[str, Any]:
    """The one of this serial number. Raises NotFound."""
    number = certificates.get(conn, serial_number).number
    row = rows.one(conn, f"{_SELECT} WHERE number = ?", number)
    assert row is not None
    return view(row)


def view(row: dict[str, Any]) -> dict[str, Any]:
    """One of them as people see it."""
    shown = ("serial_number", "charger_id", "kind", "common_name", "status", "reason", "chain")
    times = {name: None if row[name] is None else moment(row[name]) for name in _TIMES}
    return {"id": str(row["cursor"]), **{name: row[name] for name in shown}, **times}
