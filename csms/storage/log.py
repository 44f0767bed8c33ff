"""The append-only log of a data directory: open it, append, read.

Opened for writing by the journal (or by a command line tool while no server runs), which then holds the directory's
lock; opened read-only by anybody. Plain synchronous code: callers that have an event loop run it in a thread.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from csms.storage import codec, connection, errors, lock, reader, schema, staging, writer
from csms.storage.records import Append, Appended, Entry, Fence, Head, New, Stored

__all__ = ["Append", "Appended", "Entry", "Fence", "Head", "Log", "New", "Stored"]

P = ParamSpec("P")
T = TypeVar("T")


class Log:
    """An open data directory. Use it from one thread at a time."""

    def __init__(self, directory: Path, conn: sqlite3.Connection, held: lock.Lock | None) -> None:
        self.directory = directory
        self.connection = conn
        self.reader = reader.Reader(conn, snapshot=held is None)
        self._lock = held
        self._writer = writer.Writer(conn, self.reader) if held else None

    @classmethod
    def open(cls, directory: Path, *, readonly: bool = False) -> Self:
        """Open a data directory; for writing it is made, locked and migrated if need be.

        Raises DataDirectoryLocked, NewerSchema, StorageUnavailable.
        """
        if readonly:
            conn = connection.reader(connection.database(directory))
            try:
                schema.check(conn, connection.database(directory), exact=True)
            except errors.StorageError:
                conn.close()
                raise
            return cls(directory, conn, None)
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = lock.Lock.acquire(directory)
        except OSError as error:
            advice = "give this user the right to write there, or choose another directory with --data"
            raise errors.StorageUnavailable(f"{directory}: {error.strerror}", advice) from error
        try:
            conn = connection.writer(directory)
            try:
                schema.migrate(conn, directory)
            except BaseException:
                conn.close()
                raise
        except BaseException:
            held.release()
            raise
        return cls(directory, conn, held)

    def append(self, append: Append) -> Appended:
        """Store the events of `append`, all or none; durable on return.

        Raises WrongExpectedVersion, Fenced, InvalidAppend, AppendUnknown, StorageUnavailable.
        """
        result = self.append_batch([append])[0]
        if isinstance(result, errors.StorageError):
            raise result
        return result

    def append_batch(self, appends: Sequence[Append]) -> list[writer.Result]:
        """Many appends in one transaction, each with its result or its error; a bad one fails alone."""
        return self._writing().append_batch(appends)

    def read(self, stream: str, after_version: int = 0) -> Iterator[Stored]:
        """The events of a stream after `after_version`, in order; none if there is no such stream."""
        return self.reader.read(stream, after_version)

    def read_all(self, after_seq: int = 0, until: int | None = None) -> Iterator[Stored]:
        """All events with after_seq < seq <= until, in the order of their appending."""
        return self.reader.read_all(after_seq, until)

    def head(self, stream: str) -> Head:
        """Where a stream ends; version 0 when there is none."""
        return self._writer.head(stream) if self._writer else self.reader.head(stream)

    def streams(self, prefix: str = "") -> Iterator[str]:
        """The names of all streams that begin with `prefix`, oldest first."""
        return self.reader.streams(prefix)

    def write(self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `change(connection, ...)` in a transaction of its own, for tables that are not the log's.

        What it raises rolls it back and is passed on. Raises AppendUnknown, StorageUnavailable.
        """
        return self.change(lambda conn: change(conn, *args, **kwargs), staging.acting.get())[0]

    def change(self, change: Callable[[sqlite3.Connection], T], by: str) -> tuple[T, tuple[Append, Appended] | None]:
        """The same with who does it, and with the events that the change staged (None: it staged none)."""
        writing, done = self._writing(), None
        staged: list[Entry] = []
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            with staging.collecting(by) as staged:
                result = change(self.connection)
            if staged:
                append = Append(entries=tuple(staged), at=codec.whole(datetime.now(UTC)))
                done = append, writing.add(append)
        except sqlite3.OperationalError as error:
            raise connection.unavailable(error) from error
        else:
            self._commit()
            writing.changed()
            return result, done
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
                if staged:
                    writing.forget()

    def checkpoint(self, at: datetime) -> None:
        """Note a digest of everything appended so far, if there is anything new."""
        self._writing().checkpoint(codec.milliseconds(at))

    def close(self) -> None:
        """Close the database and give the lock back; again is harmless."""
        self.reader.close()
        self.connection.close()
        if self._lock:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _writing(self) -> writer.Writer:
        if self._writer is None:
            raise errors.StorageUnavailable(f"{self.directory} is open for reading only")
        return self._writer

    def _commit(self) -> None:
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._writing().forget()
            raise writer.commit_error(error) from error
