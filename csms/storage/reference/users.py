"""The table `users`: people with a role. A driver is a user with role driver."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from csms.storage import errors
from csms.storage.reference import lockouts, one_time_links, patterns, rows, scopes

Role: TypeAlias = Literal["admin", "operations", "support", "finance", "driver"]
Email = Annotated[str, msgspec.Meta(max_length=254, pattern=patterns.EMAIL)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=patterns.ID)]

_WITHOUT_SCOPE: dict[Role, str] = {
    "admin": "an admin makes users and keys, wider ones too, so a scope would not hold",
    "driver": "a driver sees what is their own, wherever it was",
}


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person. `password` is its stored form (csms/credentials.py); None: cannot sign in with one.

    `scope` narrows what staff see (None: everything).
    """

    email: Email
    role: Role
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    id: Id = ""
    password: str | None = None
    disabled: bool = False
    scope: scopes.Scope | None = None
    revision: int = 1


def add(conn: sqlite3.Connection, fields: Mapping[str, Any], password: str | None = None) -> User:
    """Add a user, who gets an `id` without one; `password` is its stored form. Raises InvalidValue, AlreadyExists."""
    user = checked(conn, {"id": rows.new_id("u"), **fields, "password": password, "revision": 1})
    rows.insert(conn, "users", _row(user), "user", user.email)
    return user


def checked(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> User:
    """Somebody who could be added now. Raises InvalidValue."""
    user = rows.checked(User, fields)
    _require_scope(conn, user)
    return user


def get(conn: sqlite3.Connection, id: str) -> User:
    """One user. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM users WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("user", id)
    return _user(row)


def find(conn: sqlite3.Connection, email: str) -> User | None:
    """The user with this address, in whatever case."""
    row = rows.one(conn, "SELECT * FROM users WHERE email_folded = ?", email.casefold())
    return _user(row) if row else None


def every(conn: sqlite3.Connection) -> list[User]:
    """All users by address."""
    return [_user(row) for row in rows.many(conn, "SELECT * FROM users ORDER BY email_folded")]


def change(
    conn: sqlite3.Connection,
    id: str,
    changes: Mapping[str, Any],
    expected: int | None = None,
    password: str | None = None,
) -> User:
    """Change some fields. Raises NotFound, InvalidValue, RevisionMismatch.

    Disabling ends all logins, and so does a new password, which also unlocks who was locked out.
    """
    old = get(conn, id)
    fixed = {"id": id, "password": password or old.password, "revision": old.revision + 1}
    new = rows.checked(User, {**msgspec.to_builtins(old), **changes, **fixed})
    if old.role == "admin" and not old.disabled and (new.disabled or new.role != "admin") and _admins(conn) == 1:
        raise errors.InvalidValue("role", f"{old.email} is the last admin: make somebody else admin first")
    _require_scope(conn, new)
    rows.update(conn, "users", id, _row(new), found=old.revision, expected=expected, kind="user")
    if new.disabled or password:
        conn.execute("DELETE FROM logins WHERE user_id = ?", (id,))
    if password:
        lockouts.clear(conn, new.email)
    if new.disabled or password or new.email != old.email:
        one_time_links.end_all(conn, id, datetime.now(UTC))
    return new


def remove(conn: sqlite3.Connection, id: str) -> None:
    """Remove a person and all logins; whoever is to keep a trace is disabled instead. Raises NotFound."""
    lockouts.clear(conn, get(conn, id).email)
    conn.execute("DELETE FROM logins WHERE user_id = ?", (id,))
    conn.execute("DELETE FROM one_time_links WHERE user_id = ?", (id,))
    rows.delete(conn, "users", id, kind="user")


def _require_scope(conn: sqlite3.Connection, user: User) -> None:
    if user.scope is not None and user.role in _WITHOUT_SCOPE:
        raise errors.InvalidValue("scope", f"{_WITHOUT_SCOPE[user.role]}: set it to null, or choose another role")
    scopes.require(conn, user.scope)


def _admins(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0").fetchone()[0])


def _row(user: User) -> dict[str, Any]:
    row = msgspec.structs.asdict(user)
    return {
        **row,
        "email_folded": user.email.casefold(),
        "disabled": int(user.disabled),
        "scope": scopes.written(user.scope),
    }


def _user(row: dict[str, Any]) -> User:
    del row["email_folded"]
    return User(**{**row, "disabled": bool(row["disabled"]), "scope": scopes.read(row["scope"])})
