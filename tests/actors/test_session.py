"""The session actor: its life from the order or the start to the free connector, its sleep, and its rebuilding."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trio

from actors import alarm, runtime, session
from actors.chargers import charger
from csms.domain import events, facts, session_decisions
from csms.domain.session import Session as State
from csms.domain.session import evolve
from csms.storage import errors
from tests.actors import node as nodes
from tests.actors.node import AT, Clock, Connect, Station, Watched

LATER = "2026-03-01T09:30:00Z"


async def told(node: Watched, session_id: str) -> State:
    """What the session's actor itself says, awake or woken."""
    state = await session.view(await session.ensure(node.services, session_id))
    assert state is not None
    return state


async def wake_up_call(node: Watched, session_id: str) -> State:
    """The alarm rings, whatever the real time is; the state after it."""
    ref = await session.ensure(node.services, session_id)
    await ref.call(session.Session.on_alarm)
    return await told(node, session_id)


async def folded(node: Watched, session_id: str) -> State:
    """What the log makes of the session."""
    state: State | None = None
    for stored in await node.log_of(events.session_stream(session_id)):
        state = evolve(state, session_id, stored.event, stored.at)
    assert state is not None
    return state


async def begin(node: Watched) -> charger.Begun:
    ref = await node.charger("CP-01")
    return await charger.start_session(ref, connector_id=1, id_token=facts.IdToken("CARD"), by="test")


async def stopped(node: Watched, station: Station, clock: Clock) -> State:
    """A session that has just been stopped, with the cable still in."""
    number = (await station.start(meter=1000))["transactionId"]
    await station.stop(number, 3000, clock.now.isoformat())
    return await node.only()


# -- What time decides -----------------------------------------------------------------------------------------------


async def test_rule_51_an_order_that_nothing_came_of_fails_when_its_time_is_over(
    node: Watched, station: Station, clock: Clock
) -> None:
    begun = await begin(node)
    clock.now += session_decisions.PENDING_LIMIT - timedelta(seconds=1)
    assert (await wake_up_call(node, begun.session_id)).status == "pending"
    clock.forward(seconds=1)
    assert (await wake_up_call(node, begun.session_id)).status == "failed"


async def test_rule_51_the_start_that_was_ordered_is_the_session_that_was_promised(
    node: Watched, station: Station, clock: Clock
) -> None:
    begun = await begin(node)
    number = (await station.start())["transactionId"]
    state = await told(node, begun.session_id)
    assert (state.status, state.transaction_id, state.command_id) == ("active", str(number), begun.command_id)
    assert (await node.only()).id == begun.session_id
    clock.now += session_decisions.PENDING_LIMIT
    assert (await wake_up_call(node, begun.session_id)).status == "active"


async def test_rule_51_an_order_for_one_connector_is_not_the_start_on_the_other(
    node: Watched, station: Station
) -> None:
    begun = await begin(node)
    await station.start(connector_id=2)
    assert (await told(node, begun.session_id)).status == "pending"


async def test_rule_51_two_orders_become_two_sessions(node: Watched, station: Station) -> None:
    first, second = await begin(node), await begin(node)
    await station.start(meter=1000)
    await station.start(meter=2000, at=LATER)
    assert {each.id: each.meter_start_wh for each in await node.sessions_of()} == {
        first.session_id: 1000,
        second.session_id: 2000,
    }


async def test_rule_41_a_cable_left_in_ends_the_stay_when_its_time_is_over(
    node: Watched, station: Station, clock: Clock
) -> None:
    state = await stopped(node, station, clock)
    clock.now += session_decisions.FINISHING_LIMIT - timedelta(seconds=1)
    assert (await wake_up_call(node, state.id)).status == "finishing"
    clock.forward(seconds=1)
    assert (await wake_up_call(node, state.id)).status == "completed"
    assert node.have(events.SessionCompleted)[0].cause == "timeout"


async def test_rule_41_the_alarm_rings_by_itself(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_decisions, "FINISHING_LIMIT", timedelta(0))
    await stopped(node, station, clock)
    await node.recorded(events.SessionCompleted)


async def test_rule_41_a_car_that_is_unplugged_ends_the_stay_with_the_transaction(
    node: Watched, station: Station, clock: Clock
) -> None:
    number = (await station.start())["transactionId"]
    await station.stop(number, 3000, clock.now.isoformat(), reason="EVDisconnected")
    assert (await node.only()).status == "completed"
    assert node.have(events.SessionCompleted)[0].cause == "ev_disconnected"


