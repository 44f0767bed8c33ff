"""GET|POST /stations, GET|PATCH|DELETE /stations/{id}: the sites where chargers stand."""

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import UNSET, UnsetType

from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.domain import site
from csms.storage.reference import networks, stations
from csms.storage.reference.stations import Coordinates, Id, Line, Text


class NewStation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A site; without an id it gets one."""

    name: Text
    id: Id | UnsetType = UNSET
    address: Line = ""
    city: Line = ""
    postal_code: Line | None = None
    country: str = ""
    time_zone: str = "UTC"
    network_id: networks.Id = networks.DEFAULT
    coordinates: Coordinates | None = None
    directions: str = ""
    opening_hours: site.OpeningHours | None = None
    facilities: tuple[site.Facility, ...] = ()
    images: tuple[site.Image, ...] = ()
    contact: site.Contact | None = None
    published: bool = False


class StationChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Text | UnsetType = UNSET
    address: Line | UnsetType = UNSET
    city: Line | UnsetType = UNSET
    postal_code: Line | UnsetType | None = UNSET
    country: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    network_id: networks.Id | UnsetType = UNSET
    coordinates: Coordinates | UnsetType | None = UNSET
    directions: str | UnsetType = UNSET
    opening_hours: site.OpeningHours | UnsetType | None = UNSET
    facilities: tuple[site.Facility, ...] | UnsetType = UNSET
    images: tuple[site.Image, ...] | UnsetType = UNSET
    contact: site.Contact | UnsetType | None = UNSET
    published: bool | UnsetType = UNSET


class Station(views.View, frozen=True):
    """A site; only published ones are shown to everybody."""

    id: str
    name: str
    address: str
    city: str
    postal_code: str | None
    country: str
    time_zone: str
    network_id: str
    coordinates: Coordinates | None
    directions: str
    opening_hours: site.OpeningHours | None
    facilities: tuple[site.Facility, ...]
    images: tuple[site.Image, ...]
    contact: site.Contact | None
    published: bool
    revision: int


NEW = {
    "name": "City Mall Station",
    "address": "1 Mall Road",
    "city": "Pune",
    "country": "IND",
    "time_zone": "Asia/Kolkata",
    "published": True,
}
STATION = {
    "id": "st1f",
    "network_id": "default",
    "postal_code": None,
    "coordinates": None,
    "directions": "",
    "opening_hours": {"twentyfourseven": True, "regular_hours": []},
    "facilities": ["MALL", "CAFE"],
    "images": [],
    "contact": {"name": "", "phone": "+91 20 5550100", "email": "", "website": None},
    "revision": 1,
    **NEW,
}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/stations", responses=views.page(Station, STATION))
async def list_stations(
    node: wanted.Node, caller: wanted.Caller, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """All stations by name."""
    found = await node.read(stations.every)
    return paging.of([view(station) for station in found if caller.sees_station(station.id)], limit, cursor)


@post("/stations", responses=views.answer(Station, STATION, 201))
async def add_station(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewStation, _body(NEW)]
) -> Response[dict[str, Any]]:
    """Add a station."""
    fields = msgspec.to_builtins(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return view(stations.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/stations/{station_id:str}", responses=views.answer(Station, STATION))
async def get_station(
    node: wanted.Node, caller: wanted.Caller, station_id: wanted.StationId
) -> Response[dict[str, Any]]:
    """One station."""
    station = await node.read(stations.get, _visible(caller, station_id))
    return Response(view(station), headers=etags.tag(station.revision))


@patch("/stations/{station_id:str}", responses=views.answer(Station, STATION))
async def change_station(
    node: wanted.Node,
    caller: wanted.Caller,
    station_id: wanted.StationId,
    data: Annotated[StationChanges, _body({"published": True})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a station."""
    expected = etags.expected(if_match)
    station = await node.write(stations.change, _visible(caller, station_id), msgspec.to_builtins(data), expected)
    return Response(view(station), headers=etags.tag(station.revision))


@delete("/stations/{station_id:str}")
async def remove_station(
    node: wanted.Node, caller: wanted.Caller, station_id: wanted.StationId, if_match: etags.IfMatch = None
) -> None:
    """Remove a station that has no chargers any more."""
    await node.write(stations.remove, _visible(caller, station_id), etags.expected(if_match))


def view(station: stations.Station) -> dict[str, Any]:
    """What the API shows of a station."""
    fields: dict[str, Any] = msgspec.to_builtins(station)
    return fields


def _visible(caller: Caller, station_id: str) -> str:
    if not caller.sees_station(station_id):
        raise errors.NotFound(f"There is no station {station_id}. GET /api/v1/stations lists them.")
    return station_id


HANDLERS = [list_stations, add_station, get_station, change_station, remove_station]
