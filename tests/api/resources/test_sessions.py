"""Sessions: started from afar or at the charger, followed, stopped, listed; drivers see only their own."""

from typing import Any

import httpx
import pytest

from api import server, views
from api.resources import sessions
from tests.api.answers import converted, problem
from tests.api.conftest import Driver
from tests.api.listening import listening
from tests.api.station import Station

ORDER = {"charger_id": "CP-01", "connector_id": 1, "id_token": "CARD"}


async def until(client: httpx.AsyncClient, session_id: str, **wanted: Any) -> dict[str, Any]:
    """Follow the event stream until the session looks as wanted."""
    async with listening(client, "?topics=sessions") as stream:
        while True:
            found: dict[str, Any] = (await client.get(f"/api/v1/sessions/{session_id}")).json()
            if wanted.items() <= found.items():
                return found
            await stream.next()


async def only(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    items = (await client.get("/api/v1/sessions", params=query)).json()["items"]
    assert len(items) == 1, items
    found: dict[str, Any] = items[0]
    return found


async def test_a_session_started_at_the_charger_is_shown_with_every_promised_field(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    number = await charger.start(meter=1000)
    await charger.meter(number, 1500, "2026-03-01T09:10:00Z")
    listed = await only(admin)
    shown = converted(await admin.get(f"/api/v1/sessions/{listed['id']}"), sessions.Session)
    assert (shown.transaction_id, shown.charger_id, shown.connector_id) == (str(number), "CP-01", 1)
    assert (shown.status, shown.id_token, shown.energy_wh, shown.power_w) == ("active", "CARD", 500, 11000)


async def test_what_was_acknowledged_to_the_charger_is_visible_in_the_next_get(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    number = await charger.start(meter=1000)
    for wh in range(1100, 2000, 100):
        await charger.meter(number, wh, f"2026-03-01T09:{wh // 100}:00Z")
        assert (await only(admin))["energy_wh"] == wh - 1000


async def test_a_remote_start_is_pending_until_the_charger_starts(admin: httpx.AsyncClient, charger: Station) -> None:
    answer = await admin.post("/api/v1/sessions", json=ORDER)
    assert answer.status_code == 202
    begun = converted(answer, views.RemoteStart)
    assert begun.status == "pending"
    assert (await admin.get(f"/api/v1/sessions/{begun.id}")).json()["status"] == "pending"
    number = await charger.start()
    found = (await admin.get(f"/api/v1/sessions/{begun.id}")).json()
    assert (found["status"], found["transaction_id"]) == ("active", str(number))
    command = (await admin.get(f"/api/v1/commands/{begun.command_id}")).json()
    assert command["command"] == "remote-start"


async def test_a_remote_start_that_the_charger_refuses_fails_with_the_reason(
    admin: httpx.AsyncClient, charger: Station
) -> None:
    charger.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    begun = (await admin.post("/api/v1/sessions", json=ORDER)).json()
    found = await until(admin, begun["id"], status="failed")
    assert "refused" in found["failure"]


PROFILE = {"purpose": "tx", "kind": "relative", "schedules": [{"unit": "A", "periods": [{"start_s": 0, "limit": 16}]}]}


async def test_rule_58_a_remote_start_may_bring_a_charging_profile(admin: httpx.AsyncClient, charger: Station) -> None:
    begun = await admin.post("/api/v1/sessions", json={**ORDER, "charging_profile": PROFILE})
    assert begun.status_code == 202, begun.text
    await charger.start()
    action, sent = charger.calls[-1]
    assert (action, sent["chargingProfile"]["chargingProfilePurpose"]) == ("RemoteStartTransaction", "TxProfile")
    other = {**ORDER, "charging_profile": {**PROFILE, "purpose": "tx_default"}}
    told = problem(await admin.post("/api/v1/sessions", json=other), 422)
    assert "set-charging-profile" in told["detail"]
    unknown = {**ORDER, "charging_profile": {**PROFILE, "kind": "dynamic"}}
    assert "1.6" in problem(await admin.post("/api/v1/sessions", json=unknown), 422)["detail"]


async def test_who_may_not_set_charging_profiles_starts_without_one(driver: Driver, charger: Station) -> None:
    await driver.client.post("/api/v1/tokens", json={"id_token": "MINE"})
    wanted = {**ORDER, "id_token": "MINE", "charging_profile": PROFILE}
    problem(await driver.client.post("/api/v1/sessions", json=wanted), 403)


async def test_an_unknown_token_may_not_start(admin: httpx.AsyncClient, charger: Station) -> None:
    problem(await admin.post("/api/v1/sessions", json={**ORDER, "id_token": "NOBODY"}), 422, "token_refused")


async def test_a_remote_start_with_the_same_key_is_ordered_once(admin: httpx.AsyncClient, charger: Station) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await admin.post("/api/v1/sessions", json=ORDER, headers=headers)
    again = await admin.post("/api/v1/sessions", json=ORDER, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((await admin.get("/api/v1/sessions")).json()["items"]) == 1


async def test_a_remote_stop_tells_the_charger_the_transaction(admin: httpx.AsyncClient, charger: Station) -> None:
    number = await charger.start()
    session_id = (await only(admin))["id"]
    answer = await admin.post(f"/api/v1/sessions/{session_id}/stop")
    assert converted(answer, views.CommandOutcome).status == "accepted"
    assert charger.calls[-1] == ("RemoteStopTransaction", {"transactionId": number})


async def test_a_session_that_does_not_run_cannot_be_stopped(admin: httpx.AsyncClient, charger: Station) -> None:
    number = await charger.start()
    session_id = (await only(admin))["id"]
    await charger.stop(number, 1200, "2026-03-01T10:00:00Z")
    problem(await admin.post(f"/api/v1/sessions/{session_id}/stop"), 409, "session_not_running")


async def test_an_unknown_session_is_404(admin: httpx.AsyncClient) -> None:
    for path in ("", "/events", "/meter-values"):
        problem(await admin.get(f"/api/v1/sessions/nothing{path}"), 404)
    problem(await admin.post("/api/v1/sessions/nothing/stop"), 404)


async def test_the_events_are_what_the_log_holds_in_order(admin: httpx.AsyncClient, charger: Station) -> None:
    number = await charger.start()
    await charger.meter(number, 1500, "2026-03-01T09:10:00Z")
    await charger.stop(number, 2000, "2026-03-01T10:00:00Z")
    session_id = (await only(admin))["id"]
    answer = await admin.get(f"/api/v1/sessions/{session_id}/events", params={"limit": 2})
    first = converted(answer, views.paged(views.Event))
    assert [event.type for event in first.items] == ["SessionStarted", "MeterSampled"]
    assert [event.version for event in first.items] == [1, 2]
    rest = await admin.get(f"/api/v1/sessions/{session_id}/events", params={"cursor": first.next_cursor})
    assert rest.json()["items"][0]["type"] == "SessionStopped"


async def test_meter_values_are_shown_as_sent(admin: httpx.AsyncClient, charger: Station) -> None:
    number = await charger.start()
    await charger.meter(number, 1500, "2026-03-01T09:10:00Z")
    session_id = (await only(admin))["id"]
    shown = converted(await admin.get(f"/api/v1/sessions/{session_id}/meter-values"), views.paged(sessions.MeterValue))
    assert [(value.value, value.measurand) for value in shown.items[0].values] == [
        ("1500", "Energy.Active.Import.Register"),
        ("11000", "Power.Active.Import"),
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"charger_id": "CP-01"}, 1),
        ({"charger_id": "CP-02"}, 0),
        ({"status": "active"}, 1),
        ({"status": "completed"}, 0),
        ({"id_token": "card"}, 1),
        ({"id_token": "other"}, 0),
        ({"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}, 1),
        ({"from": "2026-03-02T00:00:00+05:30"}, 0),
        ({"flag": "orphan"}, 0),
    ],
)
async def test_lists_can_be_narrowed(
    admin: httpx.AsyncClient, charger: Station, query: dict[str, str], count: int
) -> None:
    await charger.start()
    assert len((await admin.get("/api/v1/sessions", params=query)).json()["items"]) == count


async def test_a_time_without_a_zone_is_refused(admin: httpx.AsyncClient) -> None:
    problem(await admin.get("/api/v1/sessions?from=2026-03-01T00:00:00"), 400, "invalid_request")


async def test_a_driver_sees_and_controls_only_his_own(
    admin: httpx.AsyncClient, driver: Driver, charger: Station, serving: server.Serving
) -> None:
    await charger.start("CARD")
    others = (await only(admin))["id"]
    assert (await driver.client.get("/api/v1/sessions")).json()["items"] == []
    problem(await driver.client.get(f"/api/v1/sessions/{others}"), 404)
    problem(await driver.client.post(f"/api/v1/sessions/{others}/stop"), 404)
    problem(await driver.client.post("/api/v1/sessions", json=ORDER), 403)


async def test_a_driver_starts_with_his_own_token(driver: Driver, charger: Station) -> None:
    token = (await driver.client.post("/api/v1/tokens", json={"id_token": "MINE"})).json()
    assert token["driver_id"] == driver.id
    begun = await driver.client.post("/api/v1/sessions", json={**ORDER, "id_token": "MINE"})
    assert begun.status_code == 202
    assert (await only(driver.client))["id"] == begun.json()["id"]
