"""Firmware campaigns against chargers that fetch, install and boot: each is ordered once, whatever happens between."""

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trio

from actors.upkeep import campaign as actor
from actors.upkeep import ticking
from api import server, views
from api.resources import campaigns as resource
from csms.storage import queries
from csms.storage.reference import campaigns as table
from tests.api import answers, station
from tests.api.station import Station

CAMPAIGNS = "/api/v1/campaigns"
FILE = b"firmware"
PATIENCE = 20


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "TICK_SECONDS", 0.02)


class Fleet:
    """Chargers CP-1, CP-2, ... of ACME with firmware 1.0."""

    def __init__(self, serving: server.Serving, admin: httpx.AsyncClient, nursery: trio.Nursery) -> None:
        self.serving, self.admin, self.nursery = serving, admin, nursery
        self.chargers: dict[str, Station] = {}

    async def add(self, count: int, version: str = "1.0") -> None:
        for number in range(len(self.chargers) + 1, len(self.chargers) + count + 1):
            (await self.admin.post("/api/v1/chargers", json={"id": f"CP-{number}"})).raise_for_status()
            await self.boot(f"CP-{number}", version)

    async def boot(self, charger_id: str, version: str) -> None:
        if charger_id in self.chargers:
            await self.chargers[charger_id].close()
        connected: Station = await self.nursery.start(station.run, f"{self.serving.ocpp}/{charger_id}")
        connected.answers["UpdateFirmware"] = {}
        self.chargers[charger_id] = connected
        said = {"chargePointVendor": "ACME", "chargePointModel": "Fast-22", "firmwareVersion": version}
        await connected.call("BootNotification", said)

    def ordered(self) -> list[str]:
        """The chargers that were sent an order, once for each time."""
        return [
            charger_id
            for charger_id, connected in self.chargers.items()
            for action, _ in connected.calls
            if action == "UpdateFirmware"
        ]

    async def firmware(self, version: str = "2.0") -> str:
        body = {"vendor": "acme", "model": "fast-22", "version": version, "sha256": hashlib.sha256(FILE).hexdigest()}
        made = (await self.admin.post("/api/v1/firmware", json=body)).raise_for_status().json()["id"]
        (await self.admin.put(f"/api/v1/firmware/{made}/file", content=FILE)).raise_for_status()
        return str(made)

    async def start(self, **how: Any) -> str:
        body = {"firmware_id": how.pop("firmware_id", None) or await self.firmware(), **how}
        return answers.converted(await self.admin.post(CAMPAIGNS, json=body), resource.Campaign).id

    async def until(self, campaign_id: str, condition: Callable[[resource.Campaign], bool]) -> resource.Campaign:
        """Wait for what the API shows of a campaign."""
        with trio.fail_after(PATIENCE):
            while True:
                found = answers.converted(await self.admin.get(f"{CAMPAIGNS}/{campaign_id}"), resource.Campaign)
                if condition(found):
                    return found

    async def sent(self, campaign_id: str, count: int) -> resource.Campaign:
        """Wait until so many orders reached chargers, in all."""
        return await self.until(campaign_id, lambda _: len(self.ordered()) == count)

    async def alert(self, kind: str, subject: str) -> None:
        """Wait for an alert."""
        with trio.fail_after(PATIENCE):
            while not (await self.serving.node.read(queries.alerts.list, kind=kind, subject=subject))["items"]:
                pass

    async def parts(self, campaign_id: str) -> dict[str, resource.CampaignCharger]:
        answer = await self.admin.get(f"{CAMPAIGNS}/{campaign_id}/chargers")
        return {
            each.charger_id: each for each in answers.converted(answer, views.paged(resource.CampaignCharger)).items
        }


@pytest.fixture
async def fleet(serving: server.Serving, admin: httpx.AsyncClient, nursery: trio.Nursery) -> Fleet:
    made = Fleet(serving, admin, nursery)
    await made.add(3)
    return made


