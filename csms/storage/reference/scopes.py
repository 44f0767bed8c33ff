"""A scope: the stations and networks that a person or a program is narrowed to. Kept as JSON in `users` and `api_keys`.

A network stands for the stations that it has at the moment somebody asks.
"""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.storage import errors
from csms.storage.reference import rows, stations

FIELD = "scope"
MOST = 500
Ids = Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST)]


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only what stands at, or happened at, these stations and those of these networks."""

    station_ids: Ids = ()
    network_ids: Ids = ()


def require(conn: sqlite3.Connection, scope: Scope | None) -> None:
    """Raises InvalidValue for a scope that names nothing, or what is not there (None is fine)."""
    if scope is None:
        return
    if not scope.station_ids and not scope.network_ids:
        raise errors.InvalidValue(FIELD, "names no station and no network; null is everything")
    for station_id in scope.station_ids:
        stations.require(conn, station_id, f"{FIELD}.station_ids")
    for network_id in scope.network_ids:
        if not rows.one(conn, "SELECT 1 FROM networks WHERE id = ?", network_id):
            raise errors.InvalidValue(f"{FIELD}.network_ids", f"there is no network {network_id}: add it first")


def reach(conn: sqlite3.Connection, scope: Scope | None) -> frozenset[str] | None:
    """The ids of the stations in a scope as the networks are now; None for everything."""
    if scope is None:
        return None
    if not scope.network_ids:
        return frozenset(scope.station_ids)
    among = ", ".join("?" * len(scope.network_ids))
    query = f"SELECT id FROM stations WHERE network_id IN ({among})"  # noqa: S608 - question marks
    return frozenset(scope.station_ids).union(row["id"] for row in rows.many(conn, query, *scope.network_ids))


def written(scope: Scope | None) -> str | None:
    """As it is stored; what is not named is left out."""
    if scope is None:
        return None
    return msgspec.json.encode({name: ids for name, ids in shown(scope).items() if ids}).decode()


def read(text: str | None) -> Scope | None:
    """As it was stored."""
    return None if text is None else msgspec.json.decode(text, type=Scope)


def shown(scope: Scope) -> Mapping[str, Any]:
    """Its two lists."""
    return msgspec.structs.asdict(scope)
