"""What the reference tables have in common: checked fields, revisions, and rows in and out.

Used only by its neighbours. A revision counts the changes of a row; who changes it may say which one was read.
"""

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from csms.domain import clock
from csms.storage import errors
from csms.storage.reference import audit, patterns

T = TypeVar("T")


def checked(kind: type[T], fields: Mapping[str, Any]) -> T:
    """`fields` as a `kind`. Raises InvalidValue, which names the field and what is wrong with it."""
    try:
        made = msgspec.convert(dict(fields), kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`") or (problem.split("`")[1] if "`" in problem else "")
        raise errors.InvalidValue(field, patterns.explained(problem)) from None
    for field in fields:
        if wrong := clock.objection(getattr(made, field, None)):
            raise errors.InvalidValue(field, wrong)
    return made


def new_id(prefix: str) -> str:
    """A fresh id that says nothing: 80 random bits."""
    return prefix + secrets.token_hex(10)


def insert(
    conn: sqlite3.Connection, table: str, row: Mapping[str, Any], kind: str, key: str, *, audited: bool = True
) -> None:
    """Add a row. Raises AlreadyExists. What people do is `audited`, what comes over the wire is not."""
    columns, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    try:
        conn.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", (*row.values(),))  # noqa: S608 - our own names
    except sqlite3.IntegrityError as error:
        raise errors.AlreadyExists(kind, key) from error
    if audited:
        audit.added(kind, str(row.get("id", row.get("ref"))), row)


def update(
    conn: sqlite3.Connection,
    table: str,
    id: str,
    changes: Mapping[str, Any],
    *,
    found: int,
    expected: int | None,
    kind: str,
) -> None:
    """Change a row that is at revision `found`. Raises RevisionMismatch, AlreadyExists."""
    guard(kind, id, found, expected)
    before = audit.row(conn, table, id)
    try:
        values = {**changes, "revision": found + 1}
        places = ", ".join(f'"{name}" = ?' for name in values)
        conn.execute(f"UPDATE {table} SET {places} WHERE {audit.key(table)} = ?", (*values.values(), id))  # noqa: S608 - our own names
    except sqlite3.IntegrityError as error:
        raise errors.AlreadyExists(kind, id) from error
    audit.note(kind, id, before, {**before, **changes})


def delete(conn: sqlite3.Connection, table: str, id: str, *, kind: str) -> bool:
    """Remove a row; False when there was none."""
    before = audit.row(conn, table, id)
    gone = conn.execute(f"DELETE FROM {table} WHERE id = ?", (id,)).rowcount > 0  # noqa: S608 - our own names
    audit.removed(kind, id, before)
    return gone


def guard(kind: str, id: str, found: int, expected: int | None) -> None:
    """Raises RevisionMismatch unless the row is at the expected revision (None: any)."""
    if expected is not None and expected != found:
        raise errors.RevisionMismatch(kind, id, expected, found)


def one(conn: sqlite3.Connection, query: str, *parameters: Any) -> dict[str, Any] | None:
    """The first row as a dict."""
    cursor = conn.execute(query, parameters)
    row = cursor.fetchone()
    return None if row is None else {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def many(conn: sqlite3.Connection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """All rows as dicts."""
    cursor = conn.execute(query, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
