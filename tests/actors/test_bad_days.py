"""Simulated chargers on bad days: bad answers, a long report, firmware in between, a week without a link."""

import contextlib
import functools
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.chargers import charger, inquiry, orders
from csms.domain import commands, events
from csms.simulator import car, clock, ledger, link
from csms.simulator import config as simulator
from csms.simulator.statistics import Statistics
from csms.storage import queries
from tests.actors import node as nodes
from tests.csms.simulator import files

PROTOCOLS = ("2.0.1", "2.1")
ALL = ("1.6", *PROTOCOLS)
WEEK_S = 7 * 24 * 3600.0
SESSIONS = int(os.environ.get("WEEK_SESSIONS") or 10)
"""Of the week without a link, with 25 records each: 400 are the week of ten thousand."""


class Days:
    """A node, and simulated chargers on it."""

    def __init__(self, node: nodes.Watched, nursery: trio.Nursery) -> None:
        self.node = node
        self.ledger = ledger.Ledger()
        self._nursery = nursery

    async def charger(self, protocol: str, *, speed: float = 1.0, **settings: Any) -> link.Link:
        """CP-01, simulated and accepted."""
        fields = {"id": "CP-01", "url": self.node.url, "profile": "manual", "backoff_min": 0.001, **settings}
        run = functools.partial(link.run_charger, ledger=self.ledger, clock=clock.Clock(speed))
        station: link.Link = await self._nursery.start(run, simulator.ChargerConfig(protocol=protocol, **fields))
        await station.wait_until(lambda sim: sim.exchange.registered and sim.settled)
        return station

    async def order(self, action: str, **payload: Any) -> str:
        """What became of a call to CP-01."""
        command = commands.Raw(action=action, payload=payload)
        try:
            done = await charger.execute(self.node.services, await self.node.charger("CP-01"), command, by="test")
        except orders.NoAnswer:
            return "timeout"
        return done.status

    def completed(self, count: int = 1) -> bool:
        """So many sessions ended, and every record of them was acknowledged."""
        done = [entry for entry in self.ledger.entries.values() if entry.state == "completed"]
        return len(done) >= count and self.ledger.pending == 0

    async def agree(self) -> None:
        """Raises AssertionError where the energy of a session is not what its charger counted."""
        told = {entry.transaction_id: entry for entry in self.ledger.entries.values()}
        shown = {state.transaction_id: state for state in await self.node.sessions_of()}
        assert shown.keys() == told.keys()
        for transaction, entry in told.items():
            stored = shown[transaction]
            assert stored.meter_start_wh == entry.meter_start_wh
            assert stored.meter_stop_wh == entry.meter_stop_wh
            assert stored.energy_wh == (entry.meter_stop_wh or 0) - entry.meter_start_wh


@pytest.fixture
async def days(node: nodes.Watched, nursery: trio.Nursery) -> AsyncIterator[Days]:
    with trio.fail_after(60 + SESSIONS):
        yield Days(node, nursery)
        nursery.cancel_scope.cancel()


@contextlib.asynccontextmanager
async def set_so(data: Path, nursery: trio.Nursery, **settings: Any) -> AsyncIterator[Days]:
    """A node of other settings."""
    with trio.fail_after(60 + SESSIONS):
        async with nodes.running(nodes.made(data, **settings)) as node:
            await nodes.furnish(node)
            yield Days(node, nursery)
            nursery.cancel_scope.cancel()


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize(
    ("manner", "status", "patience"),
    [("silent", "timeout", 0.2), ("late", "timeout", 0.2), ("wrong-id", "timeout", 0.2), ("twice", "accepted", 20.0)],
)
async def test_rule_3_bad_answers_free_the_slot_and_are_matched_to_nothing(
    tmp_path: Path, nursery: trio.Nursery, protocol: str, manner: str, status: str, patience: float
) -> None:
    async with set_so(tmp_path / "data", nursery, command_timeout=patience) as days:
        station = await days.charger(protocol, manner=manner, late=0.3)
        assert [await days.order("ClearCache"), await days.order("ClearCache")] == [status] * 2
        station.plug_in()
        station.present("CARD")
        await station.wait_until(lambda sim: sim.connectors[1].session is not None and sim.settled)
        assert [state.transaction_id for state in await days.node.sessions_of()] == [
            entry.transaction_id for entry in days.ledger.entries.values()
        ]


# -- reports -----------------------------------------------------------------------------------------------------------


