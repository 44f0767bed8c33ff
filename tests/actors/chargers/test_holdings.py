"""What becomes of the things that a charger holds: by time, by transactions, by what cars need; 2.x as 1.6."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trio

from actors.chargers import charger, orders, outbound
from csms.domain import charging_profile, commands, events, facts
from csms.domain.charging_profile import Period, Schedule
from csms.storage import queries
from tests.actors.node import AT, Clock, Connect, Station, Watched
from tests.actors.second import BOTH, booted

RELATIVE = Schedule(unit="A", periods=(Period(start_s=0, limit=charging_profile.STEP * 160),))


async def order(node: Watched, command: commands.AnyCommand) -> outbound.Executed:
    return await charger.execute(node.services, await node.charger("CP-01"), command, by="test")


async def held(node: Watched, kind: str) -> dict[str, Any]:
    page = await node.read(queries.inventory.list, charger_id="CP-01", kind=kind)
    return {item["key"]: item["body"] for item in page["items"]}


def reserve(node: Watched, **after: float) -> commands.Reserve:
    expires_at = node.services.now() + timedelta(**after)
    return commands.Reserve(id_token=facts.IdToken("CARD"), expires_at=expires_at, connector_id=1)


def event(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "timestamp": AT,
        "triggerReason": "Authorized",
        "seqNo": number,
        "transactionInfo": {"transactionId": "tx-1"},
        "evse": {"id": 1, "connectorId": 1},
        **fields,
    }


async def test_rule_39_time_alone_ends_a_reservation(node: Watched, station: Station) -> None:
    station.answers["ReserveNow"] = {"status": "Accepted"}
    await order(node, reserve(node, seconds=0.2))
    [(number, body)] = (await held(node, "reservations")).items()
    assert body["state"] == "active"
    await node.recorded(events.InventoryChanged, 2)
    assert (await held(node, "reservations"))[number]["state"] == "expired"
    assert (await node.state()).state.reserved == {}


async def test_rule_39_a_parent_token_may_use_it(node: Watched, station: Station, nursery: trio.Nursery) -> None:
    await node.add("token.add", id_token="VAN", group_id="FLEET")
    later = node.services.now() + timedelta(hours=1)
    nursery.start_soon(order, node, commands.Reserve(id_token=facts.IdToken("VAN"), expires_at=later, connector_id=1))
    message_id, _, payload = await station.asked()
    assert payload["parentIdTag"] == "FLEET"
    await station.answer(message_id, {"status": "Accepted"})


async def test_rule_39_one_that_ended_while_nobody_looked_ends_at_the_next_connection(
    node: Watched, clock: Clock, connect: Connect
) -> None:
    station = await connect()
    await station.boot()
    station.answers["ReserveNow"] = {"status": "Accepted"}
    await order(node, reserve(node, hours=1))
    await station.close()
    clock.forward(hours=2)
    await connect()
    await node.recorded(events.InventoryChanged, 2)
    assert [body["state"] for body in (await held(node, "reservations")).values()] == ["expired"]


@BOTH
async def test_rule_39_a_transaction_of_2_x_uses_a_reservation_up(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    station.answers["ReserveNow"] = {"status": "Accepted"}
    executed = await order(node, reserve(node, days=36500))
    assert executed.status == "accepted"
    [number] = await held(node, "reservations")
    token = {"idToken": "CARD", "type": "ISO14443"}
    await station.result("TransactionEvent", event("Started", 0, reservationId=int(number), idToken=token))
    body = (await held(node, "reservations"))[number]
    assert (body["state"], body["evseId"]) == ("used", 1)
    assert body["idToken"] not in ("CARD", None)


@BOTH
async def test_rule_58_a_tx_profile_is_for_the_transaction_that_runs_there_and_ends_with_it(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    station.answers["SetChargingProfile"] = {"status": "Accepted"}
    profile = charging_profile.Profile(purpose="tx", kind="relative", schedules=(RELATIVE,))
    command = commands.SetChargingProfile(profile=profile, connector_id=1)
    with pytest.raises(orders.NotExpressible, match="needs an open transaction"):
        await order(node, command)
    token = {"idToken": "CARD", "type": "ISO14443"}
    await station.result("TransactionEvent", event("Started", 0, idToken=token))
    await order(node, command)
    [body] = (await held(node, "charging-profiles")).values()
    assert (body["transactionId"], body["evseId"]) == ("tx-1", 1)
    await station.result("TransactionEvent", event("Ended", 1))
    assert await held(node, "charging-profiles") == {}


@BOTH
async def test_a_car_that_tells_its_needs_is_sent_a_profile_for_its_transaction(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    car = {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}
    needs = {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": car}
    answer = await station.result("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
    assert answer["status"] in ("Rejected", "NoChargingProfile")
    token = {"idToken": "CARD", "type": "ISO14443"}
    await station.result("TransactionEvent", event("Started", 0, idToken=token))
    answer = await station.result("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
    assert answer == {"status": "Accepted"}
    message_id, action, payload = await station.asked()
    await station.answer(message_id, {"status": "Accepted"})
    profile = payload["chargingProfile"]
    assert (action, payload["evseId"], profile["transactionId"]) == ("SetChargingProfile", 1, "tx-1")
    [period] = profile["chargingSchedule"][0]["chargingSchedulePeriod"]
    assert period == {"startPeriod": 0, "limit": 16.0, "numberPhases": 3}
    assert (await held(node, "ev-needs"))["1"]["chargingNeeds"] == needs


CAR: dict[str, Any] = {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}
NEEDS: dict[str, Any] = {
    "evseId": 1,
    "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": CAR},
}
UNPROMISED = ({"status": "Rejected"}, {"status": "NoChargingProfile"})


async def charging(connect: Connect, version: str) -> Station:
    """A charger on which tx-1 runs, which takes every profile."""
    station = await booted(connect, version)
    station.answers = {name: {"status": "Accepted"} for name in ("SetChargingProfile", "ClearChargingProfile")}
    token = {"idToken": "CARD", "type": "ISO14443"}
    await station.result("TransactionEvent", event("Started", 0, idToken=token))
    return station


def limiting(purpose: charging_profile.Purpose, *, evse_id: int | None) -> commands.SetChargingProfile:
    """What an operator sets: 6 A."""
    starts_at = None if purpose == "tx" else datetime(2026, 1, 1, tzinfo=UTC)
    schedule = Schedule(unit="A", periods=(Period(start_s=0, limit=charging_profile.STEP * 60),), starts_at=starts_at)
    profile = charging_profile.Profile(
        purpose=purpose, kind="relative" if purpose == "tx" else "absolute", schedules=(schedule,)
    )
    return commands.SetChargingProfile(profile=profile, evse_id=evse_id)


OPERATORS = [limiting("tx", evse_id=1), limiting("tx_default", evse_id=1), limiting("tx_default", evse_id=None)]


@BOTH
@pytest.mark.parametrize("limit", OPERATORS, ids=["tx", "tx_default", "tx_default of all"])
async def test_rule_58_what_a_car_needs_lifts_no_limit_that_people_set(
    node: Watched, connect: Connect, version: str, limit: commands.SetChargingProfile
) -> None:
    station = await charging(connect, version)
    await order(node, limit)
    known = await held(node, "charging-profiles")
    assert await station.result("NotifyEVChargingNeeds", NEEDS) in UNPROMISED
    await station.result("Heartbeat", {})
    assert await held(node, "charging-profiles") == known


@BOTH
@pytest.mark.parametrize("limit", OPERATORS, ids=["tx", "tx_default", "tx_default of all"])
async def test_rule_58_a_limit_that_people_set_later_counts(
    node: Watched, connect: Connect, version: str, limit: commands.SetChargingProfile
) -> None:
    station = await charging(connect, version)
    assert await station.result("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
    await node.recorded(events.CommandEnded)
    assert await held(node, "charging-profiles")
    await order(node, limit)
    cleared = limit.profile.purpose != "tx"  # of two for one transaction the charger keeps the second
    await node.recorded(events.CommandEnded, 2 + cleared)
    [body] = (await held(node, "charging-profiles")).values()
    assert body["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 6


@BOTH
async def test_a_car_that_tells_its_needs_again_gets_another_profile(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await charging(connect, version)
    for amperes in (16, 10):
        needs = {**NEEDS["chargingNeeds"], "acChargingParameters": {**CAR, "evMaxCurrent": amperes}}
        answer = await station.result("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
        assert answer == {"status": "Accepted"}
        await node.recorded(events.CommandEnded, 1 if amperes == 16 else 2)
        [body] = (await held(node, "charging-profiles")).values()
        assert body["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == amperes


@BOTH
@pytest.mark.parametrize(
    ("key", "value"), [("SmartChargingCtrlr.RateUnit", "W"), ("SmartChargingCtrlr.Available", "false")]
)
async def test_nothing_is_promised_that_the_charger_could_not_be_sent(
    node: Watched, connect: Connect, version: str, key: str, value: str
) -> None:
    station = await charging(connect, version)
    about = {"component": {"name": key.split(".")[0]}, "variable": {"name": key.split(".")[1]}}
    told = {"attributeStatus": "Accepted", "attributeValue": value, **about}
    station.answers["GetVariables"] = {"getVariableResult": [told]}
    await order(node, commands.GetConfiguration(keys=(key,)))
    assert await station.result("NotifyEVChargingNeeds", NEEDS) in UNPROMISED


async def test_a_charger_of_2_1_pulls_the_dynamic_schedule_that_it_was_given(node: Watched, connect: Connect) -> None:
    station = await booted(connect, "ocpp2.1")
    answer = await station.result("PullDynamicScheduleUpdate", {"chargingProfileId": 5})
    assert answer["status"] == "Rejected"
    station.answers |= {name: {"status": "Accepted"} for name in ("SetChargingProfile", "UpdateDynamicSchedule")}
    period = Period(start_s=0, limit=charging_profile.STEP * 110000)
    profile = charging_profile.Profile(
        id=5, purpose="tx_default", kind="dynamic", schedules=(Schedule(unit="W", periods=(period,)),)
    )
    await order(node, commands.SetChargingProfile(profile=profile, evse_id=1))
    update = {"chargingProfileId": 5, "scheduleUpdate": {"setpoint": 7000.0}}
    await order(node, commands.Raw(action="UpdateDynamicSchedule", payload=update))
    answer = await station.result("PullDynamicScheduleUpdate", {"chargingProfileId": 5})
    assert answer == {"status": "Accepted", "scheduleUpdate": {"limit": 11000, "setpoint": 7000}}


async def put(station: Station, kind: str, evse_id: int = 1) -> None:
    """The charger tells what the car on an EVSE needs, or plans."""
    if kind == "ev-needs":
        needs = {"requestedEnergyTransfer": "DC"}
        await station.result("NotifyEVChargingNeeds", {"evseId": evse_id, "chargingNeeds": needs})
    else:
        plan = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7000.0}]}
        told = {"timeBase": AT, "evseId": evse_id, "chargingSchedule": plan}
        await station.result("NotifyEVChargingSchedule", told)


@BOTH
async def test_what_a_car_needs_and_plans_ends_with_its_transaction(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    await station.result("TransactionEvent", event("Started", 0))
    for evse_id in (1, 2):
        await put(station, "ev-needs", evse_id)
        await put(station, "ev-schedules", evse_id)
    await station.result("TransactionEvent", event("Ended", 1))
    assert (await held(node, "ev-needs")).keys() == (await held(node, "ev-schedules")).keys() == {"2"}


@BOTH
async def test_the_late_end_of_a_transaction_leaves_the_next_car_its_needs(
    node: Watched, connect: Connect, version: str
) -> None:
    station = await booted(connect, version)
    await station.result("TransactionEvent", event("Started", 0))
    await station.result("TransactionEvent", event("Started", 0, transactionInfo={"transactionId": "tx-2"}))
    await put(station, "ev-needs")
    await station.result("TransactionEvent", event("Ended", 1, offline=True))
    assert (await held(node, "ev-needs")).keys() == {"1"}


async def test_priority_charging_ends_with_its_transaction(node: Watched, connect: Connect) -> None:
    station = await booted(connect, "ocpp2.1")
    for name in ("tx-1", "tx-2"):
        await station.result("NotifyPriorityCharging", {"transactionId": name, "activated": True})
    await station.result("TransactionEvent", event("Ended", 1))
    assert (await held(node, "priority-charging")).keys() == {"tx-2"}


async def test_a_grid_setting_ends_with_its_time(node: Watched, connect: Connect, clock: Clock) -> None:
    station = await booted(connect, "ocpp2.1")
    station.answers["SetDERControl"] = {"status": "Accepted"}
    droop = {"priority": 5, "overFreq": 50.2, "underFreq": 49.8, "overDroop": 5.0, "underDroop": 5.0}
    for name, more in (
        ("over", {"startTime": AT, "duration": 0.5}),
        ("on", {"startTime": AT, "duration": 1.2}),
        ("later", {"startTime": AT, "duration": 3600.0}),
    ):
        control = {"controlId": name, "controlType": "FreqDroop", "isDefault": False}
        payload = {**control, "freqDroop": {**droop, "responseTime": 2.0, **more}}
        await order(node, commands.Raw(action="SetDERControl", payload=payload))
    await node.recorded(events.InventoryChanged, where=lambda each: each.changes[0].drop == ("over",))
    clock.forward(seconds=1)
    await node.recorded(events.InventoryChanged, where=lambda each: each.changes[0].drop == ("on",))
    assert (await held(node, "der-controls")).keys() == {"later"}
