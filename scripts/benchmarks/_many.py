"""A database of many sessions or tokens, made in seconds: rows go straight into the tables, past the log.

Nothing that is measured with it reads the log of these sessions. Indexes are made after the rows, which is faster.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from csms.domain import limits, session
from csms.storage import projections
from csms.storage.log import Log

PER_STATION, PER_TOKEN = 10, 20
"""Chargers of a station, sessions of a token; each token is of a driver of its own."""
CHARGERS = 1_000
BEGIN, APART = datetime(2024, 1, 1, tzinfo=UTC), timedelta(seconds=60)
LIMITS = limits.Limits(month_energy_wh=100_000)
_CHUNK = 10_000


def sessions(data: Path, count: int) -> None:
    """Add so many, a minute apart, in the order of their numbers; tokens and their drivers belong to them."""
    with Log.open(data) as log, _filled(log.connection, "sessions"), _filled(log.connection, "tokens"):
        writes = projections.Writes()
        for number in range(count):
            projections.state(writes, number + 1, ended(number))
            if number % _CHUNK == 0:
                writes.flush(log.connection)
        writes.flush(log.connection)
        _add_tokens(log.connection, (token_row(number) for number in range(count // PER_TOKEN + 1)))


def tokens(data: Path, count: int) -> None:
    """Add so many tokens."""
    with Log.open(data) as log, _filled(log.connection, "tokens"):
        _add_tokens(log.connection, (token_row(number) for number in range(count)))


def ended(number: int) -> session.Session:
    """One of them: most are completed; of 100 two failed and one is suspect."""
    began = BEGIN + number * APART
    charger, token = number % CHARGERS, number * 7919 % (number // PER_TOKEN + 1)
    failed = number % 50 == 7
    return session.Session(
        id=f"m{number:020x}",
        version=40,
        charger_id=charger_id(charger),
        status=session.FAILED if failed else session.COMPLETED,
        connector_id=1,
        station_id=station_id(charger),
        token=f"t{token:020x}",
        driver_id=driver_id(token),
        transaction_id=None if failed else str(number),
        start_key=f"{number:x}",
        flags=("suspect",) if number % 100 == 3 else (),
        requested_at=began,
        started_at=None if failed else began,
        stopped_at=None if failed else began + 30 * APART,
        completed_at=None if failed else began + 31 * APART,
        changed_at=began + 31 * APART,
        stop_reason="Local",
        meter_start_wh=Decimal(number),
        meter_stop_wh=Decimal(number + 11_000),
        register_wh=Decimal(number + 11_000),
        energy_wh=Decimal(11_000),
        samples=30,
    )


def charger_id(number: int) -> str:
    """The chargers are those that `_servers.site` registers."""
    return f"BENCH-{number}"


def station_id(charger: int) -> str:
    """Where a charger stands."""
    return f"station-{charger // PER_STATION}"


def driver_id(token: int) -> str:
    """Whose token it is."""
    return f"driver-{token}"


def id_token(number: int) -> str:
    """What a driver shows."""
    return f"CARD{number:08X}"


def token_row(number: int) -> dict[str, Any]:
    """A token that may charge: one of ten in a group, another of ten with limits."""
    value = id_token(number)
    names = {"ref": f"t{number:020x}", "id_token": value, "folded": value.casefold(), "driver_id": driver_id(number)}
    group = f"group-{number % 1000}" if number % 10 == 0 else None
    most = msgspec.json.encode(LIMITS).decode() if number % 10 == 5 else None
    return names | {"group_id": group, "limits": most}


def _add_tokens(conn: sqlite3.Connection, rows: Iterable[dict[str, Any]]) -> None:
    conn.executemany(
        "INSERT INTO tokens (ref, id_token, folded, driver_id, group_id, limits, type, blocked, registered, revision)"
        " VALUES (:ref, :id_token, :folded, :driver_id, :group_id, :limits, 'ISO14443', 0, 1, 1)",
        rows,
    )


@contextlib.contextmanager
def _filled(conn: sqlite3.Connection, table: str) -> Iterator[None]:
    """One transaction, in which the table has no indexes but those of its constraints."""
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    indexes = conn.execute(query, (table,)).fetchall()
    outermost = not conn.in_transaction
    if outermost:
        conn.execute("BEGIN")
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        conn.execute(sql)
    if outermost:
        conn.execute("COMMIT")
