"""kill -9 in the middle of a firmware campaign and of a bulk change: whoever is ordered twice, or not told of, is here.

The server dies with chargers chosen and nothing ordered, with orders stored and not sent, and with answers that nobody
has heard of. An update is ordered once, or never and that is told; a setting is sent until its outcome is known.
"""

import hashlib
import pathlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio
import trio_websocket

from tests.api.station import Station
from tests.csms.gateway import support
from tests.e2e import server

CHARGERS = tuple(f"CP-{number}" for number in range(1, 11))
DEATHS = (("claimed", 1, 4), ("requested", 3, 4), ("ended", 4, 8))
"""When, at which, and how many chargers are there; the last ones come when nothing goes wrong any more."""
FILE = b"firmware"
PATIENCE = 60.0
UPDATE, CHANGE = "UpdateFirmware", "ChangeConfiguration"


class Fleet:
    """Chargers that do as they are told; `told` counts (charger, order) over all lives of the server."""

    def __init__(self, running: server.Server) -> None:
        self._running = running
        self.told: Counter[tuple[str, str]] = Counter()

    @asynccontextmanager
    async def here(self, count: int = len(CHARGERS)) -> AsyncIterator[None]:
        """So many are connected and booted, and gone at the end, whatever became of the server."""
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as booting:
                for charger_id in CHARGERS[:count]:
                    booted = trio.Event()
                    nursery.start_soon(self._serve, charger_id, booted)
                    booting.start_soon(booted.wait)
            yield
            nursery.cancel_scope.cancel()

    async def _serve(self, charger_id: str, booted: trio.Event) -> None:
        """Until the server dies, which may be before it has booted."""
        try:
            await self._live(charger_id, booted)
        except* (OSError, trio.BrokenResourceError, trio_websocket.ConnectionClosed, trio_websocket.HandshakeError):
            pass
        finally:
            booted.set()

    async def _live(self, charger_id: str, booted: trio.Event) -> None:
        async with support.charger(f"{self._running.ocpp_url}/{charger_id}", offer=["ocpp1.6"]) as socket:
            station = Station(socket)
            async with trio.open_nursery() as nursery:
                station.answers = {
                    UPDATE: partial(self._counts, charger_id, UPDATE, {}),
                    CHANGE: partial(self._counts, charger_id, CHANGE, {"status": "Accepted"}),
                    "GetConfiguration": {"configurationKey": [{"key": "X", "readonly": False, "value": "2"}]},
                }
                nursery.start_soon(self._boot, charger_id, station, booted)
                await station.listen()
                nursery.cancel_scope.cancel()

    async def _boot(self, charger_id: str, station: Station, booted: trio.Event) -> None:
        """With the firmware that it was told to fetch in an earlier life."""
        version = "2" if self.told[charger_id, UPDATE] else "1"
        said = {"chargePointVendor": "ACME", "chargePointModel": "Fast-22", "firmwareVersion": version}
        await station.call("BootNotification", said)
        booted.set()
        await station.status("Available")

    def _counts(self, charger_id: str, order: str, answer: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
        self.told[charger_id, order] += 1
        return answer


def begin(running: server.Server) -> tuple[str, str]:
    """Order both of all chargers, while nobody is there; the ids of the campaign and of the job."""
    what = {"vendor": "ACME", "model": "Fast-22", "version": "2", "sha256": hashlib.sha256(FILE).hexdigest()}
    firmware = running.post("/firmware", what)["id"]
    running.api.put(f"/firmware/{firmware}/file", content=FILE).raise_for_status()
    how = {"canary": 0, "only_when_idle": False, "pause_on_failure_percent": 100}
    campaign = running.post("/campaigns", {"name": "all", "firmware_id": firmware, **how})["id"]
    template = running.post("/templates", {"name": "all", "settings": {"X": "2"}})["id"]
    return campaign, running.post(f"/templates/{template}/apply")["job"]["id"]


def live(running: server.Server, when: str, number: int) -> None:
    """The server's next life, and when it ends."""
    running.spawn(sys.executable, "-m", "tests.chaos.ordering", when, str(number))
    running.ready()


async def until(running: server.Server, path: str, condition: Callable[[list[dict[str, Any]]], bool]) -> Any:
    """The parts of all chargers, when they look so."""
    with trio.fail_after(PATIENCE):
        while True:
            parts = (await trio.to_thread.run_sync(partial(running.get, path, limit=100)))["items"]
            if condition(parts):
                return {part["charger_id"]: part for part in parts}


async def test_every_order_is_given_once_or_its_outcome_is_told(tmp_path: pathlib.Path) -> None:
    with server.serving(tmp_path / "data", CSMS_COMMAND_TIMEOUT="20") as running:
        running.install(*CHARGERS)
        fleet = Fleet(running)
        async with fleet.here():
            pass
        campaign, job = begin(running)
        running.kill()
        for when, number, count in DEATHS:
            live(running, when, number)
            async with fleet.here(count):
                await trio.to_thread.run_sync(running.ended)
        live(running, "ended", sys.maxsize)
        async with fleet.here():
            updates = await until(
                running,
                f"/campaigns/{campaign}/chargers",
                lambda parts: all(part["status"] != "waiting" and part["detail"] for part in parts),
            )
            changes = await until(
                running, f"/jobs/{job}/chargers", lambda parts: all(part["status"] == "done" for part in parts)
            )
    for charger_id in CHARGERS:
        ordered, part = fleet.told[charger_id, UPDATE], updates[charger_id]
        assert ordered == 1 or (ordered == 0 and "unknown" in part["detail"]), (charger_id, ordered, part)
        assert part["ordered_at"] is not None
        assert 1 <= fleet.told[charger_id, CHANGE] <= 1 + len(DEATHS)
        assert [result["status"] for result in changes[charger_id]["results"]] == ["accepted"]
    assert fleet.told[CHARGERS[-1], UPDATE] == fleet.told[CHARGERS[-1], CHANGE] == 1
