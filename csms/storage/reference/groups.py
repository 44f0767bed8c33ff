"""The table `groups`: drivers and tokens that belong together, which chargers know as the parent id of their tokens.

Members may end each other's sessions, and a tariff may be assigned to a group. A token may name a group that is not
here: a roaming partner's, or one of an older system.
"""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.storage import errors
from csms.storage.reference import patterns, rows

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=36, pattern=patterns.ID)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group; chargers of OCPP 1.6 are told of it if its id has at most 20 characters."""

    name: Name
    id: Id = ""
    revision: int = 1


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Group:
    """Add a group; without an `id` it gets one. Raises InvalidValue, AlreadyExists."""
    group = rows.checked(Group, {"id": rows.new_id("g")[:20], **fields, "revision": 1})
    rows.insert(conn, "groups", msgspec.structs.asdict(group), "group", group.id)
    return group


def get(conn: sqlite3.Connection, id: str) -> Group:
    """One group. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM groups WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("group", id)
    return Group(**row)


def every(conn: sqlite3.Connection) -> list[Group]:
    """All groups by id."""
    return [Group(**row) for row in rows.many(conn, "SELECT * FROM groups ORDER BY id")]


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Group:
    """Change some fields. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    new = rows.checked(Group, {**msgspec.to_builtins(old), **changes, "id": id, "revision": old.revision + 1})
    row = msgspec.structs.asdict(new)
    rows.update(conn, "groups", id, row, found=old.revision, expected=expected, kind="group")
    return new


def remove(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Remove a group without members. Raises NotFound, InvalidValue, RevisionMismatch."""
    rows.guard("group", id, get(conn, id).revision, expected)
    for table in ("drivers", "tokens"):
        if rows.one(conn, f"SELECT 1 FROM {table} WHERE group_id = ? LIMIT 1", id):  # noqa: S608 - our own names
            raise errors.InvalidValue("id", f"group {id} still has {table}: change their group_id first")
    rows.delete(conn, "groups", id, kind="group")


def require(conn: sqlite3.Connection, id: str | None) -> None:
    """Raises InvalidValue unless there is such a group, or none is asked for."""
    if id is not None and not rows.one(conn, "SELECT 1 FROM groups WHERE id = ?", id):
        raise errors.InvalidValue("group_id", f"there is no group {id}: add it first (POST /api/v1/groups)")
