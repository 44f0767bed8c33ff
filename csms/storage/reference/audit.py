"""What people change in the reference tables becomes an event: who, what, before and after.

Only the fields that changed are recorded; of secrets and personal data only that they changed, for the log is kept for
ever and people may ask to be forgotten. Called by rows.py and by whoever changes a table without it.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from csms.domain import events
from csms.storage import records, staging

MASK = "…"
SECRETS = frozenset({"password", "credential", "pending_credentials", "key", "secret", "totp", "digest"})
PERSONAL: dict[str, frozenset[str]] = {
    "user": frozenset({"email", "name", "phone"}),
    "token": frozenset({"id_token", "group_id"}),
    "buyer": frozenset({"*"}),
    "driver": frozenset({"*"}),
    "webhook": frozenset({"url"}),
    "payment method": frozenset({"*"}),
}
"""Fields of each kind that tell who somebody is; "*" stands for all but the id."""
_KEYS = {"certificates": "serial_number", "tokens": "ref"}
"""Where that is not `id`."""
UNSAID = frozenset({"revision", "id_folded", "email_folded", "folded", "number"})
"""Columns that follow from others."""


def added(kind: str, id: str, row: Mapping[str, Any]) -> None:
    """A row is new."""
    note(kind, id, {}, row)


def removed(kind: str, id: str, row: Mapping[str, Any]) -> None:
    """A row is gone."""
    note(kind, id, row, {})


def note(kind: str, id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A row was `before` and is `after`; an empty one does not exist. Says nothing where nothing changed."""
    if not staging.collected():
        return
    old, new = _told(before), _told(after)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if not changed:
        return
    event = events.ReferenceChanged(
        kind=kind,
        id=id,
        by=staging.acting.get(),
        before=_shown(kind, old, changed),
        after=_shown(kind, new, changed),
    )
    staging.stage(events.AUDIT_STREAM, records.New(event))


def happened(kind: str, id: str, by: str, said: Mapping[str, Any]) -> None:
    """Something that is no change of a row, and `by` did it: a sign-in."""
    if staging.collected():
        told = _told(said)
        event = events.ReferenceChanged(kind=kind, id=id, by=by, after=_shown(kind, told, [*told]))
        staging.stage(events.AUDIT_STREAM, records.New(event))


@contextmanager
def changing(conn: sqlite3.Connection, table: str, id: str, *, kind: str) -> Iterator[None]:
    """Whatever is done inside to this row, also to make or remove it, is recorded."""
    before = row(conn, table, id)
    yield
    note(kind, id, before, row(conn, table, id))


def row(conn: sqlite3.Connection, table: str, id: str) -> dict[str, Any]:
    """A row as it is now; empty when there is none, or when nobody asks for it."""
    if not staging.collected():
        return {}
    cursor = conn.execute(f"SELECT * FROM {table} WHERE {key(table)} = ?", (id,))  # noqa: S608 - our own names
    found = cursor.fetchone()
    return {} if found is None else dict(zip((column[0] for column in cursor.description), found, strict=True))


def key(table: str) -> str:
    """The column that names a row."""
    return _KEYS.get(table, "id")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row, with those that are JSON in it."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if name in UNSAID or value is None:
            continue
        parsed = _parsed(value)
        if name == "details" and isinstance(parsed, dict):
            fields.update({key: inner for key, inner in parsed.items() if inner is not None})
        else:
            fields[name] = parsed
    return fields


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value


def _shown(kind: str, fields: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    personal = PERSONAL.get(kind, frozenset())
    return {
        name: MASK if name in SECRETS or name in personal or ("*" in personal and name != "id") else fields[name]
        for name in names
        if name in fields
    }
