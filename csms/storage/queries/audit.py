"""The audit: who changed what of the reference data, and when."""

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from csms.storage import codec
from csms.storage.queries import page
from csms.storage.queries.plain import moment

_SELECT = "SELECT seq AS cursor, * FROM audit"


def list(  # noqa: A001 - as in queries.audit.list
    conn: sqlite3.Connection,
    *,
    kind: str | None = None,
    subject: str | None = None,
    by: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Changes of one kind of thing, of one thing, by somebody, at or after `since` and before `until`; newest first."""
    where = page.Where()
    where.equal(("subject", subject), ("by", by), ("kind", kind))
    times = (codec.milliseconds(since) if since else None, codec.milliseconds(until) if until else None)
    page.within(conn, where, "audit", ("at", "seq"), times, cursor)
    return page.ordered(conn, _SELECT, where, "at DESC, seq DESC", _view, limit=limit)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["cursor"]),
        "kind": row["kind"],
        "subject": row["subject"],
        "by": row["by"],
        "before": msgspec.json.decode(row["before"]),
        "after": msgspec.json.decode(row["after"]),
        "at": moment(row["at"]),
    }
