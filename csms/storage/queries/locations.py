"""Published stations for everybody: by place, by what their connectors are, by whether one is free."""

import builtins
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from csms.domain import nearby
from csms.storage import errors
from csms.storage.queries import page, public_sites
from csms.storage.reference import chargers

_TOGETHER = 50
"""Stations whose chargers are asked for in one question."""
SEARCHED = 200
"""Stations that a page is looked for in at most, so that nobody's question takes long; the next page goes on there."""
_PUBLISHED = """SELECT id, json_extract(details, '$.coordinates.latitude') AS latitude,
    json_extract(details, '$.coordinates.longitude') AS longitude
    FROM stations WHERE json_extract(details, '$.published') = 1 ORDER BY id"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which stations: in a circle (the nearest first) or a box, and with a connector that fulfils all the rest."""

    circle: nearby.Circle | None = None
    box: nearby.Box | None = None
    standard: str | None = None
    min_power_w: float | None = None
    available: bool | None = None

    def possible(self, there: Sequence[chargers.Charger]) -> bool:
        """Whether these chargers have a connector that may fulfil it, whatever its status."""
        if (self.standard, self.min_power_w) == (None, None):
            return True
        connectors = (each for charger in there for evse in charger.evses for each in evse.connectors)
        return any(self._made_so(each.standard, each.max_power_w) for each in connectors)

    def met_by(self, location: dict[str, Any]) -> bool:
        """Whether a connector there fulfils what is asked of one."""
        if (self.standard, self.min_power_w, self.available) == (None, None, None):
            return True
        return any(
            self._made_so(connector["standard"], connector["max_power_w"])
            and self.available in (None, connector["available"])
            for evse in location["evses"]
            for connector in evse["connectors"]
        )

    def _made_so(self, standard: str | None, power_w: float | None) -> bool:
        return self.standard in (None, standard) and (self.min_power_w is None or self.min_power_w <= (power_w or 0))


class _Place(NamedTuple):
    """A published station, and how far it is from who asks."""

    id: str
    distance_km: float | None


def list(  # noqa: A001 - as in queries.locations.list
    conn: sqlite3.Connection, wanted: Wanted, now: datetime, *, limit: int = page.DEFAULT, cursor: str | None = None
) -> page.Page:
    """A page of stations, by id or the nearest first; it may be short though more follow. Raises BadCursor.

    The cursor is the last station that was looked at.
    """
    page.checked(limit)
    places = _after(_places(conn, wanted), cursor)
    sites, items = public_sites.Sites(conn, now), builtins.list[dict[str, Any]]()
    there: public_sites.Chargers = {}
    for number, place in enumerate(places):
        if len(items) == limit or number == SEARCHED:
            return {"items": items, "next_cursor": places[number - 1].id}
        if number % _TOGETHER == 0:
            there = public_sites.of_stations(conn, [each.id for each in places[number : number + _TOGETHER]])
        if wanted.possible(there[place.id]):
            location = sites.view(place.id, there[place.id], place.distance_km)
            if wanted.met_by(location):
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
