"""A charger out of service, and the code that is stuck on its connectors."""

import dataclasses
import io

import httpx
import pytest
import trio

from api import server, views
from api.resources import chargers, networks, stations
from csms import config
from tests.api import station
from tests.api.answers import converted, problem

CHARGERS = "/api/v1/chargers"


@pytest.fixture
def settings(settings: config.Settings) -> config.Settings:
    return dataclasses.replace(settings, public_url="https://charge.example.com")


async def test_a_charger_out_of_service_is_sent_away_and_keeps_its_history(
    serving: server.Serving, admin: httpx.AsyncClient, nursery: trio.Nursery
) -> None:
    await admin.post(CHARGERS, json={"id": "CP-01", "connectors": [{"id": 1}]})
    charger: station.Station = await nursery.start(station.run, f"{serving.ocpp}/CP-01")
    await charger.boot()
    gone = await admin.post(f"{CHARGERS}/cp-01/decommission")
    assert converted(gone, chargers.Charger).decommissioned_at is not None
    with trio.fail_after(30):
        while (await admin.get(f"{CHARGERS}/CP-01")).json()["online"]:
            pass
    refused = problem(await admin.post(f"{CHARGERS}/CP-01/commands/clear-cache"), 409, "charger_decommissioned")
    assert "recommission" in refused["detail"]
    assert (await admin.get(f"{CHARGERS}/CP-01")).json()["vendor"] == "ACME"
    assert (await admin.get(CHARGERS, params={"decommissioned": "false"})).json()["items"] == []
    [listed] = (await admin.get(CHARGERS, params={"decommissioned": "true"})).json()["items"]
    assert listed["id"] == "CP-01"
    back = await admin.post(f"{CHARGERS}/CP-01/recommission")
    assert converted(back, chargers.Charger).decommissioned_at is None
    again: station.Station = await nursery.start(station.run, f"{serving.ocpp}/CP-01")
    await again.boot()


@pytest.mark.parametrize("kind", ["svg", "png"])
async def test_the_code_of_a_connector_opens_it_in_the_app(admin: httpx.AsyncClient, kind: str) -> None:
    await admin.post(CHARGERS, json={"id": "CP 01", "connectors": [{"id": 1}, {"id": 2}]})
    answer = await admin.get(f"{CHARGERS}/CP%2001/connectors/2/qr.{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == {"svg": "image/svg+xml", "png": "image/png"}[kind]
    assert answer.content.startswith(b"<?xml" if kind == "svg" else b"\x89PNG")
    assert io.BytesIO(answer.content).getbuffer().nbytes > 300
    error = problem(await admin.get(f"{CHARGERS}/CP%2001/connectors/3/qr.{kind}"), 404)
    assert "1, 2" in error["detail"]


async def test_stations_are_moved_between_networks(admin: httpx.AsyncClient) -> None:
    made = converted(await admin.post("/api/v1/networks", json=networks.NEW), networks.Network)
    site = converted(await admin.post("/api/v1/stations", json=stations.NEW), stations.Station)
    assert site.network_id == "default"
    moved = await admin.patch(f"/api/v1/stations/{site.id}", json={"network_id": made.id})
    assert converted(moved, stations.Station).network_id == made.id
    problem(await admin.delete(f"/api/v1/networks/{made.id}"), 422)
    problem(await admin.patch(f"/api/v1/stations/{site.id}", json={"network_id": "nowhere"}), 422)
    await admin.patch(f"/api/v1/stations/{site.id}", json={"network_id": "default"})
    assert (await admin.delete(f"/api/v1/networks/{made.id}")).status_code == 204
    problem(await admin.delete("/api/v1/networks/default"), 422)
    listed = converted(await admin.get("/api/v1/networks"), views.paged(networks.Network))
    assert [each.id for each in listed.items] == ["default"]


WRONG_HOURS = [
    {"twentyfourseven": False},
    {"twentyfourseven": True, "regular_hours": [{"weekday": 1, "begin": "08:00", "end": "20:00"}]},
    {"twentyfourseven": False, "regular_hours": [{"weekday": 1, "begin": "20:00", "end": "08:00"}]},
    {"twentyfourseven": False, "regular_hours": [{"weekday": 8, "begin": "08:00", "end": "20:00"}]},
    {"twentyfourseven": False, "regular_hours": [{"weekday": 1, "begin": "08:60", "end": "20:00"}]},
    {
        "twentyfourseven": False,
        "regular_hours": [
            {"weekday": 1, "begin": "08:00", "end": "12:00"},
            {"weekday": 1, "begin": "11:00", "end": "20:00"},
        ],
    },
]


async def test_what_drivers_want_to_know_of_a_site_is_kept_and_checked(admin: httpx.AsyncClient) -> None:
    told = {
        "opening_hours": {
            "twentyfourseven": False,
            "regular_hours": [{"weekday": 1, "begin": "08:00", "end": "24:00"}],
        },
        "facilities": ["CAFE", "WIFI"],
        "images": [{"url": "https://example.com/a.jpg", "category": "ENTRANCE"}],
        "contact": {"name": "Asha", "phone": "+91 20 5550100", "email": "", "website": "https://example.com/"},
        "directions": "Behind the mall",
    }
    made = await admin.post("/api/v1/stations", json=stations.NEW | told)
    assert {name: made.json()[name] for name in told} == told
    for hours in WRONG_HOURS:
        answer = await admin.post("/api/v1/stations", json=stations.NEW | {"opening_hours": hours})
        assert answer.status_code in (400, 422), hours
    problem(await admin.post("/api/v1/stations", json=stations.NEW | {"facilities": ["SWIMMING"]}), 400)
