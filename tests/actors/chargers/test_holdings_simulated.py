"""Simulated chargers of every version really do what they were told to hold: one story, told the same for all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import trio

from actors.chargers import charger, outbound
from actors.upkeep import local_lists
from csms.domain import charging_profile, commands, events, facts, schedule
from csms.domain.charging_profile import Period, Profile, Schedule
from csms.protocol import profiles
from csms.simulator import car, clock, ledger, link
from csms.simulator import config as simulator
from tests.actors.chargers.test_holdings import held, order
from tests.actors.node import Watched


@pytest.fixture(params=["1.6", "2.0.1", "2.1"])
async def sim(request: pytest.FixtureRequest, node: Watched, nursery: trio.Nursery) -> link.Link:
    """CP-01 as a simulated charger with two connectors of 22 kW, registered, whom nobody drives."""
    run = partial(link.run_charger, ledger=ledger.Ledger(), clock=clock.Clock())
    own = simulator.ChargerConfig(id="CP-01", url=node.url, protocol=request.param, profile="manual", connectors=2)
    station: link.Link = await nursery.start(run, own)
    with trio.fail_after(60):
        await station.wait_until(lambda sim: sim.exchange.registered)
    return station


async def said(node: Watched, command: commands.AnyCommand) -> outbound.Executed:
    executed = await order(node, command)
    assert (executed.status, executed.error) == ("accepted", None), executed
    return executed


def power(watts: int, *later: tuple[int, int], **fields: Any) -> Profile:
    periods = tuple(Period(start_s=start, limit=Decimal(limit)) for start, limit in ((0, watts), *later))
    own = Schedule(unit="W", periods=periods, starts_at=datetime.now(UTC) - timedelta(seconds=1))
    usual: dict[str, Any] = {"purpose": "tx_default", "schedules": (own,)}
    return Profile(**{**usual, **fields})


async def test_rule_39_a_reserved_connector_is_kept_for_its_token(node: Watched, sim: link.Link) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    await said(node, commands.Reserve(id_token=facts.IdToken("CARD"), expires_at=later, connector_id=1))
    await node.recorded(events.StatusChanged, where=lambda event: event.status == "Reserved")
    sim.plug_in(1)
    sim.present("OTHER", 1)
    await node.recorded(events.AuthorizationDecided)
    sim.present("CARD", 1)
    started = await node.recorded(events.SessionStarted) if sim.charger.config.protocol == "1.6" else None
    await node.until(lambda: any("used" in str(each.changes) for each in node.have(events.InventoryChanged)))
    assert [body["state"] for body in (await held(node, "reservations")).values()] == ["used"]
    assert started is None or started.reservation_id is not None


async def test_rule_32_a_listed_token_charges_though_the_server_is_gone(node: Watched, sim: link.Link) -> None:
    ref = await node.charger("CP-01")
    done = await local_lists.send(node.services, ref, "CP-01", None, "full", by="test")
    assert (done.status, len(sim.charger.local_list)) == ("accepted", 2)
    sim.charger.settings.offline_unknown = False
    await charger.execute(node.services, ref, commands.GetLocalListVersion(), by="test")
    sim.charger.link_down()
    for number, token in ((1, "CARD"), (2, "STRANGER")):
        sim.charger.plug_in(number)
        sim.charger.present(token, number)
    assert [each.session is not None for each in sim.charger.connectors.values()] == [True, False]


async def test_rule_58_profiles_limit_the_power_and_come_to_what_we_calculate(node: Watched, sim: link.Link) -> None:
    sim.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    sim.present("CARD", 1)
    await node.recorded(events.StatusChanged, where=lambda event: event.status == "Charging")
    set_ = partial(commands.SetChargingProfile, connector_id=1)
    await said(node, set_(profile=power(9000, (600, 7000))))
    relative = Schedule(
        unit="A", periods=(Period(start_s=0, limit=Decimal(16)), Period(start_s=3600, limit=Decimal(6)))
    )
    await said(node, set_(profile=Profile(purpose="tx", kind="relative", schedules=(relative,))))
    await said(node, commands.SetChargingProfile(profile=power(20000, (1800, 5000), purpose="max")))
    assert sim.charger.connectors[1].offered_w == 11040
    answer = await said(node, commands.GetCompositeSchedule(connector_id=1, duration_s=7200, unit="W"))
    [told] = (await held(node, "composite-schedules")).values()
    periods = told.get("chargingSchedule", told)["chargingSchedulePeriod"]
    assert answer.response is not None
    session = sim.charger.connectors[1].session
    assert session is not None
    ours = schedule.composite(
        [read for body in (await held(node, charging_profile.KIND)).values() if (read := profiles.read(body))],
        schedule.Outlet(connector_id=1, maximum_w=Decimal(22000)),
        schedule.Transaction(session.transaction_id, datetime.fromtimestamp(session.started_at, UTC)),
        start=datetime.fromisoformat(told["scheduleStart"]),
        duration_s=7200,
    )
    assert [(each["startPeriod"], each["limit"]) for each in periods] == [
        (each.start_s, float(each.limit or 0)) for each in ours
    ]
    assert [each.limit for each in ours] == [11040, 5000, 4140]
    await said(node, commands.ClearChargingProfile())
    assert (await held(node, charging_profile.KIND), sim.charger.limits.held) == ({}, {})
