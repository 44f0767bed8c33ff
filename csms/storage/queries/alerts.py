"""Alerts: what operations should look at."""

import sqlite3
from collections.abc import Collection
from typing import Any

from csms.storage.queries import page
from csms.storage.queries.plain import moment

_LIST = "SELECT seq AS cursor, * FROM alerts"
_STATION = (
    "COALESCE((SELECT station_id FROM chargers WHERE id = alerts.subject),"
    " (SELECT station_id FROM sessions WHERE id = alerts.subject))"
)
"""Where it happened; null for what is about no charger and no session."""


def list(  # noqa: A001 - as in queries.alerts.list
    conn: sqlite3.Connection,
    *,
    kind: str | None = None,
    subject: str | None = None,
    resolved: bool | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Alerts, newest first: {id, kind, subject, detail, raised_at, resolved_at}.

    `station_ids` are what the caller may see.
    """
    where = page.Where()
    where.add("kind = ?", kind)
    where.add("subject = ?", subject)
    if resolved is not None:
        where.add(f"resolved_at IS {'NOT ' if resolved else ''}NULL")
    where.among(_STATION, station_ids)
    return page.newest(conn, _LIST, where, "seq", _view, limit=limit, cursor=cursor)


def get(conn: sqlite3.Connection, seq: int) -> dict[str, Any] | None:
    """One alert, by its place in the log."""
    where = page.Where()
    where.add("seq = ?", seq)
    return next(iter(page.newest(conn, _LIST, where, "seq", _view, limit=1, cursor=None)["items"]), None)


def newest(conn: sqlite3.Connection, kind: str, subject: str) -> dict[str, Any] | None:
    """The last alert of a kind about something."""
    return next(iter(list(conn, kind=kind, subject=subject, limit=1)["items"]), None)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["seq"]),
        "kind": row["kind"],
        "subject": row["subject"],
        "detail": row["detail"],
        "raised_at": moment(row["raised_at"]),
        "resolved_at": moment(row["resolved_at"]),
    }
