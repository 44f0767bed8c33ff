"""The table `sellers`: who sells at which stations, as documents name it, and the series its documents are numbered in.

Each is one registration for tax. The one named "default" is there from the beginning and sells wherever no other does.
A series belongs to its first seller for ever, for its numbers do.
"""

import sqlite3
import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.domain.billing import parties
from csms.storage import errors
from csms.storage.reference import rows, stations

DEFAULT = "default"


class Seller(parties.Party, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seller. `payment_days`: how long an invoice may stay unpaid; `note`: what all its documents end with.

    `service_code` is what the tax office calls what is sold (India: SAC); days are those of `time_zone`.
    """

    id: stations.Id = ""
    series: parties.Series
    time_zone: str = "UTC"
    payment_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 14
    service_code: Annotated[str, msgspec.Meta(max_length=20)] = ""
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    station_ids: tuple[str, ...] = ()
    revision: int = 1


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Seller:
    """Add a seller; without an `id` it gets one. Raises InvalidValue, AlreadyExists."""
    seller = _checked({"id": rows.new_id("se"), **fields, "revision": 1})
    rows.insert(conn, "sellers", _row(seller), "seller", seller.id)
    _claim(conn, seller)
    return seller


def get(conn: sqlite3.Connection, id: str) -> Seller:
    """One seller. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM sellers WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("seller", id)
    return _seller(row)


def every(conn: sqlite3.Connection) -> list[Seller]:
    """All sellers by id."""
    return [_seller(row) for row in rows.many(conn, "SELECT * FROM sellers ORDER BY id")]


def at_station(conn: sqlite3.Connection, station_id: str | None) -> Seller:
    """Who sells there."""
    row = rows.one(conn, "SELECT seller_id FROM seller_stations WHERE station_id = ?", station_id)
    return get(conn, DEFAULT if row is None else row["seller_id"])


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Seller:
    """Change some fields; documents that were issued keep theirs. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    new = _checked({**msgspec.to_builtins(old), **changes, "id": id, "revision": old.revision + 1})
    rows.update(conn, "sellers", id, _row(new), found=old.revision, expected=expected, kind="seller")
    _claim(conn, new)
    return new


def party(seller: Seller) -> parties.Party:
    """What a document says of it."""
    return parties.Party(**{name: getattr(seller, name) for name in parties.Party.__struct_fields__})


def _claim(conn: sqlite3.Connection, seller: Seller) -> None:
    """Its series and stations are its own. Raises InvalidValue."""
    conn.execute("INSERT OR IGNORE INTO seller_series VALUES (?, ?)", (seller.series, seller.id))
    owner = conn.execute("SELECT seller_id FROM seller_series WHERE series = ?", (seller.series,)).fetchone()[0]
    if owner != seller.id:
        raise errors.InvalidValue("series", f"{seller.series} numbers the documents of seller {owner}: choose another")
    conn.execute("DELETE FROM seller_stations WHERE seller_id = ?", (seller.id,))
    for station_id in seller.station_ids:
        stations.require(conn, station_id, "station_ids")
        try:
            conn.execute("INSERT INTO seller_stations VALUES (?, ?)", (station_id, seller.id))
        except sqlite3.IntegrityError:
            problem = f"another seller has station {station_id}, or it is named twice: take it away there first"
            raise errors.InvalidValue("station_ids", problem) from None


def _checked(fields: Mapping[str, Any]) -> Seller:
    seller = rows.checked(Seller, fields)
    if (problem := parties.wrong(seller, seller=True)) is not None:
        raise errors.InvalidValue(*problem)
    try:
        zoneinfo.ZoneInfo(seller.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise errors.InvalidValue("time_zone", "not an IANA time zone name such as Europe/Berlin") from None
    return seller


def _row(seller: Seller) -> dict[str, Any]:
    details = msgspec.to_builtins(seller)
    row = {"id": details.pop("id"), "revision": details.pop("revision")}
    return {**row, "details": msgspec.json.encode(details).decode()}


def _seller(row: Mapping[str, Any]) -> Seller:
    details = msgspec.json.decode(row["details"])
    return msgspec.convert({**details, "id": row["id"], "revision": row["revision"]}, Seller)
