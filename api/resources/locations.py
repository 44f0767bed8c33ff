"""GET /locations: published stations with what is free and what it costs, for everybody's apps and maps."""

from http import HTTPStatus
from typing import Annotated, Any

import trio
from litestar import Request, Response, get
from litestar.params import QueryParameter
from msgspec import Meta

from api import errors, origin, throttle, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.domain import nearby, site
from csms.storage.queries import locations
from csms.storage.reference.stations import Coordinates

REQUESTS, WITHIN_S = 120, 60.0
"""What an address may ask within so many seconds, where nobody has signed in."""
FRESH_S = 10
"""Seconds that a browser or a cache may show an answer again."""
FARTHEST_KM = 20_040.0
"""Half around the Earth."""

Near = Annotated[
    str | None, QueryParameter(description="`latitude,longitude`, such as 18.52,73.85: the nearest come first.")
]
Radius = Annotated[float, QueryParameter(gt=0, le=FARTHEST_KM, description="How far from `near` at most, in km.")]
Box = Annotated[str | None, QueryParameter(description="`west,south,east,north` in degrees: only inside of it.")]
Standard = Annotated[str | None, QueryParameter(description="Only with such a connector: IEC_62196_T2, CHADEMO, ...")]
Power = Annotated[float | None, QueryParameter(ge=0, description="Only with a connector of at least so many W.")]
Available = Annotated[bool | None, QueryParameter(description="Only with a connector that is free now.")]


class Connector(views.View, frozen=True):
    """A connector as it is now. `available`: it is free, and so is its EVSE. Without a tariff_id charging is free."""

    id: int
    standard: str | None
    format: str | None
    power_type: str | None
    max_power_w: float | None
    max_voltage: float | None
    max_amperage: float | None
    status: str
    available: bool
    tariff_id: str | None


class Evse(views.View, frozen=True):
    """What serves one vehicle at a time; `evse_id` is its public name, charger_id and connector id start a session."""

    charger_id: str
    id: int
    evse_id: str | None
    connectors: list[Connector]


class Tariff(views.View, frozen=True):
    """A tariff in words: `now` what a session costs that begins now, `texts` all of it."""

    id: str
    name: str
    currency: str
    tax_included: bool
    now: list[str]
    texts: list[str]


class Location(views.View, frozen=True):
    """A published station. Times of day are those of its time zone."""

    id: str
    name: str
    address: str
    city: str
    postal_code: str | None
    country: str
    time_zone: str
    coordinates: Coordinates | None
    directions: str
    opening_hours: site.OpeningHours | None
    facilities: tuple[site.Facility, ...]
    images: tuple[site.Image, ...]
    contact: site.Contact | None
    distance_km: Annotated[float | None, Meta(description="From `near`, along the surface.")]
    evses: list[Evse]
    tariffs: list[Tariff]


LOCATION: dict[str, Any] = {
    "id": "city-mall",
    "name": "City Mall Station",
    "address": "1 Mall Road",
    "city": "Pune",
    "postal_code": "411001",
    "country": "IND",
    "time_zone": "Asia/Kolkata",
    "coordinates": {"latitude": 18.5204, "longitude": 73.8567},
    "directions": "Level -1, beside the lifts",
    "opening_hours": {"twentyfourseven": True, "regular_hours": []},
    "facilities": ["MALL"],
    "images": [{"url": "https://example.com/mall.jpg", "category": "ENTRANCE"}],
    "contact": {"name": "City Mall", "phone": "+91 20 5550100", "email": "", "website": None},
    "distance_km": 1.4,
    "evses": [
        {
            "charger_id": "CP-01",
            "id": 1,
            "evse_id": "IN*ABC*E1",
            "connectors": [
                {
                    "id": 1,
                    "standard": "IEC_62196_T2",
                    "format": "SOCKET",
                    "power_type": "AC_3_PHASE",
                    "max_power_w": 22000,
                    "max_voltage": 400,
                    "max_amperage": 32,
                    "status": "Available",
                    "available": True,
                    "tariff_id": "city",
                }
            ],
        }
    ],
    "tariffs": [
        {
            "id": "city",
            "name": "City",
            "currency": "INR",
            "tax_included": True,
            "now": ["18.00 INR per kWh"],
            "texts": ["1. Energy costs 18.00 INR per kWh, 18 % tax.", "Prices include tax."],
        }
    ],
}


@get("/locations", responses=views.page(Location, LOCATION))
async def list_locations(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    near: Near = None,
    radius_km: Radius = 25.0,
    bbox: Box = None,
    connector: Standard = None,
    min_power_w: Power = None,
    available: Available = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[dict[str, Any]]:
    """Published stations, with what is free and what it costs now. A page may be short though others follow it."""
    _refuse_hurry(request, node)
    asked = locations.Wanted(
        circle=None if near is None else nearby.Circle(_point(near), radius_km),
        box=None if bbox is None else _box(bbox),
        standard=connector,
        min_power_w=min_power_w,
        available=available,
    )
    found = await node.read(locations.list, asked, node.services.now(), limit=limit, cursor=cursor)
    return Response(found, headers={"Cache-Control": f"public, max-age={FRESH_S}", "Access-Control-Allow-Origin": "*"})


def _refuse_hurry(request: Request[Caller, Any, Any], node: wanted.Node) -> None:
    """Raises ApiError 429 for an address that asks too often."""
    if request.user.role is not None:
        return
    visitors: throttle.Throttle = request.app.state.visitors
    address = throttle.network_of(origin.client_address(request, node.settings.trusted_proxies))
    now = trio.current_time()
    wait = visitors.wait_s(address, now)
    if wait > 0:
        raise errors.ApiError(
            f"This address asks too often: at most {REQUESTS} times in {WITHIN_S:g} seconds. Sign in, or ask later.",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            code="too_many_requests",
            headers={"Retry-After": str(int(wait) + 1)},
        )
    visitors.failed(address, now)


def _point(text: str) -> nearby.Point:
    latitude, longitude = _numbers(text, 2, "near", "latitude,longitude such as 18.52,73.85")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _not("near", "a latitude of -90 to 90 and a longitude of -180 to 180")
    return nearby.Point(latitude, longitude)


def _box(text: str) -> nearby.Box:
    west, south, east, north = _numbers(text, 4, "bbox", "west,south,east,north such as 73.7,18.4,74.0,18.7")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise _not("bbox", "longitudes of -180 to 180 around latitudes of -90 to 90, the southern one first")
    return nearby.Box(west, south, east, north)


def _numbers(text: str, count: int, name: str, meant: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count:
        raise _not(name, meant)
    return found


def _not(name: str, meant: str) -> errors.ApiError:
    return errors.ApiError(f"`{name}` must be {meant}.", code="invalid_request")


HANDLERS = [list_locations]
