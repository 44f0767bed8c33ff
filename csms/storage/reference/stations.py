"""The table `stations`: sites where chargers stand (OCPI Location)."""

import sqlite3
import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.domain import site
from csms.storage import errors
from csms.storage.reference import networks, patterns, rows

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Line = Annotated[str, msgspec.Meta(max_length=255)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=36, pattern=patterns.ID)]


class Coordinates(msgspec.Struct, frozen=True):
    """Degrees, WGS 84."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Station(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site. `country` is ISO 3166 alpha-2 or alpha-3, `time_zone` an IANA name; unpublished ones are not public."""

    name: Text
    id: Id = ""
    network_id: networks.Id = networks.DEFAULT
    address: Line = ""
    city: Line = ""
    postal_code: Line | None = None
    country: Annotated[str, msgspec.Meta(max_length=60)] = ""
    time_zone: str = "UTC"
    coordinates: Coordinates | None = None
    directions: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    opening_hours: site.OpeningHours | None = None
    facilities: Annotated[tuple[site.Facility, ...], msgspec.Meta(max_length=20)] = ()
    images: Annotated[tuple[site.Image, ...], msgspec.Meta(max_length=20)] = ()
    contact: site.Contact | None = None
    published: bool = False
    revision: int = 1


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Station:
    """Add a station; without an `id` it gets one. Raises InvalidValue, AlreadyExists."""
    station = _checked(conn, {"id": rows.new_id("st"), **fields, "revision": 1})
    rows.insert(conn, "stations", _row(station), "station", station.id)
    return station


def get(conn: sqlite3.Connection, id: str) -> Station:
    """One station. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM stations WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("station", id)
    return _station(row)


def every(conn: sqlite3.Connection) -> list[Station]:
    """All stations by name."""
    return [_station(row) for row in rows.many(conn, "SELECT * FROM stations ORDER BY name, id")]


def some(conn: sqlite3.Connection, after: str, limit: int) -> list[Station]:
    """The stations whose ids follow this one."""
    query = "SELECT * FROM stations WHERE id > ? ORDER BY id LIMIT ?"
    return [_station(row) for row in rows.many(conn, query, after, limit)]


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Station:
    """Change some fields. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    new = _checked(conn, {**msgspec.to_builtins(old), **changes, "id": id, "revision": old.revision + 1})
    rows.update(conn, "stations", id, _row(new), found=old.revision, expected=expected, kind="station")
    return new


def remove(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Remove a station that has no chargers. Raises NotFound, InvalidValue, RevisionMismatch."""
    rows.guard("station", id, get(conn, id).revision, expected)
    if rows.one(conn, "SELECT 1 FROM chargers WHERE station_id = ?", id):
        raise errors.InvalidValue("id", f"station {id} still has chargers: move or delete them first")
    rows.delete(conn, "stations", id, kind="station")


def network_of(conn: sqlite3.Connection, id: str | None) -> str:
    """The network of a station; the default one where there is no station."""
    row = rows.one(conn, "SELECT network_id FROM stations WHERE id = ?", id)
    return networks.DEFAULT if row is None else str(row["network_id"])


def require(conn: sqlite3.Connection, id: str | None, field: str = "station_id") -> None:
    """Raises InvalidValue for `field` unless there is such a station (None is fine)."""
    if id is not None and not rows.one(conn, "SELECT 1 FROM stations WHERE id = ?", id):
        raise errors.InvalidValue(field, f"there is no station {id}: add it first")


def _checked(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Station:
    station = rows.checked(Station, fields)
    networks.require(conn, station.network_id)
    if (problem := site.wrong(station.opening_hours)) is not None:
        raise errors.InvalidValue("opening_hours", problem)
    try:
        zoneinfo.ZoneInfo(station.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise errors.InvalidValue("time_zone", "not an IANA time zone name such as Europe/Berlin") from None
    return station


def _row(station: Station) -> dict[str, Any]:
    details = msgspec.to_builtins(station)
    return {
        "id": details.pop("id"),
        "name": details.pop("name"),
        "network_id": details.pop("network_id"),
        "revision": details.pop("revision"),
        "details": msgspec.json.encode(details).decode(),
    }


def _station(row: dict[str, Any]) -> Station:
    details = msgspec.json.decode(row.pop("details"))
    return msgspec.convert({**details, **row}, Station)
