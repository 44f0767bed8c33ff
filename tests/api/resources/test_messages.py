"""The last frames of a charger, searched; which deviations a charger is allowed; who waits for approval."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from api import server, views
from api.resources import chargers, messages
from csms import config
from csms.domain import quirk
from tests.api import answers, station

CP_01 = "/api/v1/chargers/CP-01"


async def frames(admin: httpx.AsyncClient, **wanted: Any) -> list[str]:
    page = answers.converted(await admin.get(f"{CP_01}/messages", params=wanted), views.paged(views.Message))
    return [each.message for each in page.items]


async def test_frames_are_found_by_what_they_are_and_hold(admin: httpx.AsyncClient, charger: station.Station) -> None:
    begun = (await admin.get(f"{CP_01}/messages")).json()["items"][-1]["at"]
    await charger.call("Heartbeat", {})
    await charger.call("Authorize", {"idTag": "A-LONG-CARD-04A1"})
    heartbeat = await frames(admin, action="Heartbeat")
    assert [each[:3] for each in heartbeat] == ["[2,", "[3,"] or [each[1] for each in heartbeat] == ["2", "3"]
    assert [each[1] for each in await frames(admin, action="Authorize", direction="out")] == ["3"]
    message_id = heartbeat[0].split('"')[1]
    assert await frames(admin, message_id=message_id, direction="in") == heartbeat[:1]
    assert len(await frames(admin, since=begun)) >= 4
    assert await frames(admin, since="2999-01-01T00:00:00Z") == []
    [found] = await frames(admin, text="04a1")
    assert "A-LONG-CARD" not in found
    assert "********04A1" in found
    answers.problem(await admin.get(f"{CP_01}/messages", params={"since": "2026-03-01T00:00:00"}), 400)


async def test_a_chargers_own_quirks_count_at_once(admin: httpx.AsyncClient, charger: station.Station) -> None:
    strange = {"connectorId": "1", "errorCode": "NoError", "status": "Available"}
    with pytest.raises(AssertionError, match="TypeConstraintViolation"):
        await charger.call("StatusNotification", strange)
    changed = await admin.patch(CP_01, json={"quirks": ["mistyped_values"]})
    assert answers.converted(changed, chargers.Charger).quirks == ["mistyped_values"]
    await charger.call("StatusNotification", strange)
    assert answers.converted(await admin.patch(CP_01, json={"quirks": None}), chargers.Charger).quirks is None
    problem = answers.problem(await admin.post("/api/v1/chargers", json={"id": "X", "quirks": ["sloppy"]}), 422)
    assert "there is no quirk sloppy" in problem["detail"]
    known = answers.converted(await admin.get("/api/v1/quirks"), views.paged(messages.Quirk))
    assert [each.name for each in known.items] == list(quirk.NAMES)
    assert all(each.name in problem["detail"] for each in known.items)


@pytest.fixture
async def open_door(settings: config.Settings, tmp_path: Path, nursery: trio.Nursery) -> AsyncIterator[server.Serving]:
    """A server that lets unknown chargers wait."""
    policy = dataclasses.replace(settings, unknown_chargers=config.UnknownChargers.PENDING)
    serving: server.Serving = await nursery.start(server.serve, policy)
    yield serving
    nursery.cancel_scope.cancel()


async def test_a_charger_that_nobody_knows_waits_until_it_is_approved(
    open_door: server.Serving, nursery: trio.Nursery
) -> None:
    async with httpx.AsyncClient(base_url=open_door.http, timeout=30, verify=False) as admin:
        credentials = {"email": "admin@example.com", "password": "correct horse battery staple"}
        token = (await admin.post("/api/v1/login", json=credentials)).json()["token"]
        admin.headers["Authorization"] = f"Bearer {token}"
        await admin.post("/api/v1/chargers", json={"id": "OLD"})
        stranger: station.Station = await nursery.start(station.run, f"{open_door.ocpp}/NEW")
        boot = {"chargePointVendor": "ACME", "chargePointModel": "Fast-22"}
        assert (await stranger.call("BootNotification", boot))["status"] == "Pending"
        pending = (await admin.get("/api/v1/chargers", params={"registration": "pending"})).json()["items"]
        assert [(each["id"], each["vendor"]) for each in pending] == [("NEW", "ACME")]
        assert "Waiting for approval" in (await admin.get("/", headers={"accept": "text/html"})).text
        await admin.patch("/api/v1/chargers/NEW", json={"registration": "accepted"})
        assert (await stranger.call("BootNotification", boot))["status"] == "Accepted"
        assert (await admin.get("/api/v1/chargers", params={"registration": "pending"})).json()["items"] == []