@pytest.mark.parametrize("status", ["Available", "Unavailable", "Reserved"])
async def test_rule_23_a_transaction_that_its_connector_contradicts_is_closed_in_the_end(
    node: Watched, station: Station, clock: Clock, status: str
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 1800)
    await station.status(status)
    state = await node.only()
    clock.now += session_decisions.LOST_AFTER - timedelta(seconds=1)
    assert (await wake_up_call(node, state.id)).status == "active"
    clock.forward(seconds=1)
    state = await wake_up_call(node, state.id)
    assert (state.status, state.energy_wh, state.stop_reason) == ("completed", Decimal(800), "Lost")
    assert {"suspect", "lost"} <= set(state.flags)


async def test_rule_38_a_superseded_transaction_that_nobody_ends_is_closed_in_the_end(
    node: Watched, station: Station, clock: Clock
) -> None:
    await station.start(meter=1000)
    await station.start(meter=2000, id_tag="OTHER", at=LATER)
    old, new = await node.sessions_of()
    clock.now += session_decisions.LOST_AFTER
    assert (await wake_up_call(node, old.id)).status == "completed"
    assert (await wake_up_call(node, new.id)).status == "active"


async def test_rule_23_a_transaction_that_nothing_contradicts_is_never_closed(
    node: Watched, station: Station, clock: Clock
) -> None:
    await station.start()
    await station.status("Charging")
    clock.forward(days=365)
    assert (await wake_up_call(node, (await node.only()).id)).status == "active"