async def test_five_thousand_variables_in_five_hundred_parts_while_a_session_runs(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    async with set_so(tmp_path / "data", nursery, frame_rate_limit=0.0) as days:
        settings = {"extra_variables": 5_000, "report_items": 10, "sample_interval": 1}
        station = await days.charger("2.0.1", speed=20, **settings)
        station.plug_in(1, car.Car(battery_wh=1e6, max_power_w=22_000))
        station.present("CARD")
        assert await days.order("GetBaseReport", requestId=7, reportBase="FullInventory") == "accepted"
        await station.wait_until(lambda sim: sim.exchange.answers > 510)
        station.unplug()
        await station.wait_until(lambda _: days.completed())
        held = await days.node.read(queries.inventory.every, "CP-01", "variables")
        assert sum(key.startswith("PowerModule") for key in held) == 5_000
        await days.agree()


# -- firmware ----------------------------------------------------------------------------------------------------------


def _update(protocol: str, url: str) -> dict[str, Any]:
    """The payload of an UpdateFirmware."""
    at = "2026-01-01T00:00:00Z"
    if protocol == "1.6":
        return {"location": url, "retrieveDate": at}
    return {"requestId": 3, "firmware": {"location": url, "retrieveDateTime": at}}


@pytest.mark.parametrize("protocol", ALL)
async def test_rule_56_firmware_that_reboots_in_the_middle_of_a_session(days: Days, protocol: str) -> None:
    station = await days.charger(protocol, speed=200, firmware_waits=False, sample_interval=30)
    station.plug_in(1, car.Car(battery_wh=1e6))
    station.present("CARD")
    await station.wait_until(lambda sim: sim.connectors[1].session is not None and sim.settled)
    async with files.serving(200, b"firmware 3.1.4") as url:
        assert await days.order("UpdateFirmware", **_update(protocol, f"{url}/fw.bin")) == "accepted"
        await station.wait_until(lambda sim: sim.firmware_version == "3.1.4")
    await station.wait_until(lambda sim: sim.exchange.registered and days.completed() and sim.settled)
    assert (await days.node.only()).stop_reason == "Reboot"
    assert (await days.node.state()).state.firmware_version == "3.1.4"
    steps = await days.node.read(queries.inventory.list, charger_id="CP-01", kind="firmware")
    assert "Installed" in str(steps)
    await days.agree()


# -- resets ------------------------------------------------------------------------------------------------------------


async def _resets(days: Days, station: link.Link, kind: str) -> str:
    """A session that runs when the charger is told to start again; what it answered."""
    station.plug_in(1, car.Car(battery_wh=1e6))
    station.present("CARD")
    await station.wait_until(lambda sim: sim.connectors[1].session is not None and sim.settled)
    return await days.order("Reset", type=kind)


async def test_rule_52_a_session_of_2_1_outlives_a_reset_that_resumes(days: Days) -> None:
    station = await days.charger("2.1", speed=200, sample_interval=30)
    assert await _resets(days, station, "ImmediateAndResume") == "accepted"
    await station.wait_until(lambda sim: not sim.exchange.registered)
    await station.wait_until(lambda sim: sim.exchange.registered and sim.settled)
    assert (await days.node.only()).status == "active"
    station.unplug()
    await station.wait_until(lambda sim: days.completed() and sim.settled)
    await days.agree()


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_rule_52_a_reset_on_idle_comes_after_the_session(days: Days, protocol: str) -> None:
    station = await days.charger(protocol, speed=200, sample_interval=30)
    assert await _resets(days, station, "OnIdle") == "scheduled"
    station.unplug()
    await station.wait_until(lambda sim: not sim.exchange.registered)
    await station.wait_until(lambda sim: sim.exchange.registered and sim.settled)
    assert (await days.node.only()).stop_reason == "EVDisconnected"
    await days.agree()


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_rule_54_a_reset_of_an_evse_comes_after_its_own_session_and_the_charger_stays(
    days: Days, protocol: str
) -> None:
    station = await days.charger(protocol, speed=200, sample_interval=30, connectors=2)
    station.plug_in(1, car.Car(battery_wh=1e6))
    station.present("CARD")
    await station.wait_until(lambda sim: sim.connectors[1].session is not None and sim.settled)
    assert await days.order("Reset", type="OnIdle", evseId=2) == "accepted"
    assert await days.order("Reset", type="OnIdle", evseId=1) == "scheduled"
    station.unplug()
    await station.wait_until(lambda sim: days.completed() and sim.connectors[1].status == "Available" and sim.settled)
    for connector in (1, 2):
        told = [each.status for each in days.node.have(events.StatusChanged) if each.connector_id == connector]
        assert told[-2:] == ["Unavailable", "Available"]
    assert (await days.node.only()).stop_reason == "EVDisconnected"
    assert len(days.node.have(events.Booted)) == 1
    await days.agree()


# -- a week ------------------------------------------------------------------------------------------------------------


class Turned(clock.Clock):
    """A clock that a test turns."""

    def __init__(self) -> None:
        super().__init__()
        self.back = WEEK_S

    def now(self) -> float:
        return super().now() - self.back


def _live(station: link.Link, turned: Turned) -> None:
    """Sessions through a week, one car after the other, without a link."""
    for _ in range(SESSIONS):
        station.charger.plug_in(1, car.Car(battery_wh=1e6))
        station.charger.present("CARD")
        for _ in range(20):
            turned.back -= 60
            station.charger.advance()
        station.charger.unplug(1)
        turned.back -= 60
        station.charger.advance()


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_rule_43_a_week_without_a_link_is_replayed_doubled_mixed_up_and_with_gaps_without_an_alert(
    tmp_path: Path, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setattr(inquiry, "SECONDS", 0.05)
    monkeypatch.setattr(inquiry, "AGAIN_SECONDS", 0.05)
    async with set_so(tmp_path / "data", nursery, frame_rate_limit=0.0) as days:
        await _replay(days, nursery, protocol)


async def _replay(days: Days, nursery: trio.Nursery, protocol: str) -> None:
    turned = Turned()
    fields = simulator.ChargerConfig(
        id="CP-01", url=days.node.url, profile="manual", protocol=protocol, repeated=0.1, swapped=0.2, lost=0.02
    )
    station = link.Link(fields, days.ledger, clock=turned, statistics=Statistics())
    _live(station, turned)
    turned.back = 0.0
    waiting = days.ledger.pending
    assert waiting > SESSIONS * 20
    nursery.start_soon(station.run)
    await station.wait_until(lambda sim: days.completed(SESSIONS) and sim.settled)
    await days.node.recorded(events.SessionCompleted, SESSIONS)
    assert days.node.have(events.AlertRaised) == []
    sessions = await days.node.sessions_of()
    assert {state.status for state in sessions} == {"completed"}
    assert {state.flags for state in sessions} == {("offline",), ("offline", "gaps")}
    await days.agree()
