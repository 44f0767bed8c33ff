"""What the single writer remembers of the database, so that an append reads nothing: heads, fences, counters.

Everything loads on first use and may be forgotten at any time. After a rollback it must be: then `forget`.
"""

import sqlite3

from csms.storage import chain, codec, records

LIMIT = 100_000
"""Remembered streams; a head costs about 250 bytes."""


class Positions:
    """Used only by the thread that writes, on the connection that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._heads: dict[str, records.Head] = {}
        self._fences: dict[str, int] = {}
        self._types: dict[str, int] = {}
        self._seq: int | None = None
        self._transaction: int | None = None

    def forget(self) -> None:
        """Drop everything remembered: the database may hold something else."""
        self.__init__(self._connection)  # type: ignore[misc]

    def forget_counters(self) -> None:
        """Drop what other writes on this connection may have moved."""
        self._seq = self._transaction = None

    def trim(self) -> None:
        """Keep memory bounded; called between transactions."""
        if len(self._heads) > LIMIT:
            self._heads.clear()
        if len(self._fences) > LIMIT:
            self._fences.clear()

    def head(self, stream: str) -> records.Head:
        """Where `stream` ends; version 0 before its first event."""
        head = self._heads.get(stream)
        if head is None:
            head = self._heads[stream] = load_head(self._connection, stream)
        return head

    def advance(self, stream: str, head: records.Head) -> None:
        """`stream` now ends at `head`."""
        self._heads[stream] = head

    def stream_id(self, stream: str) -> int:
        """The number of `stream`, which is made if need be (within the caller's transaction)."""
        known = self.head(stream).stream_id
        if known:
            return known
        cursor = self._connection.execute("INSERT INTO streams (name) VALUES (?)", (stream,))
        number = cursor.lastrowid or 0
        self._heads[stream] = records.Head(number, 0, self._heads[stream].hash)
        return number

    def type_id(self, type: str) -> int:
        """The number of an event type in its current schema, made if need be."""
        known = self._types.get(type)
        if known is None:
            key = (type, codec.schema(type))
            self._connection.execute("INSERT OR IGNORE INTO types (name, schema) VALUES (?, ?)", key)
            row = self._connection.execute("SELECT id FROM types WHERE name = ? AND schema = ?", key).fetchone()
            known = self._types[type] = int(row[0])
        return known

    def epoch(self, charger_id: str) -> int:
        """The newest claimed epoch of a charger; 0 before the first claim."""
        known = self._fences.get(charger_id)
        if known is None:
            row = self._connection.execute("SELECT epoch FROM fences WHERE charger_id = ?", (charger_id,)).fetchone()
            known = self._fences[charger_id] = int(row[0]) if row else 0
        return known

    def claimed(self, charger_id: str, epoch: int) -> None:
        """`epoch` is the newest of this charger now."""
        self._fences[charger_id] = epoch

    def next_seq(self) -> int:
        """The next free position in the log."""
        if self._seq is None:
            row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
            self._seq = int(row[0]) if row else 0
        self._seq += 1
        return self._seq

    @property
    def transaction(self) -> int:
        """The last transaction id that was given out."""
        if self._transaction is None:
            row = self._connection.execute("SELECT value FROM counters WHERE name = 'transaction'").fetchone()
            self._transaction = int(row[0])
        return self._transaction

    @transaction.setter
    def transaction(self, value: int) -> None:
        self._transaction = value


def load_head(connection: sqlite3.Connection, stream: str) -> records.Head:
    """Where `stream` ends, as the database has it now, be its last events here or in an archive."""
    row = connection.execute("SELECT id FROM streams WHERE name = ?", (stream,)).fetchone()
    if row is None:
        return records.Head(0, 0, chain.genesis(stream))
    number = int(row[0])
    for table in ("events", "archived"):
        end = connection.execute(
            f"SELECT version, hash FROM {table} WHERE stream = ? ORDER BY version DESC LIMIT 1",  # noqa: S608 - our own names
            (number,),
        ).fetchone()
        if end is not None:
            return records.Head(number, end[0], end[1])
    return records.Head(number, 0, chain.genesis(stream))
