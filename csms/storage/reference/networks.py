"""The table `networks`: stations that belong together, say of one owner. "default" is there from the beginning."""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.storage import errors
from csms.storage.reference import patterns, rows

DEFAULT = "default"
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=36, pattern=patterns.ID)]


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    id: Id = ""
    revision: int = 1


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Network:
    """Add a network; without an `id` it gets one. Raises InvalidValue, AlreadyExists."""
    network = rows.checked(Network, {"id": rows.new_id("n"), **fields, "revision": 1})
    rows.insert(conn, "networks", _row(network), "network", network.id)
    return network


def get(conn: sqlite3.Connection, id: str) -> Network:
    """One network. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM networks WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("network", id)
    return _network(row)


def every(conn: sqlite3.Connection) -> list[Network]:
    """All networks by id."""
    return [_network(row) for row in rows.many(conn, "SELECT * FROM networks ORDER BY id")]


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Network:
    """Change some fields. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    new = rows.checked(Network, {**msgspec.to_builtins(old), **changes, "id": id, "revision": old.revision + 1})
    rows.update(conn, "networks", id, _row(new), found=old.revision, expected=expected, kind="network")
    return new


def remove(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Remove a network without stations. Raises NotFound, InvalidValue, RevisionMismatch."""
    rows.guard("network", id, get(conn, id).revision, expected)
    if id == DEFAULT:
        raise errors.InvalidValue("id", "this network is where stations are that are put nowhere else; rename it")
    if rows.one(conn, "SELECT 1 FROM stations WHERE network_id = ?", id):
        raise errors.InvalidValue("id", f"network {id} still has stations: move them first (PATCH their network_id)")
    rows.delete(conn, "networks", id, kind="network")


def require(conn: sqlite3.Connection, id: str) -> None:
    """Raises InvalidValue unless there is such a network."""
    if not rows.one(conn, "SELECT 1 FROM networks WHERE id = ?", id):
        raise errors.InvalidValue("network_id", f"there is no network {id}: add it first")


def _row(network: Network) -> dict[str, Any]:
    details = {"name": network.name}
    return {"id": network.id, "details": msgspec.json.encode(details).decode(), "revision": network.revision}


def _network(row: dict[str, Any]) -> Network:
    return msgspec.convert({**msgspec.json.decode(row.pop("details")), **row}, Network)