async def test_a_campaign_goes_from_the_canary_to_everybody(fleet: Fleet, anonymous: httpx.AsyncClient) -> None:
    running = await fleet.start(canary=1)
    await fleet.sent(running, 1)
    [canary] = fleet.ordered()
    url: str = next(said["location"] for action, said in fleet.chargers[canary].calls if action == "UpdateFirmware")
    assert (await anonymous.get(url)).content == FILE
    await fleet.chargers[canary].call("FirmwareStatusNotification", {"status": "Installing"})
    await fleet.boot(canary, "2.0")  # rule 56: on a new socket, after a reboot
    await fleet.sent(running, 2)  # the canary's came over the old socket
    for charger_id in {"CP-1", "CP-2", "CP-3"} - {canary}:
        await fleet.chargers[charger_id].call("FirmwareStatusNotification", {"status": "Installed"})
    over = await fleet.until(running, lambda found: found.status == "completed")
    assert (over.counts.installed, over.ended_at is not None) == (3, True)
    assert {each.detail for each in (await fleet.parts(running)).values()} == {
        "it booted with 2.0",
        "it said Installed",
    }


async def test_what_a_charger_says_of_another_update_says_nothing_of_this_one(fleet: Fleet) -> None:
    running = await fleet.start(canary=0, select={"charger_ids": ["CP-1"]})
    await fleet.sent(running, 1)
    [command] = (await fleet.admin.get("/api/v1/chargers/CP-1/commands")).json()["items"]
    number = command["arguments"]["request_id"]
    said = {"status": "Installed", "requestId": number + 1}
    await fleet.chargers["CP-1"].call("SignedFirmwareStatusNotification", said)
    situation = await fleet.serving.node.read(queries.campaigns.situation, running)
    assert situation.heard["CP-1"].status is None
    await fleet.chargers["CP-1"].call("SignedFirmwareStatusNotification", said | {"requestId": number})
    over = await fleet.until(running, lambda found: found.status == "completed")
    assert over.counts.installed == 1


async def test_too_many_failures_pause_it_and_somebody_resumes_or_rolls_back(fleet: Fleet) -> None:
    await fleet.firmware("1.0")
    running = await fleet.start(canary=1, pause_on_failure_percent=0)
    await fleet.sent(running, 1)
    [canary] = fleet.ordered()
    await fleet.chargers[canary].call("FirmwareStatusNotification", {"status": "InstallationFailed"})
    paused = await fleet.until(running, lambda found: found.status == "paused")
    assert "1 of 1" in paused.reason
    await fleet.alert("campaign_paused", running)
    assert (await fleet.parts(running))[canary].detail == "it said InstallationFailed"
    assert fleet.ordered() == [canary]
    resumed = await fleet.admin.post(f"{CAMPAIGNS}/{running}/resume")
    assert answers.converted(resumed, resource.Campaign).status == "running"
    await fleet.sent(running, 3)
    back = answers.converted(await fleet.admin.post(f"{CAMPAIGNS}/{running}/roll-back"), resource.RolledBack)
    assert back.without_firmware == []
    [back_id] = back.campaign_ids
    went = await fleet.sent(back_id, 6)
    assert went.name.startswith("Roll-back of")
    assert sorted(fleet.ordered()) == sorted([*fleet.chargers] * 2)
    cancelled = await fleet.until(running, lambda found: found.status == "cancelled")
    assert cancelled.counts.skipped == 2


async def test_who_charges_or_is_away_waits_and_who_has_it_is_skipped(fleet: Fleet) -> None:
    await fleet.admin.post("/api/v1/tokens", json={"id_token": "CARD"})
    transaction = await fleet.chargers["CP-1"].start()
    await fleet.chargers["CP-2"].close()
    await fleet.add(1, "2.0")
    running = await fleet.start(canary=0)
    found = await fleet.sent(running, 1)
    assert fleet.ordered() == ["CP-3"]
    assert (found.counts.waiting, found.counts.skipped) == (2, 1)
    await fleet.chargers["CP-1"].stop(transaction, 2000, "2026-03-01T10:00:00Z")
    await fleet.chargers["CP-1"].status("Available")
    await fleet.sent(running, 2)
    assert sorted(fleet.ordered()) == ["CP-1", "CP-3"]


async def test_pause_and_cancel_order_nothing_more(fleet: Fleet) -> None:
    running = await fleet.start(canary=1)
    await fleet.sent(running, 1)
    paused = await fleet.admin.post(f"{CAMPAIGNS}/{running}/pause")
    assert answers.converted(paused, resource.Campaign).status == "paused"
    answers.problem(await fleet.admin.post(f"{CAMPAIGNS}/{running}/pause"), 422)
    cancelled = await fleet.admin.post(f"{CAMPAIGNS}/{running}/cancel")
    assert answers.converted(cancelled, resource.Campaign).counts.skipped == 2
    answers.problem(await fleet.admin.post(f"{CAMPAIGNS}/{running}/resume"), 422)
    [ordered] = fleet.ordered()
    await fleet.chargers[ordered].call("FirmwareStatusNotification", {"status": "Installed"})
    await fleet.until(running, lambda found: found.counts.installed == 1)
    back = answers.converted(await fleet.admin.post(f"{CAMPAIGNS}/{running}/roll-back"), resource.RolledBack)
    assert (back.campaign_ids, back.without_firmware) == ([], [ordered])  # nobody has 1.0 in the catalogue


