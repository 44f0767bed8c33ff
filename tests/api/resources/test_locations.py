"""GET /locations: what everybody may know of published stations, and nothing else."""

from typing import Any

import httpx
import pytest

from api import views
from api.resources import locations
from tests.api.answers import converted, problem
from tests.api.station import Station

LOCATIONS = "/api/v1/locations"
TARIFF = {
    "id": "city",
    "name": "City",
    "currency": "INR",
    "tax_included": True,
    "elements": [
        {"price_components": [{"type": "ENERGY", "price": "12.00"}], "restrictions": {"end_date": "2020-01-01"}},
        {"price_components": [{"type": "ENERGY", "price": "18.00"}, {"type": "PARKING_TIME", "price": "180.00"}]},
    ],
}


async def station(admin: httpx.AsyncClient, id: str, latitude: float, longitude: float, **more: Any) -> None:
    where = {"coordinates": {"latitude": latitude, "longitude": longitude}, "published": True}
    (await admin.post("/api/v1/stations", json={"id": id, "name": id, **where, **more})).raise_for_status()


async def charger(admin: httpx.AsyncClient, id: str, station_id: str | None, **connector: Any) -> None:
    body = {"id": id, "station_id": station_id, "connectors": [{"id": 1, **connector}]}
    (await admin.post("/api/v1/chargers", json=body)).raise_for_status()


async def found(client: httpx.AsyncClient, **asked: str | float | bool) -> list[locations.Location]:
    return list(converted(await client.get(LOCATIONS, params=asked), views.paged(locations.Location)).items)


async def ids(client: httpx.AsyncClient, **asked: str | float | bool) -> list[str]:
    return [each.id for each in await found(client, **asked)]


async def test_a_published_station_shows_what_is_free_and_what_it_costs(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, charger: Station
) -> None:
    contact = {"phone": "+91 20 5550100"}
    await station(admin, "mall", 18.52, 73.85, time_zone="Asia/Kolkata", facilities=["MALL"], contact=contact)
    await admin.patch("/api/v1/chargers/CP-01", json={"station_id": "mall"})
    await admin.post("/api/v1/tariffs", json=TARIFF)
    [before] = await found(anonymous)
    assert (before.evses[0].connectors[0].tariff_id, before.tariffs) == (None, [])
    await admin.put("/api/v1/stations/mall/tariff", json={"tariff_id": "city"})
    [there] = await found(anonymous)
    assert there.contact is not None
    assert (there.name, there.contact.phone, there.distance_km) == ("mall", "+91 20 5550100", None)
    [evse], [tariff] = there.evses, there.tariffs
    [connector] = evse.connectors
    assert (evse.charger_id, connector.standard, connector.tariff_id) == ("CP-01", "IEC_62196_T2", "city")
    assert (connector.status, connector.available) == ("Available", True)
    assert tariff.now == ["18.00 INR per kWh", "180.00 INR per hour idle"]
    assert tariff.texts[-1] == "Prices include tax."
    await charger.start()
    await charger.status("Charging")
    [there] = await found(anonymous)
    assert (there.evses[0].connectors[0].status, there.evses[0].connectors[0].available) == ("Charging", False)


async def test_nothing_private_is_shown(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    await station(admin, "hidden", 1, 1, published=False)
    await station(admin, "mall", 1, 1)
    await charger(admin, "ELSEWHERE", None)
    for identity, change in (("OLD", None), ("WAITS", {"registration": "pending"})):
        await charger(admin, identity, "mall")
        if change is None:
            await admin.post(f"/api/v1/chargers/{identity}/decommission")
        else:
            await admin.patch(f"/api/v1/chargers/{identity}", json=change)
    await admin.post(
        "/api/v1/chargers",
        json={
            "id": "CP-01",
            "station_id": "mall",
            "serial_number": "SN-1",
            "security_profile": 1,
            "connectors": [{"id": 1}],
        },
    )
    answer = await anonymous.get(LOCATIONS)
    [there] = converted(answer, views.paged(locations.Location)).items
    assert [evse.charger_id for evse in there.evses] == ["CP-01"]
    for word in ("SN-1", "hidden", "serial", "session", "firmware", "password", "ELSEWHERE", "network_id"):
        assert word not in answer.text


async def test_they_are_found_by_place_connector_power_and_whether_one_is_free(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await station(admin, "pune", 18.52, 73.85)
    await station(admin, "mumbai", 19.07, 72.87)
    await station(admin, "fiji", -17.0, 179.9)
    await admin.post("/api/v1/stations", json={"id": "somewhere", "name": "S", "published": True})
    await charger(admin, "CP-01", "pune", standard="CHADEMO", max_power_w=50000)
    await charger(admin, "CP-02", "mumbai", standard="IEC_62196_T2", max_power_w=22000)
    assert await ids(anonymous) == ["fiji", "mumbai", "pune", "somewhere"]
    assert await ids(anonymous, near="19.0,72.8") == ["mumbai"]
    nearest = await found(anonymous, near="18.5,73.8", radius_km=500)
    assert [(each.id, round(each.distance_km or 0)) for each in nearest] == [("pune", 6), ("mumbai", 117)]
    assert await ids(anonymous, bbox="72,18,73,20") == ["mumbai"]
    assert await ids(anonymous, bbox="179,-20,-179,0") == ["fiji"], "across the date line"
    assert await ids(anonymous, near="-17.0,-179.9", radius_km=30) == ["fiji"]
    assert await ids(anonymous, connector="CHADEMO") == ["pune"]
    assert await ids(anonymous, min_power_w=22000, bbox="72,18,73,20") == ["mumbai"]
    assert await ids(anonymous, min_power_w=50000) == ["pune"]
    assert await ids(anonymous, available=True) == [], "all are offline"
    assert await ids(anonymous, available=False) == ["mumbai", "pune"]


async def test_pages_follow_each_other(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    for number in range(5):
        await station(admin, f"s{number}", 18 + number / 10, 73)
    asked: dict[str, Any] = {"near": "18.4,73", "radius_km": 40, "limit": 2}
    first = (await anonymous.get(LOCATIONS, params=asked)).json()
    second = (await anonymous.get(LOCATIONS, params=asked | {"cursor": first["next_cursor"]})).json()
    assert [each["id"] for page in (first, second) for each in page["items"]] == ["s4", "s3", "s2", "s1"]
    assert second["next_cursor"] is None, "s0 is too far"
    problem(await anonymous.get(LOCATIONS, params={"cursor": "gone"}), 400, "bad_cursor")


async def test_what_is_no_place_is_refused(anonymous: httpx.AsyncClient) -> None:
    wrong = [{"near": "18.5"}, {"near": "91,0"}, {"near": "nan,0"}, {"bbox": "1,2,3"}, {"bbox": "0,5,1,4"}]
    for asked in (*wrong, {"near": "0,0", "radius_km": "0"}, {"limit": "501"}):
        problem(await anonymous.get(LOCATIONS, params=asked), 400, "invalid_request")


@pytest.fixture
def _thrice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the server starts."""
    monkeypatch.setattr(locations, "REQUESTS", 3)


@pytest.mark.usefixtures("_thrice")
async def test_an_address_that_asks_too_often_waits_unless_it_signs_in(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    assert [(await anonymous.get(LOCATIONS)).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = await anonymous.get(LOCATIONS)
    problem(refused, 429, "too_many_requests")
    assert 0 < int(refused.headers["retry-after"]) <= locations.WITHIN_S + 1
    assert (await admin.get(LOCATIONS)).status_code == 200
