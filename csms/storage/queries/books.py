"""Reconciliations and what they found, newest first."""

import sqlite3
from typing import Any

from csms.storage import errors
from csms.storage.queries import page
from csms.storage.queries.plain import moment

_RUNS = "SELECT seq AS cursor, * FROM reconciliations"
_DIFFERENCES = "SELECT seq AS cursor, * FROM differences"


def reconciliations(
    conn: sqlite3.Connection, *, gateway: str | None = None, limit: int = page.DEFAULT, cursor: str | None = None
) -> page.Page:
    """Comparisons with providers. Raises InvalidValue, BadCursor."""
    where = page.Where()
    where.add("gateway = ?", gateway)
    return page.newest(conn, _RUNS, where, "seq", _run, limit=limit, cursor=cursor)


def reconciliation(conn: sqlite3.Connection, id: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    where = page.Where()
    where.add("id = ?", id)
    found: list[dict[str, Any]] = page.newest(conn, _RUNS, where, "seq", _run, limit=1, cursor=None)["items"]
    if not found:
        raise errors.NotFound("reconciliation", id)
    return found[0]


def differences(
    conn: sqlite3.Connection,
    *,
    open: bool = True,
    gateway: str | None = None,
    kind: str | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """What was found: what differs still, or what is gone. Raises InvalidValue, BadCursor."""
    where = page.Where()
    where.add("(gone_at IS NULL) = ?", open)
    where.add("gateway = ?", gateway)
    where.add("kind = ?", kind)
    return page.newest(conn, _DIFFERENCES, where, "seq", _difference, limit=limit, cursor=cursor)


def _run(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "gateway", "by", "listed", "compared", "repaired", "different")
    times = {name: moment(row[name]) for name in ("since", "begun_at", "ended_at")}
    return {**{name: row[name] for name in names}, **times, "status": "running" if row["ended_at"] is None else "done"}


def _difference(row: dict[str, Any]) -> dict[str, Any]:
    names = ("gateway", "kind", "subject", "payment_id", "reference", "detail", "advice")
    times = {name: moment(row[name]) for name in ("found_at", "gone_at")}
    return {"id": str(row["seq"]), **{name: row[name] for name in names}, **times}