async def test_after_a_crash_of_its_actor_nothing_is_ordered_twice(fleet: Fleet) -> None:
    running = await fleet.start(canary=2)
    await fleet.sent(running, 2)
    before = sorted(fleet.ordered())
    supervisor = fleet.serving.node.jobs
    await supervisor.stop_child(running)
    await actor.wake_all(fleet.serving.node.services)
    for charger_id in before:
        await fleet.chargers[charger_id].call("FirmwareStatusNotification", {"status": "Installed"})
    await fleet.sent(running, 3)
    assert sorted(fleet.ordered()) == ["CP-1", "CP-2", "CP-3"]


async def test_a_claim_whose_order_was_never_sent_is_given_back(fleet: Fleet) -> None:
    services = fleet.serving.node.services
    await fleet.chargers["CP-1"].close()
    running = await fleet.start(canary=0, select={"charger_ids": ["CP-1"]})
    await fleet.serving.node.jobs.stop_child(running)
    now = services.now()
    assert await fleet.serving.node.write(table.claim, running, ["CP-1"], now) == ["CP-1"]  # and then the power went
    assert (await fleet.serving.node.read(queries.campaigns.situation, running)).unsent == {"CP-1"}
    later = now.replace(year=now.year + 1)
    services.now = lambda: later
    await actor.wake_all(services)
    await fleet.until(running, lambda found: found.counts.waiting == 1)


async def test_a_charger_is_in_one_campaigns_hands_at_a_time_until_it_is_removed(fleet: Fleet) -> None:
    one = await fleet.start(canary=0, select={"charger_ids": ["CP-1"]})
    await fleet.sent(one, 1)
    two = await fleet.start(canary=0, firmware_id=await fleet.firmware("3.0"), select={"charger_ids": ["CP-1", "CP-2"]})
    await fleet.sent(two, 2)
    assert sorted(fleet.ordered()) == ["CP-1", "CP-2"]
    await fleet.chargers["CP-1"].close()
    (await fleet.admin.delete("/api/v1/chargers/CP-1")).raise_for_status()
    await fleet.until(two, lambda found: found.counts.skipped == 1)
    await fleet.until(one, lambda found: found.status == "completed" and found.counts.skipped == 1)


async def test_a_campaign_needs_chargers_that_take_it_a_file_and_a_known_time_zone(fleet: Fleet) -> None:
    there = await fleet.firmware()
    nobody = {"firmware_id": there, "select": {"from_version": "0.1"}}
    answers.problem(await fleet.admin.post(CAMPAIGNS, json=nobody), 422)
    mars = {"firmware_id": there, "window": {"start": "01:00", "end": "02:00", "time_zone": "Mars/One"}}
    assert "time_zone" in answers.problem(await fleet.admin.post(CAMPAIGNS, json=mars), 422)["detail"]
    body = {"vendor": "ACME", "model": "Fast-22", "version": "9", "sha256": "0" * 64}
    without = (await fleet.admin.post("/api/v1/firmware", json=body)).json()["id"]
    problem = answers.problem(await fleet.admin.post(CAMPAIGNS, json={"firmware_id": without}), 422)
    assert "firmware/{id}/file" in problem["detail"]
    reachable, fleet.serving.node.services.http = fleet.serving.node.services.http, None
    paused = await fleet.until(await fleet.start(firmware_id=there), lambda found: found.status == "paused")
    assert (paused.counts.waiting, "CSMS_PUBLIC_URL" in paused.reason) == (3, True)
    fleet.serving.node.services.http = reachable
    for connected in fleet.chargers.values():
        connected.answers["UpdateFirmware"] = ["NotSupported", "no", {}]
    refused = await fleet.start(firmware_id=there, canary=0, pause_on_failure_percent=100)
    await fleet.until(refused, lambda found: found.counts.failed == 3 and found.status == "completed")
    answers.problem(await fleet.admin.delete(f"/api/v1/firmware/{there}"), 422)
