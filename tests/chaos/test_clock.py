"""A server whose clock steps an hour back or forth in the middle of a charge; the charger's clock is right."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import trio

from actors.chargers import charger
from csms.domain import commands, events, facts, session_decisions
from tests.actors.node import AT, Clock, Connect, Station, Watched
from tests.chaos.conftest import sound

HOUR = timedelta(hours=1)
STEPS = pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forth", "back"])
SOON = timedelta(milliseconds=200)


@pytest.fixture
def clock(node: Watched) -> Clock:
    """The node's clock, which tests set; alarms ring in real time."""
    clock = Clock()
    node.services.now = clock
    return clock


def minute(number: int) -> str:
    """The charger's time, in minutes since AT."""
    return (datetime.fromisoformat(AT) + timedelta(minutes=number)).isoformat()


@STEPS
async def test_the_energy_is_right_and_the_log_sound(
    node: Watched, station: Station, clock: Clock, step: timedelta
) -> None:
    number = (await station.start(meter=1000, at=minute(0)))["transactionId"]
    await station.meter(number, 2000, minute(1))
    clock.now += timedelta(minutes=2) + step
    await station.meter(number, 3000, minute(2))
    clock.now += timedelta(minutes=1) - step
    await station.meter(number, 4000, minute(3))
    clock.now += timedelta(minutes=1)
    await station.stop(number, 5000, minute(4))
    state = await node.only()
    assert (state.energy_wh, state.samples, state.stop_reason) == (Decimal(4000), 3, "Local")
    assert state.started_at == datetime.fromisoformat(minute(0))
    assert state.stopped_at == datetime.fromisoformat(minute(4))
    await sound(node)


async def test_a_stop_that_a_clock_behind_takes_for_the_future_is_flagged_and_never_negative(
    node: Watched, station: Station, clock: Clock
) -> None:
    number = (await station.start(meter=1000, at=minute(0)))["transactionId"]
    clock.now -= HOUR
    await station.stop(number, 5000, minute(4))
    state = await node.only()
    assert state.energy_wh == Decimal(4000)
    assert state.started_at is not None and state.stopped_at is not None
    assert state.stopped_at >= state.started_at
    assert {"clock", "suspect"} <= set(state.flags)


@STEPS
async def test_nobody_is_taken_for_offline(
    node: Watched, station: Station, connect: Connect, clock: Clock, step: timedelta
) -> None:
    clock.now += step
    told = await station.result("Heartbeat", {})
    assert datetime.fromisoformat(told["currentTime"]) == clock.now
    assert node.have(events.Disconnected) == []
    assert (await charger.live(await node.charger("CP-01"))).online


@STEPS
async def test_an_order_under_way_is_answered(
    node: Watched, station: Station, clock: Clock, nursery: trio.Nursery, step: timedelta
) -> None:
    async def answer() -> None:
        message_id, _, _ = await station.asked()
        clock.now += step
        await station.answer(message_id, {"status": "Accepted"})

    nursery.start_soon(answer)
    executed = await charger.execute(node.services, await node.charger("CP-01"), commands.ClearCache(), by="test")
    assert executed.status == "accepted"


@STEPS
async def test_a_cable_left_in_ends_the_stay_after_the_time_that_passed_and_not_by_the_clock(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    monkeypatch.setattr(session_decisions, "FINISHING_LIMIT", SOON)
    number = (await station.start(meter=1000))["transactionId"]
    await station.stop(number, 3000, AT)
    clock.now += step
    await node.recorded(events.SessionCompleted)
    assert (await node.only()).completed_at == datetime.fromisoformat(AT) + timedelta(seconds=1) + SOON


@STEPS
async def test_a_remote_start_that_nothing_comes_of_fails_after_the_time_that_passed(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    monkeypatch.setattr(session_decisions, "PENDING_LIMIT", SOON)
    station.answers["RemoteStartTransaction"] = {"status": "Accepted"}
    ref = await node.charger("CP-01")
    await charger.start_session(ref, connector_id=1, id_token=facts.IdToken("CARD"), by="test")
    clock.now += step
    await node.recorded(events.SessionFailed)
