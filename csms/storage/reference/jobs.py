"""The tables `jobs` and `job_chargers`: bulk changes of settings, and what became of each charger's.

A job's actor works from these rows alone. Setting a key twice does no harm, so a charger whose turn was cut short by a
crash has it again.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import charger
from csms.storage import codec, errors, staging
from csms.storage.reference import audit, rows

KIND = "job"
WAITING, DONE, FAILED, SKIPPED = "waiting", "done", "failed", "skipped"
RUNNING, COMPLETED, CANCELLED = "running", "completed", "cancelled"


class Result(msgspec.Struct, frozen=True):
    """What became of one setting; status: accepted | reboot_required | rejected | not_supported | ..."""

    key: str
    value: str
    status: str
    detail: str = ""


class Part(msgspec.Struct, frozen=True):
    """A charger that has its turn to come, and the settings that it will be sent."""

    charger_id: str
    settings: dict[str, str]


class Job(msgspec.Struct, frozen=True):
    """A job without its chargers."""

    id: str
    status: str
    created_by: str
    created_at: datetime


def add(
    conn: sqlite3.Connection,
    parts: Mapping[str, Mapping[str, str]],
    *,
    kind: str,
    template_id: str | None,
    by: str,
    now: datetime,
) -> str:
    """Start a job; its id. `parts`: charger id -> settings; one without any is skipped. A person's is recorded."""
    made, at = rows.new_id("j"), codec.milliseconds(now)
    conn.execute(
        "INSERT INTO jobs (id, kind, template_id, status, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (made, kind, template_id, RUNNING, by, at),
    )
    for charger_id, settings in parts.items():
        conn.execute(
            "INSERT INTO job_chargers (job_id, charger_id, status, settings, results, ended_at)"
            " VALUES (?, ?, ?, ?, '[]', ?)",
            (
                made,
                charger_id,
                WAITING if settings else SKIPPED,
                msgspec.json.encode(settings).decode(),
                None if settings else at,
            ),
        )
    if by != staging.SYSTEM:
        audit.added(KIND, made, {**audit.row(conn, "jobs", made), "chargers": len(parts), "settings": _shown(parts)})
    return made


def _shown(parts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the chargers are sent, all together, without secrets."""
    sent = {key: value for settings in parts.values() for key, value in settings.items()}
    return {key: charger.MASK if charger.is_secret(key) else value for key, value in sent.items()}


def get(conn: sqlite3.Connection, id: str) -> Job:
    """One job. Raises NotFound."""
    row = rows.one(conn, "SELECT id, status, created_by, created_at FROM jobs WHERE id = ?", id)
    if row is None:
        raise errors.NotFound(KIND, id)
    return Job(**{**row, "created_at": codec.moment(row["created_at"])})


def waiting(conn: sqlite3.Connection, id: str) -> list[Part]:
    """The chargers whose turn is to come."""
    query = "SELECT charger_id, settings FROM job_chargers WHERE job_id = ? AND status = 'waiting' ORDER BY number"
    return [Part(row[0], msgspec.json.decode(row[1], type=dict[str, str])) for row in conn.execute(query, (id,))]


def unfinished(conn: sqlite3.Connection) -> list[str]:
    """The jobs that need their actor."""
    return [row[0] for row in conn.execute("SELECT id FROM jobs WHERE status = 'running' ORDER BY number")]


def ended(
    conn: sqlite3.Connection, id: str, charger_id: str, status: str, results: Sequence[Result], now: datetime
) -> None:
    """What became of a charger's settings."""
    query = """UPDATE job_chargers SET status = ?, results = ?, ended_at = ?
        WHERE job_id = ? AND charger_id = ? AND status = 'waiting'"""
    told = msgspec.json.encode(results).decode()
    conn.execute(query, (status, told, codec.milliseconds(now), id, charger_id))


def complete(conn: sqlite3.Connection, id: str, now: datetime) -> None:
    """Nobody waits any more."""
    _over(conn, id, COMPLETED, now)


def cancel(conn: sqlite3.Connection, id: str, now: datetime) -> None:
    """Nobody's turn comes any more; what was sent stays. Raises NotFound, InvalidValue."""
    old = get(conn, id)
    if old.status != RUNNING:
        raise errors.InvalidValue("status", f"the job is {old.status}: nothing to cancel")
    with audit.changing(conn, "jobs", id, kind=KIND):
        _over(conn, id, CANCELLED, now)
    query = "UPDATE job_chargers SET status = 'skipped', ended_at = ? WHERE job_id = ? AND status = 'waiting'"
    conn.execute(query, (codec.milliseconds(now), id))


def _over(conn: sqlite3.Connection, id: str, status: str, now: datetime) -> None:
    query = "UPDATE jobs SET status = ?, ended_at = ? WHERE id = ? AND status = 'running'"
    parameters: tuple[Any, ...] = (status, codec.milliseconds(now), id)
    conn.execute(query, parameters)
