"""Typed events out of the log, wherever they are: in the live database or in an archive.

Used by the log, replay, the read models and the queries. Never writes. The same object serves one thread at a time.
"""

import heapq
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from csms.storage import codec, connection, errors, positions, records, segment


class Reader:
    """Reads a data directory through `conn`.

    With `snapshot`, for connections that only read, an iteration sees the log as it was when it began, whatever is
    appended or archived meanwhile.
    """

    def __init__(self, conn: sqlite3.Connection, *, snapshot: bool) -> None:
        self._connection = conn
        self._snapshot = snapshot
        self._live = segment.Segment(conn)
        self._archives: dict[int, segment.Segment] = {}

    def read(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[records.Stored]:
        """The events of `stream` with `after` < version <= `until`, in order. Raises UndecodableEvent."""
        with self.consistent():
            for part, row in self.rows(self.number(stream), after):
                if until is not None and row.version > until:
                    return
                yield _stored(part, stream, row)

    def read_all(self, after: int = 0, until: int | None = None) -> Iterator[records.Stored]:
        """All events with `after` < seq <= `until`, in the order of their appending. Raises UndecodableEvent."""
        names: dict[int, str] = {}
        with self.consistent():
            for part, row in self.all_rows(after, until):
                if row.stream not in names:
                    names[row.stream] = self.name(row.stream)
                yield _stored(part, names[row.stream], row)

    def of_types(self, types: Collection[str], after: int, until: int) -> list[records.Stored]:
        """The live events of some types with `after` < seq <= `until`, in order. Raises UndecodableEvent."""
        with self.consistent():
            rows = self._live.of_types(after, until, types)
            return [_stored(self._live, self.name(row.stream), row) for row in rows]

    def one(self, seq: int) -> records.Stored | None:
        """The live event at this position."""
        for row in self._live.all(seq - 1, seq):
            return _stored(self._live, self.name(row.stream), row)
        return None

    def rows(self, number: int, after: int = 0) -> Iterator[tuple[segment.Segment, segment.Row]]:
        """The raw rows of a stream, in order, each with the file that it is in."""
        for part in (*self._archives_of(number), self._live):
            for row in part.stream(number, after):
                after = row.version
                yield part, row

    def all_rows(self, after: int = 0, until: int | None = None) -> Iterator[tuple[segment.Segment, segment.Row]]:
        """The raw rows of all streams, in the order of their appending."""
        files = [row[0] for row in self._connection.execute("SELECT id FROM archives ORDER BY id")]
        parts = [*map(self._archive, files), self._live]
        seq = 0
        for part, row in heapq.merge(*(_tagged(part, after, until) for part in parts), key=lambda pair: pair[1].seq):
            if row.seq != seq:  # while streams are being moved, some are in their archive and still here
                seq = row.seq
                yield part, row

    def head(self, stream: str) -> records.Head:
        """Where `stream` ends; version 0 when there is none."""
        return positions.load_head(self._connection, stream)

    def streams(self, prefix: str = "") -> Iterator[str]:
        """The names of all streams that begin with `prefix`, oldest first."""
        query = "SELECT id, name FROM streams WHERE id > ? AND substr(name, 1, ?) = ? ORDER BY id LIMIT ?"
        after = 0
        while rows := self._connection.execute(query, (after, len(prefix), prefix, segment.CHUNK)).fetchall():
            after = rows[-1][0]
            yield from (row[1] for row in rows)

    def number(self, stream: str) -> int:
        """The number of a stream; 0 when there is none."""
        row = self._connection.execute("SELECT id FROM streams WHERE name = ?", (stream,)).fetchone()
        return row[0] if row else 0

    def name(self, number: int) -> str:
        """The name of a stream."""
        row = self._connection.execute("SELECT name FROM streams WHERE id = ?", (number,)).fetchone()
        return row[0] if row else f"#{number}"

    def version_of(self, number: int, event_id: bytes) -> int | None:
        """The version at which a stream holds this event, or None."""
        for part in (self._live, *self._archives_of(number)):
            version = part.version_of(number, event_id)
            if version is not None:
                return version
        return None

    @contextmanager
    def consistent(self) -> Iterator[None]:
        """What is read in here is one state of the database (only of a connection that only reads)."""
        if not self._snapshot or self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the archives; the live connection is its owner's."""
        for part in self._archives.values():
            part.connection.close()
        self._archives.clear()

    def _archives_of(self, number: int) -> list[segment.Segment]:
        query = "SELECT archive FROM archived WHERE stream = ? ORDER BY version"
        return [self._archive(row[0]) for row in self._connection.execute(query, (number,)).fetchall()]

    def _archive(self, number: int) -> segment.Segment:
        if number not in self._archives:
            file = self._connection.execute("SELECT file FROM archives WHERE id = ?", (number,)).fetchone()[0]
            self._archives[number] = segment.Segment(connection.reader(connection.archives(self._connection) / file))
        return self._archives[number]


def _tagged(part: segment.Segment, after: int, until: int | None) -> Iterator[tuple[segment.Segment, segment.Row]]:
    return ((part, row) for row in part.all(after, until))


def _stored(part: segment.Segment, stream: str, row: segment.Row) -> records.Stored:
    name, schema = part.type(row.type)
    event = codec.decode(name, schema, row.body)
    try:
        at = codec.moment(row.at)
    except (ValueError, OverflowError, OSError) as error:
        raise errors.UndecodableEvent(name, schema, f"its time is {row.at} ms: {error}") from error
    return records.Stored(
        row.seq, stream, row.version, row.event_id, name, schema, at, row.correlation, row.causation, event
    )
