"""Many rows through one INSERT, in as few steps of SQLite as possible.

Used by what writes rows in batches. Python's lock is given away at every step of a statement, and has to be won back
from a busy event loop; with a step a row, that costs more than storing the row does.
"""

import functools
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

STEPS = (64, 16, 4, 1)
"""Rows a step: a few sizes only, so that SQLite keeps their statements prepared."""

_VALUES = re.compile(r"VALUES (\([?, ']+\))")


def run(connection: sqlite3.Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run `sql` for each row, in order; an INSERT ... VALUES (?, ...) takes many at a time. Raises sqlite3.Error."""
    group = _values(sql)
    if group is None:
        connection.executemany(sql, rows)
        return
    done = 0
    for step in STEPS:
        while len(rows) - done >= step:
            values = [value for row in rows[done : done + step] for value in row]
            connection.execute(_with(sql, group, step), values)
            done += step


@functools.cache
def _values(sql: str) -> str | None:
    found = _VALUES.findall(sql)
    return found[0] if len(found) == 1 else None


@functools.cache
def _with(sql: str, group: str, rows: int) -> str:
    return sql.replace(group, ", ".join([group] * rows))
