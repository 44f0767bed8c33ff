"""Raw rows of one database file: the live log, or an archive with the same tables.

Used by the reader, the writer and verification. Knows bytes and numbers only; decoding is the codec's.
"""

import sqlite3
from collections.abc import Collection, Iterator
from typing import NamedTuple

CHUNK = 500
"""Rows per query: no statement stays open, so that a reader never holds up anything."""

_SELECT = "SELECT seq, stream, version, event_id, type, at, correlation, causation, body, hash FROM events"
_STREAM = f"{_SELECT} WHERE stream = ? AND version > ? ORDER BY version LIMIT {CHUNK}"
_ALL = f"{_SELECT} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT {CHUNK}"


class Row(NamedTuple):
    """One row of events; `type` is a number of the same file's types, `at` milliseconds."""

    seq: int
    stream: int
    version: int
    event_id: bytes
    type: int
    at: int
    correlation: str | None
    causation: str | None
    body: bytes
    hash: bytes


class Segment:
    """Reads one file; `types` maps its numbers to (name, schema)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._types: dict[int, tuple[str, int]] = {}

    def type(self, number: int) -> tuple[str, int]:
        """Name and schema of an event type."""
        if number not in self._types:
            rows = self.connection.execute("SELECT id, name, schema FROM types")
            self._types = {row[0]: (row[1], row[2]) for row in rows}
        return self._types.get(number, (f"#{number}", 0))

    def stream(self, number: int, after: int = 0) -> Iterator[Row]:
        """The rows of one stream after version `after`, in order."""
        while rows := self.connection.execute(_STREAM, (number, after)).fetchall():
            yield from map(Row._make, rows)
            after = rows[-1][2]

    def all(self, after: int = 0, until: int | None = None) -> Iterator[Row]:
        """The rows with `after` < seq <= `until`, in order."""
        end = 2**62 if until is None else until
        while rows := self.connection.execute(_ALL, (after, end)).fetchall():
            yield from map(Row._make, rows)
            after = rows[-1][0]

    def of_types(self, after: int, until: int, types: Collection[str]) -> Iterator[Row]:
        """The rows of some types with `after` < seq <= `until`, in order."""
        marks = ", ".join("?" * len(types))
        query = f"{_SELECT} WHERE seq > ? AND seq <= ? AND type IN (SELECT id FROM types WHERE name IN ({marks}))"  # noqa: S608 - marks only
        rows = self.connection.execute(f"{query} ORDER BY seq", (after, until, *types)).fetchall()
        return map(Row._make, rows)

    def version_of(self, stream: int, event_id: bytes) -> int | None:
        """Where an event is in its stream, or None."""
        query = "SELECT version FROM events WHERE stream = ? AND event_id = ?"
        row = self.connection.execute(query, (stream, event_id)).fetchone()
        return None if row is None else int(row[0])
