"""Rows waiting to be written: runs of the same statement go to SQLite together."""

import sqlite3
from typing import Any

from csms.storage import bulk


class Writes:
    """Statements in the order of their adding; neighbours that share their SQL are run together."""

    def __init__(self) -> None:
        self._runs: list[tuple[str, list[tuple[Any, ...]]]] = []

    def add(self, sql: str, parameters: tuple[Any, ...]) -> None:
        """Have `sql` run with `parameters` after everything added so far."""
        if self._runs and self._runs[-1][0] is sql:
            self._runs[-1][1].append(parameters)
        else:
            self._runs.append((sql, [parameters]))

    def flush(self, connection: sqlite3.Connection) -> None:
        """Run everything and forget it. Raises sqlite3.Error."""
        for sql, rows in self._runs:
            bulk.run(connection, sql, rows)
        self._runs.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._runs.clear()
