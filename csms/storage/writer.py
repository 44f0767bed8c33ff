"""Appends, many in one transaction: plan each in memory, write all rows at once, commit.

Used by the log only, in the journal's writer thread. The way of a batch:
1. each append is checked against what the writer remembers and planned; a refused one changes nothing;
2. the rows of all go to the database together; if one of them is at fault, everything is rolled back and each append
   is tried by itself, so that a bad one fails alone;
3. COMMIT. What could not be stored is StorageUnavailable, what may have been is AppendUnknown.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec

from csms.domain import events
from csms.storage import bulk, chain, checkpoints, codec, connection, errors, positions, projections, reader, records

Result: TypeAlias = records.Appended | errors.StorageError

MAX_TRANSACTION_ID = 2**31 - 1

# What SQLite or its binding says of a row that cannot be stored; never of a disk that cannot.
_AT_FAULT = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
)
_INSERT = (
    "INSERT INTO events (seq, stream, version, event_id, type, at, correlation, causation, body, hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CLAIM = (
    "INSERT INTO fences (charger_id, epoch) VALUES (?, ?) ON CONFLICT (charger_id) DO UPDATE SET epoch = excluded.epoch"
)
_COUNT = "UPDATE counters SET value = ? WHERE name = 'transaction'"


class Writer:
    """Owns the writing connection; not safe for two threads."""

    def __init__(self, conn: sqlite3.Connection, stored: reader.Reader) -> None:
        self._connection = conn
        self._reader = stored
        self._positions = positions.Positions(conn)
        self._checkpoints = checkpoints.Running(conn)
        self._rows: list[tuple[Any, ...]] = []
        self._hashes: list[bytes] = []
        self._writes = projections.Writes()

    def append_batch(self, appends: Sequence[records.Append]) -> list[Result]:
        """Store each append or say why not, in one transaction; never raises StorageError itself."""
        try:
            results = self._store(appends)
        except sqlite3.Error as error:
            self._rollback()
            return [connection.unavailable(error) for _ in appends]
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            return self._uncommitted(results, error)
        self._checkpoints.committed()
        self._hashes.clear()
        self._positions.trim()
        return results

    def head(self, stream: str) -> records.Head:
        """Where `stream` ends."""
        return self._positions.head(stream)

    def checkpoint(self, at: int) -> None:
        """Record a checkpoint if there is anything new since the last. Raises StorageUnavailable."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._checkpoints.load()
            self._checkpoints.add((), at, force=True)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.forget()
            raise connection.unavailable(error) from error
        self._checkpoints.committed()

    def forget(self) -> None:
        """Roll back, and read everything anew: after a commit of unknown outcome."""
        self._rollback()
        self._checkpoints.forget()

    def add(self, append: records.Append) -> records.Appended:
        """Store `append` within the caller's transaction, who then calls `changed` or, to undo it, `forget`.

        Raises WrongExpectedVersion, Fenced, InvalidAppend.
        """
        self._positions.forget_counters()
        self._checkpoints.load()
        try:
            appended = self._plan(append)
            self._flush()
        except _AT_FAULT as error:
            raise _invalid(append, error) from error
        self._checkpoints.add(self._hashes, codec.milliseconds(append.at))
        return appended

    def changed(self) -> None:
        """The caller's transaction is committed; it may have moved counters, too."""
        self._checkpoints.committed()
        self._hashes.clear()
        self._positions.trim()
        self._positions.forget_counters()

    # -- one transaction ------------------------------------------------------------------------------------------

    def _store(self, appends: Sequence[records.Append]) -> list[Result]:
        self._connection.execute("BEGIN IMMEDIATE")
        self._checkpoints.load()
        try:
            results = [self._plan_or_refuse(append) for append in appends]
            self._flush()
        except _AT_FAULT:
            self._rollback()
            self._connection.execute("BEGIN IMMEDIATE")
            results = [self._alone(append) for append in appends]
        if self._hashes:
            self._checkpoints.add(self._hashes, codec.milliseconds(appends[-1].at))
        return results

    def _alone(self, append: records.Append) -> Result:
        before = len(self._hashes)
        self._connection.execute("SAVEPOINT alone")
        try:
            result = self._plan_or_refuse(append)
            self._flush()
        except _AT_FAULT as error:
            self._rows.clear()
            self._writes.clear()
            del self._hashes[before:]
            self._connection.execute("ROLLBACK TO alone")
            self._positions.forget()
            result = self._duplicate(append) or _invalid(append, error)
        self._connection.execute("RELEASE alone")
        return result

    def _flush(self) -> None:
        if self._rows:
            bulk.run(self._connection, _INSERT, self._rows)
            self._rows.clear()
        self._writes.flush(self._connection)

    def _uncommitted(self, results: list[Result], error: sqlite3.Error) -> list[Result]:
        self.forget()
        return [commit_error(error) if isinstance(result, records.Appended) else result for result in results]

    def _rollback(self) -> None:
        self._rows.clear()
        self._writes.clear()
        self._hashes.clear()
        self._positions.forget()
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                self._connection.execute("ROLLBACK")

    # -- one append -----------------------------------------------------------------------------------------------

    def _plan_or_refuse(self, append: records.Append) -> Result:
        try:
            return self._plan(append)
        except errors.StorageError as error:
            return error

    def _plan(self, append: records.Append) -> records.Appended:
        """Everything that can be refused is refused before anything is remembered."""
        self._check_fences(append)
        try:
            self._check_versions(append)
        except errors.WrongExpectedVersion:
            self._flush()  # so that an append of this very batch is found, too
            duplicate = self._duplicate(append)
            if duplicate is None:
                raise
            return duplicate
        append, given = self._numbered(append)
        states = [(projections.stream_of(state), state) for state in append.state]
        bodies = [[codec.encode(new.event) for new in entry.events] for entry in append.entries]
        at = codec.milliseconds(append.at)
        if given:
            self._positions.transaction += given
            self._writes.add(_COUNT, (self._positions.transaction,))
        if append.claim is not None:
            self._positions.claimed(append.claim.charger_id, append.claim.epoch)
            self._writes.add(_CLAIM, (append.claim.charger_id, append.claim.epoch))
        stored: list[records.Stored] = []
        for entry, encoded in zip(append.entries, bodies, strict=True):
            self._plan_entry(entry, encoded, at, stored)
        for stream, state in states:
            new = [record.event for record in stored if record.stream == stream]
            projections.state(self._writes, self._positions.stream_id(stream), state, new)
        return records.Appended(tuple(stored))

    def _plan_entry(self, entry: records.Entry, bodies: list[bytes], at: int, stored: list[records.Stored]) -> None:
        stream = entry.stream
        number = self._positions.stream_id(stream)
        head = self._positions.head(stream)
        version, before, when = head.version, head.hash, codec.moment(at)
        for new, body in zip(entry.events, bodies, strict=True):
            version += 1
            seq = self._positions.next_seq()
            name = type(new.event).__name__
            schema = codec.schema(name)
            event_id = new.event_id[: records.EVENT_ID_BYTES] or version.to_bytes(records.EVENT_ID_BYTES, "big")
            links = (new.correlation, new.causation)
            before = chain.link(before, version, event_id, name, schema, at, *links, body)
            self._rows.append((seq, number, version, event_id, self._positions.type_id(name), at, *links, body, before))
            self._hashes.append(before)
            event = records.Stored(seq, stream, version, event_id, name, schema, when, *links, new.event)
            projections.event(self._writes, event)
            stored.append(event)
        self._positions.advance(stream, records.Head(number, version, before))

    def _check_fences(self, append: records.Append) -> None:
        for fence in (append.claim, append.fence):
            if fence is not None:
                current = self._positions.epoch(fence.charger_id)
                if current > fence.epoch:
                    raise errors.Fenced(fence.charger_id, fence.epoch, current)

    def _check_versions(self, append: records.Append) -> None:
        for entry in append.entries:
            actual = self._positions.head(entry.stream).version
            if entry.expected is not None and entry.expected != actual:
                raise errors.WrongExpectedVersion(entry.stream, entry.expected, actual)

    def _numbered(self, append: records.Append) -> tuple[records.Append, int]:
        """`append` with a transaction id for every start that has none, and how many were given."""
        numbers: dict[str, str] = {}
        for entry in append.entries:
            if any(_unnumbered(new.event) for new in entry.events):
                number = self._positions.transaction + len(numbers) + 1
                if number > MAX_TRANSACTION_ID:
                    raise errors.InvalidAppend(entry.stream, "all transaction ids have been given out (31 bits)")
                numbers[entry.stream] = str(number)
        if not numbers:
            return append, 0
        entries = tuple(_with_number(entry, numbers.get(entry.stream)) for entry in append.entries)
        states = tuple(projections.numbered(state, numbers) for state in append.state)
        return msgspec.structs.replace(append, entries=entries, state=states), len(numbers)

    def _duplicate(self, append: records.Append) -> records.Appended | None:
        """The first positions of these events if all that have an id are stored already, else None."""
        found: list[records.Stored] = []
        for entry in append.entries:
            number = self._positions.head(entry.stream).stream_id
            offsets = set()
            for index, new in enumerate(entry.events):
                if new.event_id:
                    version = self._reader.version_of(number, new.event_id[: records.EVENT_ID_BYTES])
                    if version is None:
                        return None
                    offsets.add(version - index - 1)
            if len(offsets) > 1:
                return None
            for offset in offsets:
                found += self._reader.read(entry.stream, offset, offset + len(entry.events))
        return records.Appended(tuple(found), duplicate=True) if found else None


def commit_error(error: sqlite3.Error) -> errors.StorageError:
    """What a failed COMMIT means: a full disk stops its record itself; after any other failure it may be there."""
    full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return connection.unavailable(error) if full else errors.AppendUnknown(str(error))


def _invalid(append: records.Append, error: Exception) -> errors.InvalidAppend:
    return errors.InvalidAppend(", ".join(entry.stream for entry in append.entries), str(error))


def _unnumbered(event: events.AnyEvent) -> bool:
    return type(event) is events.SessionStarted and not event.transaction_id


def _with_number(entry: records.Entry, number: str | None) -> records.Entry:
    if number is None:
        return entry
    return msgspec.structs.replace(
        entry,
        events=tuple(
            msgspec.structs.replace(new, event=msgspec.structs.replace(new.event, transaction_id=number))
            if _unnumbered(new.event)
            else new
            for new in entry.events
        ),
    )
