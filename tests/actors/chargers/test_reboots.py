"""A 2.x charger that starts again in the middle of a session, and what it still knows of it (rules 23, 38, 42, 43)."""

from datetime import timedelta

import pytest

from actors import session
from csms.domain import events, session_decisions
from csms.domain.session import Session
from tests.actors.node import AT, Clock, Connect, Station, Watched
from tests.actors.transacting import BOOT, Tell, connected, meter, telling
from tests.csms.domain.support import seen


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
async def station(request: pytest.FixtureRequest, connect: Connect, clock: Clock) -> Station:
    """CP-01, booted and available."""
    return await connected(connect, request.param)


@pytest.fixture
async def tell(station: Station) -> Tell:
    """Sends a TransactionEvent: of a session that has charged 500 Wh when the charger starts again."""
    tell = telling(station)
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    await tell("Updated", 1, 60, meter(1500, 60))
    await station.result("BootNotification", {**BOOT, "reason": "Watchdog"})
    return tell


async def _available(station: Station) -> None:
    free = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    await station.result("StatusNotification", free)


async def _rung(node: Watched, session_id: str) -> Session:
    """The state when the session's alarm has rung, whatever the real time is."""
    ref = await session.ensure(node.services, session_id)
    await ref.call(session.Session.on_alarm)
    state = await session.view(ref)
    assert state is not None
    return state


async def test_rule_23_the_transaction_stays_open_and_goes_on(node: Watched, tell: Tell) -> None:
    assert (await node.only()).status == "active"
    await tell("Updated", 2, 120, meter(1800, 120), trigger="ChargingStateChanged", chargingState="Charging")
    await tell("Ended", 3, 180, meter(2000, 180), stoppedReason="EVDisconnected")
    assert seen(await node.only(), "status", "energy_wh", "flags") == ("completed", 1000, ())


async def test_rule_42_a_charger_that_counts_anew_after_it_loses_nothing(node: Watched, tell: Tell) -> None:
    await tell("Updated", 0, 120, meter(1800, 120))
    await tell("Ended", 1, 180, meter(2000, 180), stoppedReason="EVDisconnected")
    assert seen(await node.only(), "status", "energy_wh", "meter_start_wh") == ("completed", 1000, 1000)


@pytest.mark.parametrize("reason", ["Reboot", "PowerLoss", "ImmediateReset"])
async def test_rule_43_the_end_that_it_tells_afterwards_counts_and_alerts_nobody(
    node: Watched, tell: Tell, reason: str
) -> None:
    await tell("Ended", 2, 70, meter(1600, 70), stoppedReason=reason, trigger="AbnormalCondition", offline=True)
    assert seen(await node.only(), "energy_wh", "stop_reason", "meter_stop_wh") == (600, reason, 1600)
    assert node.have(events.AlertRaised) == []


async def test_rule_38_a_transaction_that_it_forgot_is_superseded_by_the_next(
    node: Watched, tell: Tell, clock: Clock
) -> None:
    clock.forward(minutes=6)
    await tell("Started", 0, 300, meter(1500, 300), token="CARD", evse=1, transaction_id="T2")
    await tell("Updated", 1, 360, meter(1700, 360), transaction_id="T2")
    old, new = await node.sessions_of()
    assert seen(old, "energy_wh", "flags") == (500, ("superseded",))
    assert seen(new, "status", "energy_wh", "flags") == ("active", 200, ())


async def test_rule_23_a_transaction_that_it_forgot_is_closed_in_the_end_where_its_connector_is_free(
    node: Watched, station: Station, tell: Tell, clock: Clock
) -> None:
    await _available(station)
    state = await node.only()
    clock.now += session_decisions.LOST_AFTER - timedelta(seconds=1)
    assert (await _rung(node, state.id)).status == "active"
    clock.forward(seconds=1)
    assert seen(await _rung(node, state.id), "status", "energy_wh", "stop_reason") == ("completed", 500, "Lost")


async def test_rule_23_its_real_end_is_taken_when_it_comes(
    node: Watched, station: Station, tell: Tell, clock: Clock
) -> None:
    await _available(station)
    clock.now += session_decisions.LOST_AFTER
    await _rung(node, (await node.only()).id)
    await tell("Ended", 2, 180, meter(4000, 180), stoppedReason="PowerLoss", offline=True)
    assert seen(await node.only(), "status", "energy_wh", "stop_reason") == ("completed", 3000, "PowerLoss")
