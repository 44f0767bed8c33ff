"""The table `drivers`: the profile of users with the role driver. Name, address and password are in `users`.

The id is the user's, and what sessions, tokens, payments and bills know of a driver. A driver's group counts for those
of their tokens that have none. Which fleet pays for somebody is csms/storage/reference/accounts.py's.
"""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.storage import errors
from csms.storage.reference import groups, list_updates, rows, tokens, users

Short = Annotated[str, msgspec.Meta(max_length=60)]
Language = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9 ()/.-]{3,30}$")]
Preferences = Annotated[dict[Short, Annotated[str, msgspec.Meta(max_length=255)] | bool], msgspec.Meta(max_length=50)]

PROFILE = ("group_id", "language", "phone", "vehicles", "preferences")
PERSON = ("email", "name", "disabled")
"""The fields of a driver that are in the table `users`."""
OWN = frozenset({"name", "language", "phone", "vehicles", "preferences"})
"""What drivers may change of themselves; their group decides about prices."""


class Vehicle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A car, as its driver describes it."""

    make: Short = ""
    model: Short = ""
    plate: Short = ""


Vehicles = Annotated[tuple[Vehicle, ...], msgspec.Meta(max_length=20)]


class Driver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver; `language` is a BCP 47 tag, `preferences` are what an app keeps for its user."""

    id: users.Id
    email: users.Email
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    group_id: groups.Id | None = None
    language: Language | None = None
    phone: Phone | None = None
    vehicles: Vehicles = ()
    preferences: Preferences = msgspec.field(default_factory=dict)
    disabled: bool = False
    revision: int = 1
    """Counts the changes of the user and of the profile."""


def find(conn: sqlite3.Connection, id: str) -> Driver | None:
    """The driver with this id."""
    row = rows.one(conn, "SELECT id, email, name, disabled, revision FROM users WHERE id = ? AND role = 'driver'", id)
    if row is None:
        return None
    profile = rows.one(conn, "SELECT group_id, details, revision FROM drivers WHERE id = ?", id)
    if profile is not None:
        row["revision"] += profile["revision"]
        row |= {"group_id": profile["group_id"], **msgspec.json.decode(profile["details"])}
    return msgspec.convert({**row, "disabled": bool(row["disabled"])}, Driver)


def get(conn: sqlite3.Connection, id: str) -> Driver:
    """The same. Raises NotFound."""
    found = find(conn, id)
    if found is None:
        raise errors.NotFound("driver", id)
    return found


def some(conn: sqlite3.Connection, after: str, limit: int) -> list[Driver]:
    """The drivers whose ids follow this one."""
    query = "SELECT id FROM users WHERE role = 'driver' AND id > ? ORDER BY id LIMIT ?"
    return [get(conn, row[0]) for row in conn.execute(query, (after, limit)).fetchall()]


def add(conn: sqlite3.Connection, fields: Mapping[str, Any], password: str | None = None) -> Driver:
    """Add a driver and the user; `password` is its stored form, and without an `id` they get one.

    Raises InvalidValue, AlreadyExists.
    """
    checked = rows.checked(Driver, {"id": rows.new_id("u"), **fields})
    groups.require(conn, checked.group_id)
    person = {name: getattr(checked, name) for name in ("id", *PERSON)}
    user = users.add(conn, {**person, "role": "driver"}, password)
    _put(conn, msgspec.structs.replace(checked, id=user.id))
    return get(conn, user.id)


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Driver:
    """Change some fields; disabling ends all logins. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    rows.guard("driver", id, old.revision, expected)
    new = rows.checked(Driver, {**msgspec.to_builtins(old), **changes, "id": id})
    person = {name: changes[name] for name in PERSON if name in changes}
    if person:
        users.change(conn, id, person)
    if set(changes) - set(PERSON):
        if new.group_id != old.group_id:
            groups.require(conn, new.group_id)
        _put(conn, new)
    if new.group_id != old.group_id:
        _mark_lists(conn, id)
    return get(conn, id)


def close(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Keep what is known, but nothing charges and nobody signs in any more. Raises NotFound, RevisionMismatch."""
    rows.guard("driver", id, get(conn, id).revision, expected)
    users.change(conn, id, {"disabled": True})
    for ref in token_refs(conn, id):
        tokens.change(conn, ref, {"blocked": True})


def group_of(conn: sqlite3.Connection, driver_id: str | None) -> str | None:
    """The group of those of a driver's tokens that have none of their own."""
    row = None if driver_id is None else rows.one(conn, "SELECT group_id FROM drivers WHERE id = ?", driver_id)
    return None if row is None else row["group_id"]


def token_refs(conn: sqlite3.Connection, id: str) -> list[str]:
    """The surrogates of a driver's tokens."""
    return [row[0] for row in conn.execute("SELECT ref FROM tokens WHERE driver_id = ? ORDER BY ref", (id,))]


def _put(conn: sqlite3.Connection, driver: Driver) -> None:
    fields = msgspec.to_builtins(driver)
    details = {name: fields[name] for name in PROFILE if name != "group_id" and fields[name] not in (None, [], {})}
    row = {"id": driver.id, "group_id": driver.group_id, "details": msgspec.json.encode(details).decode()}
    known = rows.one(conn, "SELECT revision FROM drivers WHERE id = ?", driver.id)
    if known is None:
        rows.insert(conn, "drivers", {**row, "revision": 1}, "driver", driver.id)
    else:
        rows.update(conn, "drivers", driver.id, row, found=known["revision"], expected=None, kind="driver")


def _mark_lists(conn: sqlite3.Connection, id: str) -> None:
    for ref in token_refs(conn, id):
        list_updates.mark(conn, ref)
