"""Bulk changes as people see them: how far they are, and what became of each charger's settings."""

import sqlite3
from collections.abc import Collection
from typing import Any

import msgspec

from csms.storage import errors
from csms.storage.queries import page
from csms.storage.queries.plain import moment
from csms.storage.reference import jobs

_SELECT = "SELECT number AS cursor, id, kind, template_id, status, created_by, created_at, ended_at FROM jobs"
_PART = "SELECT number AS cursor, charger_id, status, settings, results, ended_at FROM job_chargers"


def get(conn: sqlite3.Connection, id: str, station_ids: Collection[str] | None = None) -> dict[str, Any]:
    """One job with its counts. Raises NotFound, also where it has chargers that the caller may not see."""
    where = _within(station_ids)
    where.add("id = ?", id)
    [*found] = page.newest(conn, _SELECT, where, "number", _view, limit=1, cursor=None)["items"]
    if not found:
        raise errors.NotFound("job", id)
    return {**found[0], "counts": _counts(conn, id)}


def list(  # noqa: A001 - as in queries.jobs.list
    conn: sqlite3.Connection,
    *,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Jobs with their counts, the newest first; `station_ids` is what the caller may see.

    Raises InvalidValue, BadCursor.
    """
    found = page.newest(conn, _SELECT, _within(station_ids), "number", _view, limit=limit, cursor=cursor)
    return found | {"items": [{**each, "counts": _counts(conn, each["id"])} for each in found["items"]]}


def parts(
    conn: sqlite3.Connection,
    id: str,
    *,
    status: str | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """What became of each charger, the last first. Raises InvalidValue, BadCursor."""
    where = page.Where()
    where.add("job_id = ?", id)
    where.add("status = ?", status)
    return page.newest(conn, _PART, where, "number", _part, limit=limit, cursor=cursor)


def _within(station_ids: Collection[str] | None) -> page.Where:
    """Jobs that are about nothing else."""
    where = page.Where()
    where.only_at("job_chargers", "job_chargers.job_id = jobs.id", station_ids)
    return where


def _counts(conn: sqlite3.Connection, id: str) -> dict[str, int]:
    query = "SELECT status, count(*) FROM job_chargers WHERE job_id = ? GROUP BY status"
    found = dict(conn.execute(query, (id,)).fetchall())
    return {kind: found.get(kind, 0) for kind in (jobs.WAITING, jobs.DONE, jobs.FAILED, jobs.SKIPPED)}


def _view(row: dict[str, Any]) -> dict[str, Any]:
    del row["cursor"]
    return {**row, **{name: moment(row[name]) for name in ("created_at", "ended_at")}}


def _part(row: dict[str, Any]) -> dict[str, Any]:
    del row["cursor"]
    read = {name: msgspec.json.decode(row[name]) for name in ("settings", "results")}
    results = [{"detail": "", **each} for each in read["results"]]
    return {**row, "settings": read["settings"], "results": results, "ended_at": moment(row["ended_at"])}
