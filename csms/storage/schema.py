"""The version of the database's tables, and the steps that bring an older one up to date.

Called when the log is opened for writing. The version is SQLite's user_version. A step runs in one transaction with
the new version number, so that an interrupted migration leaves the old data as it was.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from csms.storage import connection, errors, schema_v1, schema_v2, schema_v3

Step: TypeAlias = Callable[[sqlite3.Connection], None]

STEPS: tuple[Step, ...] = (schema_v1.create, schema_v2.migrate, schema_v3.migrate)
"""Step n leads from version n to n + 1."""

READ_MODELS = schema_v1.READ_MODELS + schema_v2.READ_MODELS + schema_v3.READ_MODELS
"""The statements that make the tables which follow from events, as they are now."""


def version(conn: sqlite3.Connection) -> int:
    """The version of the tables behind `conn`; 0 = empty."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def check(conn: sqlite3.Connection, path: Path, *, exact: bool = False) -> int:
    """The version found. Raises NewerSchema when this program is too old for it; OlderSchema if it must be `exact`."""
    found = version(conn)
    if found > len(STEPS):
        raise errors.NewerSchema(path, found, len(STEPS))
    if exact and found < len(STEPS):
        raise errors.OlderSchema(path, found, len(STEPS))
    return found


def migrate(conn: sqlite3.Connection, directory: Path) -> None:
    """Bring the tables up to date, after a copy of older data into DATA/csms.sqlite3.v<version>.

    Raises NewerSchema; StorageUnavailable when there is no room.
    """
    path = connection.database(directory)
    found = check(conn, path)
    if found == len(STEPS):
        return
    try:
        if found:
            copy = path.with_name(f"{path.name}.v{found}")
            copy.unlink(missing_ok=True)
            conn.execute("VACUUM INTO ?", (str(copy),))
        for number, step in enumerate(STEPS[found:], found + 1):
            _apply(conn, step, number)
    except sqlite3.Error as error:
        raise connection.unavailable(error, path) from error


def _apply(conn: sqlite3.Connection, step: Step, number: int) -> None:
    conn.execute("BEGIN IMMEDIATE")
    try:
        step(conn)
        conn.execute(f"PRAGMA user_version = {number}")
        conn.execute("COMMIT")
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
