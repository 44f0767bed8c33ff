"""Fold the whole log again: to make the read models anew, or to compare them with what is stored.

Called by `csms replay --all --diff-live`, and after a change of a projection. A stream that cannot be folded is told
and left out; the others are not affected.
"""

import itertools
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec

from csms.domain import charger, events, session
from csms.storage import errors, projections, reader, records, schema

BILLS = ("documents", "document_sessions", "charges", "charge_sessions", "invoice_payments")
MONEY = ("payments", "ledger")
BOOKS = ("reconciliations", "differences", "periods")
MONEY_STREAMS = ("documents:", "account:", "payment:")
"""How the names of those streams begin that these follow from."""
STATES = ("sessions", "charger_states")
TABLES = (*STATES, "authorizations", "commands", "alerts", "reports", "inventory", "audit", *BILLS, *MONEY, *BOOKS)
_KEYS = {"inventory": 3, "ledger": 2, "document_sessions": 2, "charge_sessions": 2}
"""How many of a table's first columns are its key, where that is not one."""

_SESSION, _CHARGER = events.session_stream(""), events.charger_stream("")
_FLUSH_EVERY = 500

_Rows: TypeAlias = Iterator[dict[str, Any]]


class Unfolded(msgspec.Struct, frozen=True):
    """A stream whose events cannot be folded, and why."""

    stream: str
    why: str


class Difference(msgspec.Struct, frozen=True):
    """A row of `table` that is not what the log folds to; `fields` says where (none: one of the two is missing)."""

    table: str
    key: str
    stored: dict[str, Any] | None
    folded: dict[str, Any] | None
    fields: tuple[str, ...] = ()


def rebuild(source: reader.Reader, target: sqlite3.Connection) -> list[Unfolded]:
    """Replace the read models in `target` by what the log folds to, inside the caller's transaction."""
    for table in TABLES:
        target.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    return list(_fold(source, target, source.streams()))


def diff(conn: sqlite3.Connection, streams: Collection[str] | None = None) -> Iterator[Difference | Unfolded]:
    """Where the stored read models differ from the fold, in one consistent view of a read-only connection.

    With `streams`, only the states that follow from these are compared.
    """
    with _comparing(conn) as (source, folded), source.consistent():
        yield from _fold(source, folded, source.streams() if streams is None else streams)
        for table in TABLES if streams is None else STATES:
            numbers = None if streams is None else [source.number(stream) for stream in streams]
            yield from _compare(table, _rows(conn, table, numbers), _rows(folded, table))


def diff_money(conn: sqlite3.Connection) -> Iterator[Difference | Unfolded]:
    """The same of payments and the ledger alone, which a few streams lead to."""
    with _comparing(conn) as (source, folded), source.consistent():
        yield from _fold(source, folded, (each for prefix in MONEY_STREAMS for each in source.streams(prefix)))
        for table in MONEY:
            yield from _compare(table, _rows(conn, table), _rows(folded, table))


@contextmanager
def _comparing(conn: sqlite3.Connection) -> Iterator[tuple[reader.Reader, sqlite3.Connection]]:
    """The log, and empty tables to fold it into."""
    source = reader.Reader(conn, snapshot=True)
    folded = sqlite3.connect("", isolation_level=None)  # a temporary database, on disk when it grows
    try:
        folded.execute("BEGIN")
        for statement in filter(str.strip, schema.READ_MODELS.split(";")):
            folded.execute(statement)
        yield source, folded
    finally:
        folded.close()
        source.close()


def _fold(source: reader.Reader, target: sqlite3.Connection, streams: Iterable[str]) -> Iterator[Unfolded]:
    writes = projections.Writes()
    for count, stream in enumerate(streams):
        try:
            state = _fold_stream(source.read(stream), stream, writes)
        except (errors.StorageError, ValueError) as error:
            yield Unfolded(stream, str(error))
        else:
            if state is not None:
                projections.state(writes, source.number(stream), state)
        if count % _FLUSH_EVERY == 0:
            writes.flush(target)
    writes.flush(target)


def _fold_stream(
    stored: Iterator[records.Stored], stream: str, writes: projections.Writes
) -> session.Session | charger.Charger | None:
    staying: session.Session | None = None
    standing = charger.Charger(id=stream.removeprefix(_CHARGER)) if stream.startswith(_CHARGER) else None
    for record in stored:
        projections.event(writes, record)
        if stream.startswith(_SESSION):
            staying = session.evolve(staying, stream.removeprefix(_SESSION), record.event, record.at)
        elif standing is not None:
            standing = charger.evolve(standing, record.event, record.at)
    return staying or standing


def _compare(table: str, ours: _Rows, theirs: _Rows) -> Iterator[Difference]:
    """`ours` are stored, `theirs` folded, both in the order of their keys."""
    left, right = next(ours, None), next(theirs, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _key(table, left) < _key(table, right)):
            yield Difference(table, _name(table, left or {}), left, None)
            left = next(ours, None)
        elif left is None or _key(table, right) < _key(table, left):
            yield Difference(table, _name(table, right), None, right)
            right = next(theirs, None)
        else:
            if fields := tuple(name for name in left if left[name] != right[name]):
                yield Difference(table, str(left.get("id", _name(table, left))), left, right, fields)
            left, right = next(ours, None), next(theirs, None)


def _rows(conn: sqlite3.Connection, table: str, numbers: Collection[int] | None = None) -> _Rows:
    where = "" if numbers is None else f"WHERE number IN ({', '.join(map(str, numbers))})"
    keys = ", ".join(str(column + 1) for column in range(_KEYS.get(table, 1)))
    cursor = conn.execute(f"SELECT * FROM {table} {where} ORDER BY {keys}")  # noqa: S608 - our own names and numbers
    names = [column[0] for column in cursor.description]
    for row in cursor:
        shown = dict(zip(names, row, strict=True))
        if "state" in shown:
            shown["state"] = msgspec.msgpack.decode(shown["state"], strict=False)
        yield shown


def _key(table: str, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(itertools.islice(row.values(), _KEYS.get(table, 1)))


def _name(table: str, row: dict[str, Any]) -> str:
    return " ".join(map(str, _key(table, row)))
