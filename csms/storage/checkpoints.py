"""Checkpoints: now and then the log notes a digest over everything appended since the last one.

A hash chain shows that a stream was altered, but not that a whole stream, or its end, is gone. A checkpoint does: its
digest covers the hash of every event up to a position, in order, and the digest before it. The writer adds one every
EVERY events by itself; the journal asks for more at quiet times.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

EVERY = 10_000
"""Events after which a checkpoint is written with the batch at hand."""

DIGEST_BYTES = 32


class Checkpoint(msgspec.Struct, frozen=True):
    """The state of the log at `seq`: `digest` covers `events` events since the last one, and that one's digest."""

    seq: int
    events: int
    at: int
    digest: bytes


def begin(before: bytes) -> blake2b:
    """A digest that follows the checkpoint with digest `before` (empty for the first)."""
    return blake2b(before, digest_size=DIGEST_BYTES, person=b"csms checkpoint")


def last(connection: sqlite3.Connection) -> Checkpoint | None:
    """The newest checkpoint."""
    row = connection.execute("SELECT seq, events, at, digest FROM checkpoints ORDER BY seq DESC LIMIT 1").fetchone()
    return Checkpoint(*row) if row else None


class Running:
    """The digest of what was appended since the last checkpoint, kept in step with the transactions of the writer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._committed: tuple[blake2b, int] | None = None
        self._pending: tuple[blake2b, int] | None = None

    def load(self) -> None:
        """Catch up with the database if need be; called before a transaction writes its first row."""
        self._pending = None
        if self._committed is None:
            self._committed = running(self._connection)

    def add(self, hashes: Sequence[bytes], at: int, *, force: bool = False) -> None:
        """This transaction appends events with these hashes; a checkpoint is written when it is due (or forced)."""
        assert self._committed is not None, "load comes first"
        digest, count = self._committed[0].copy(), self._committed[1] + len(hashes)
        digest.update(b"".join(hashes))
        if count >= EVERY or (force and count):
            digest, count = self._write(digest.digest(), count, at), 0
        self._pending = digest, count

    def committed(self) -> None:
        """The transaction took place."""
        self._committed = self._pending or self._committed

    def forget(self) -> None:
        """The database may hold something else."""
        self._committed = self._pending = None

    def _write(self, digest: bytes, count: int, at: int) -> blake2b:
        self._connection.execute(
            "INSERT INTO checkpoints (seq, events, at, digest)"
            " SELECT seq, ?, ?, ? FROM sqlite_sequence WHERE name = 'events'",
            (count, at, digest),
        )
        return begin(digest)


def running(connection: sqlite3.Connection) -> tuple[blake2b, int]:
    """The digest over the events after the last checkpoint, and their number. Those are never archived."""
    since = last(connection)
    digest = begin(since.digest if since else b"")
    count = 0
    rows: Iterable[tuple[bytes]] = connection.execute(
        "SELECT hash FROM events WHERE seq > ? ORDER BY seq", (since.seq if since else 0,)
    )
    for (value,) in rows:
        digest.update(value)
        count += 1
    return digest, count
