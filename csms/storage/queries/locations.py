"""Published stations as everybody sees them: where they are, which connectors are free now, and what charging costs.

Nothing else of them is here: no serial numbers, no sessions, nobody's name but the contact's. Chargers that are out of
service or not accepted are left out.
"""

import builtins
import sqlite3
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from csms.domain import nearby
from csms.domain.tariff import Tariff, explanation
from csms.storage import errors
from csms.storage.queries import chargers, page
from csms.storage.reference import chargers as registered
from csms.storage.reference import stations, tariffs

OCCUPIED = frozenset({"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved"})
"""Statuses of a connector beside which no other one of its EVSE can be used."""
_TOGETHER = 50
"""Stations whose chargers are asked for in one question."""
_PUBLISHED = """SELECT id, json_extract(details, '$.coordinates.latitude') AS latitude,
    json_extract(details, '$.coordinates.longitude') AS longitude
    FROM stations WHERE json_extract(details, '$.published') = 1 ORDER BY id"""
_SHOWN = (
    *("id", "name", "address", "city", "postal_code", "country", "time_zone", "coordinates", "directions"),
    *("opening_hours", "facilities", "images", "contact"),
)
_DESCRIBED = ("standard", "format", "power_type", "max_power_w", "max_voltage", "max_amperage", "status")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which stations: in a circle (the nearest first) or a box, and with a connector that fulfils all the rest."""

    circle: nearby.Circle | None = None
    box: nearby.Box | None = None
    standard: str | None = None
    min_power_w: float | None = None
    available: bool | None = None

    def met_by(self, location: dict[str, Any]) -> bool:
        """Whether a connector there fulfils what is asked of one."""
        if (self.standard, self.min_power_w, self.available) == (None, None, None):
            return True
        return any(self._fits(connector) for evse in location["evses"] for connector in evse["connectors"])

    def _fits(self, connector: dict[str, Any]) -> bool:
        return (
            self.standard in (None, connector["standard"])
            and (self.min_power_w is None or self.min_power_w <= (connector["max_power_w"] or 0))
            and self.available in (None, connector["available"])
        )


class _Place(NamedTuple):
    """A published station, and how far it is from who asks."""

    id: str
    distance_km: float | None


def list(  # noqa: A001 - as in queries.locations.list
    conn: sqlite3.Connection, wanted: Wanted, now: datetime, *, limit: int = page.DEFAULT, cursor: str | None = None
) -> page.Page:
    """A page of stations, by id or the nearest first; the cursor is the last id shown. Raises BadCursor."""
    page.checked(limit)
    items: builtins.list[dict[str, Any]] = []
    for location in filter(wanted.met_by, _locations(conn, _after(_places(conn, wanted), cursor), now)):
        if len(items) == limit:
            return {"items": items, "next_cursor": items[-1]["id"]}
        items.append(location)
    return {"items": items, "next_cursor": None}


# -- Where -------------------------------------------------------------------------------------------------------------


def _places(conn: sqlite3.Connection, wanted: Wanted) -> Sequence[_Place]:
    """The published stations in the area, in the order of the list."""
    boxes = [box for box in (wanted.box, wanted.circle.box if wanted.circle else None) if box is not None]
    found = []
    for id, *where in conn.execute(_PUBLISHED):  # noqa: A001 - its name
        point = None if None in where else nearby.Point(*where)
        if not boxes:
            found.append(_Place(id, None))
        elif point is not None and all(box.has(point) for box in boxes):
            far = None if wanted.circle is None else nearby.distance_km(wanted.circle.centre, point)
            if wanted.circle is None or far is None or far <= wanted.circle.radius_km:
                found.append(_Place(id, far))
    return found if wanted.circle is None else sorted(found, key=lambda place: (place.distance_km, place.id))


def _after(places: Sequence[_Place], cursor: str | None) -> Sequence[_Place]:
    if cursor is None:
        return places
    start = next((index for index, place in enumerate(places, 1) if place.id == cursor), None)
    if start is None:
        raise errors.BadCursor
    return places[start:]


# -- What --------------------------------------------------------------------------------------------------------------


def _locations(conn: sqlite3.Connection, places: Sequence[_Place], now: datetime) -> Iterator[dict[str, Any]]:
    """Each with its connectors; asked for when it is wanted, some together."""
    for start in range(0, len(places), _TOGETHER):
        some = places[start : start + _TOGETHER]
        there = _chargers(conn, [place.id for place in some])
        for place in some:
            yield _location(conn, place, there[place.id], now)


def _chargers(conn: sqlite3.Connection, ids: Sequence[str]) -> dict[str | None, builtins.list[registered.Charger]]:
    """Station -> its chargers that the public may use."""
    among = ", ".join("?" * len(ids))
    where = f"station_id IN ({among}) AND registration = 'accepted' AND decommissioned_at IS NULL"
    found = defaultdict[str | None, builtins.list[registered.Charger]](builtins.list)
    for charger in registered.some(conn, where, ids):
        found[charger.station_id].append(charger)
    return found


def _location(
    conn: sqlite3.Connection, place: _Place, there: Sequence[registered.Charger], now: datetime
) -> dict[str, Any]:
    station = stations.get(conn, place.id)
    known = msgspec.to_builtins(station)
    applied: dict[str, Tariff] = {}
    evses = [evse for charger in there for evse in _evses(conn, station.id, charger, applied, now)]
    local = now.astimezone(zoneinfo.ZoneInfo(station.time_zone))
    return {
        **{name: known[name] for name in _SHOWN},
        "distance_km": None if place.distance_km is None else round(place.distance_km, 3),
        "evses": evses,
        "tariffs": [_tariff(tariff_id, tariff, local) for tariff_id, tariff in applied.items()],
    }


def _evses(
    conn: sqlite3.Connection, station_id: str, charger: registered.Charger, applied: dict[str, Tariff], now: datetime
) -> Iterator[dict[str, Any]]:
    """A charger's EVSEs; the tariffs that apply at their connectors are added to `applied`."""
    live = chargers.get(conn, charger.id) or {"connectors": []}
    public = {evse.id: evse.evse_id for evse in charger.evses}
    by_evse = defaultdict[int, builtins.list[dict[str, Any]]](builtins.list)
    for connector in live["connectors"]:
        by_evse[connector["evse_id"]].append(connector)
    for evse_id, connectors in by_evse.items():
        yield {
            "charger_id": charger.id,
            "id": evse_id,
            "evse_id": public.get(evse_id),
            "connectors": [
                {
                    "id": each["id"],
                    **{name: each[name] for name in _DESCRIBED},
                    "available": _available(each, connectors),
                    "tariff_id": _applies(conn, station_id, charger.id, each["id"], applied, now),
                }
                for each in connectors
            ],
        }


def _available(connector: dict[str, Any], of_evse: Sequence[dict[str, Any]]) -> bool:
    """Whether a car may be plugged in here now: an EVSE serves one at a time."""
    return connector["status"] == "Available" and not any(each["status"] in OCCUPIED for each in of_evse)


def _applies(
    conn: sqlite3.Connection,
    station_id: str,
    charger_id: str,
    connector_id: int,
    applied: dict[str, Tariff],
    now: datetime,
) -> str | None:
    """What everybody pays who begins now; None: it is free."""
    found = tariffs.in_force(
        conn, charger_id=charger_id, connector_id=connector_id, station_id=station_id, driver_group=None, at=now
    )
    if found is None:
        return None
    applied[found.tariff_id] = found.tariff
    return found.tariff_id


def _tariff(tariff_id: str, tariff: Tariff, local: datetime) -> dict[str, Any]:
    return {
        "id": tariff_id,
        "name": tariff.name,
        "currency": tariff.currency,
        "tax_included": tariff.tax_included,
        "now": explanation.beginning(tariff, local),
        "texts": explanation.sentences(tariff),
    }
