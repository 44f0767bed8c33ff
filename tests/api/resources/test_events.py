"""Server-sent events: resumed, filtered by topic, charger, role and scope, and ended when they should be."""

import httpx

from api import server
from tests.api.answers import problem
from tests.api.conftest import Driver
from tests.api.listening import listening
from tests.api.station import Station


async def test_a_stream_says_at_once_that_it_is_open(admin: httpx.AsyncClient) -> None:
    async with listening(admin) as stream:
        assert "text/event-stream" in stream.head
        assert await stream.block() == ": connected"


async def test_a_change_of_status_arrives_with_position_topic_type_and_time(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    async with listening(admin) as stream:
        await stream.block()
        await charger.status("Preparing")
        event = await stream.next()
    assert (event.topic, event.data["type"], event.data["charger_id"]) == ("chargers", "StatusChanged", "CP-01")
    assert event.data["status"] == "Preparing"
    assert event.data["at"].endswith("Z")
    assert int(event.id or "") > 0


async def test_last_event_id_resumes_without_a_gap(admin: httpx.AsyncClient, charger: Station) -> None:
    async with listening(admin) as stream:
        await stream.block()
        await charger.status("Preparing")
        seen = await stream.next()
    await charger.status("Charging")
    await charger.status("Finishing")
    async with listening(admin, last_id=seen.id) as stream:
        missed = [(await stream.next()).data["status"] for _ in range(2)]
    assert missed == ["Charging", "Finishing"]


async def test_an_id_that_is_not_known_any_more_gets_a_reset(admin: httpx.AsyncClient, charger: Station) -> None:
    async with listening(admin, last_id="999999") as stream:
        assert (await stream.next()).topic == "reset"


async def test_only_the_wanted_topics_come(admin: httpx.AsyncClient, charger: Station) -> None:
    async with listening(admin, "?topics=sessions") as stream:
        await stream.block()
        await charger.status("Preparing")
        await charger.start()
        event = await stream.next()
    assert (event.topic, event.data["session"]["status"]) == ("sessions", "active")


async def test_only_the_wanted_charger_comes(admin: httpx.AsyncClient, charger: Station) -> None:
    await admin.post("/api/v1/chargers", json={"id": "CP-02"})
    async with listening(admin, "?charger_id=CP-02") as other, listening(admin, "?charger_id=cp-01") as mine:
        await other.block()
        await mine.block()
        await charger.status("Preparing")
        assert (await mine.next()).data["charger_id"] == "CP-01"


async def test_a_driver_gets_only_his_own_sessions(driver: Driver, charger: Station) -> None:
    await driver.client.post("/api/v1/tokens", json={"id_token": "MINE"})
    async with listening(driver.client) as stream:
        await stream.block()
        await charger.stop(await charger.start("CARD"), 2000, "2026-03-01T10:00:00Z")
        number = await charger.start("MINE")
        event = await stream.next()
    assert event.data["session"]["transaction_id"] == str(number)


async def test_a_key_with_a_scope_gets_only_what_is_at_its_stations(
    admin: httpx.AsyncClient, charger: Station, serving: server.Serving
) -> None:
    station = (await admin.post("/api/v1/stations", json={"name": "Mall"})).json()["id"]
    body = {"name": "scoped", "role": "support", "scope": {"station_ids": [station]}}
    key = (await admin.post("/api/v1/api-keys", json=body)).json()["key"]
    async with httpx.AsyncClient(base_url=serving.http, headers={"Authorization": f"Bearer {key}"}) as scoped:
        assert (await scoped.get("/api/v1/chargers")).json()["items"] == []
        problem(await scoped.get("/api/v1/chargers/CP-01"), 404)
        async with listening(scoped) as stream:
            await stream.block()
            await charger.status("Preparing")
            (await admin.patch("/api/v1/chargers/CP-01", json={"station_id": station})).raise_for_status()
            number = await charger.start()
            event = await stream.next()
        assert event.data["session"]["transaction_id"] == str(number)


async def test_a_wrong_topic_or_position_is_refused(admin: httpx.AsyncClient) -> None:
    problem(await admin.get("/api/v1/events?topics=weather"), 400)
    for position in ("yesterday", "-1", "9" * 5000):
        problem(await admin.get("/api/v1/events", headers={"Last-Event-ID": position}), 400)


async def test_a_stream_ends_when_the_server_drains(admin: httpx.AsyncClient, serving: server.Serving) -> None:
    async with listening(admin) as stream:
        await stream.block()
        serving.node.system.stop()
        assert await stream.block() == ""