async def test_rule_23_the_real_stop_of_a_lost_transaction_is_taken_when_it_comes(
    node: Watched, station: Station, clock: Clock
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.status("Available")
    clock.now += session_decisions.LOST_AFTER
    await wake_up_call(node, (await node.only()).id)
    await station.stop(number, 4000, LATER)
    state = await node.only()
    assert (state.status, state.energy_wh) == ("completed", Decimal(3000))
    assert len(await node.sessions_of()) == 1


# -- Sleep -----------------------------------------------------------------------------------------------------------


async def test_a_stay_that_is_over_costs_no_actor(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LINGER_SECONDS", 0.0)
    number = (await station.start())["transactionId"]
    state = await node.only()
    assert node.session_actor(state.id) is not None
    await station.stop(number, 3000, LATER)
    await node.until(lambda: node.session_actor(state.id) is None)


async def test_a_late_record_wakes_the_session_that_it_is_of(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LINGER_SECONDS", 0.0)
    number = (await station.start())["transactionId"]
    state = await node.only()
    await station.stop(number, 3000, LATER)
    await node.until(lambda: node.session_actor(state.id) is None)
    await station.meter(number, 2500, "2026-03-01T09:15:00Z")
    await station.stop(number, 3000, LATER)
    await station.stop(number, 3100, LATER)
    after = await node.only()
    assert (after.samples, after.energy_wh) == (1, Decimal(2000))
    assert "stop_repeated" in after.flags


async def test_a_session_that_was_never_recorded_is_not_there(node: Watched) -> None:
    ref = await session.ensure(node.services, "s0")
    assert await session.view(ref) is None
    assert ref.name == "sessions/s0"


# -- Rebuilding ------------------------------------------------------------------------------------------------------


async def crash(node: Watched, session_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the session's actor fail once."""
    ref = await session.ensure(node.services, session_id)
    with monkeypatch.context() as patch:

        async def poison(self: session.Session) -> None:
            patch.undo()
            raise RuntimeError("poison")

        patch.setattr(session.Session, "on_view", poison)
        poison.__name__ = "on_view"
        with pytest.raises(runtime.ActorCrashed):
            await session.view(ref)


async def test_a_crash_loses_nothing_the_log_is_replayed(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.status("Charging")
    await station.meter(number, 1500)
    before = await node.only()
    await crash(node, before.id, monkeypatch)
    assert await told(node, before.id) == before == await folded(node, before.id)
    await station.stop(number, 3000, clock.now.isoformat())
    assert (await told(node, before.id)).energy_wh == 2000


async def test_a_crash_keeps_the_limit_that_was_running(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await stopped(node, station, clock)
    monkeypatch.setattr(session_decisions, "FINISHING_LIMIT", timedelta(0))
    await crash(node, state.id, monkeypatch)
    await node.recorded(events.SessionCompleted)


async def test_at_every_moment_the_actor_the_read_model_and_the_log_agree(
    node: Watched, station: Station, clock: Clock
) -> None:
    async def agree() -> State:
        state = await node.only()
        assert state == await told(node, state.id) == await folded(node, state.id)
        return state

    number = (await station.start(meter=1000))["transactionId"]
    await agree()
    await station.status("Charging")
    await station.meter(number, 1500)
    await station.meter(number, 1400, "2026-03-01T08:59:00Z")
    await agree()
    await station.stop(number, 3000, clock.now.isoformat())
    await agree()
    await station.status("Available")
    assert (await agree()).status == "completed"


async def test_what_time_decides_and_a_full_disk_refuses_is_tried_again_in_a_while(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    later = alarm.after

    def noted(actor: session.Session, seconds: float, *message: Any) -> alarm.Alarm:
        pauses.append(seconds)
        return later(actor, seconds, *message)

    state = await stopped(node, station, clock)
    clock.now += session_decisions.FINISHING_LIMIT
    monkeypatch.setattr(session, "RETRY_SECONDS", 0.01)
    with monkeypatch.context() as patch:
        full = errors.StorageUnavailable("SQLITE_FULL: database or disk is full")
        patch.setattr(node.log, "append_batch", lambda appends: [full for _ in appends])
        patch.setattr(alarm, "after", noted)
        assert (await wake_up_call(node, state.id)).status == "finishing"
        assert 0.01 in pauses
    await node.recorded(events.SessionCompleted)


# -- A restart of the server -----------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "restarted"


async def test_a_restart_of_the_server_loses_nothing(data: Path, nursery: trio.Nursery) -> None:
    async with nodes.running(nodes.made(data)) as node:
        await nodes.furnish(node)
        station = await nodes.connector(node, nursery)()
        number = (await station.start(meter=1000))["transactionId"]
        await station.meter(number, 1500)
        before = await node.only()
    async with nodes.running(nodes.made(data)) as node:
        assert node.session_actor(before.id) is not None, "it was open when the server stopped"
        assert await told(node, before.id) == before
        station = await nodes.connector(node, nursery)()
        assert (await station.start(meter=1000))["transactionId"] == number, "a retry of the start"
        await station.meter(number, 1500)
        await station.stop(number, 3000, LATER)
        after = await node.only()
    assert (after.samples, after.energy_wh, after.status) == (1, Decimal(2000), "completed")
    async with nodes.running(nodes.made(data)) as node:
        assert node.session_actor(before.id) is None, "it is over"
        station = await nodes.connector(node, nursery)()
        await station.stop(number, 3000, LATER)
        assert await node.only() == after
        assert (await station.start(meter=5000))["transactionId"] != number


async def test_what_time_decided_while_the_server_was_down_is_recorded_when_it_is_back(
    data: Path, nursery: trio.Nursery
) -> None:
    async with nodes.running(nodes.made(data)) as node:
        await nodes.furnish(node)
        node.services.now = Clock()
        station = await nodes.connector(node, nursery)()
        number = (await station.start(meter=1000))["transactionId"]
        await station.stop(number, 3000, AT)
        assert (await node.only()).status == "finishing"
    async with nodes.running(nodes.made(data)) as node:
        await node.recorded(events.SessionCompleted)
        state = await node.only()
    assert state.completed_at is not None
    assert state.completed_at <= datetime.fromisoformat(AT) + timedelta(minutes=2)


async def test_a_start_that_was_ordered_before_a_restart_is_the_session_that_was_promised(
    data: Path, nursery: trio.Nursery
) -> None:
    async with nodes.running(nodes.made(data)) as node:
        await nodes.furnish(node)
        station = await nodes.connector(node, nursery)()
        begun = await begin(node)
        await station.asked()
    async with nodes.running(nodes.made(data)) as node:
        station = await nodes.connector(node, nursery)()
        await station.start()
        state = await node.only()
    assert (state.id, state.status) == (begun.session_id, "active")


# -- Offline ---------------------------------------------------------------------------------------------------------


async def test_rule_37_a_whole_charge_told_after_an_outage_is_one_session(
    node: Watched, station: Station, connect: Connect
) -> None:
    await station.close()
    again = await connect()
    number = (await again.start(meter=1000))["transactionId"]
    for minute, register in [(10, 1500), (20, 2500)]:
        await again.meter(number, register, f"2026-03-01T09:{minute}:00Z")
    await again.stop(number, 3000, LATER)
    state = await node.only()
    assert (state.status, state.samples, state.energy_wh) == ("completed", 2, Decimal(2000))
    assert (state.started_at, state.stopped_at) == (datetime.fromisoformat(AT), datetime.fromisoformat(LATER))
    assert "offline" in state.flags
    assert node.have(events.SessionCompleted)[0].cause == "history"
