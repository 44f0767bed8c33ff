"""OCPP 2.1: dynamic schedules, priority charging, energy transfers, aFRR signals."""

from typing import Any

from csms.domain import facts
from csms.protocol import frames
from tests.conformance import payloads
from tests.csms.protocol.support import V21, frame, heard
from tests.csms.protocol.v21.holding import Holding

PERIOD = {"startPeriod": 0, "operationMode": "CentralSetpoint", "limit": 11000.0, "setpoint": 7000.0}
SCHEDULE = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [PERIOD]}
DYNAMIC = {
    "id": 5,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Dynamic",
    "transactionId": "tx-1",
    "chargingSchedule": [SCHEDULE],
}
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


def test_a_dynamic_profile_has_the_values_that_it_was_given_last() -> None:
    holding = Holding()
    holding.learns("SetChargingProfile", {"evseId": 1, "chargingProfile": DYNAMIC}, ACCEPTED)
    assert holding.of("dynamic-schedules") == {"5": {"limit": 11000.0, "setpoint": 7000.0}}
    holding.learns("UpdateDynamicSchedule", {"chargingProfileId": 5, "scheduleUpdate": {"setpoint": -3000.0}}, ACCEPTED)
    holding.learns("UpdateDynamicSchedule", {"chargingProfileId": 5, "scheduleUpdate": {"limit": 1.0}}, REJECTED)
    assert holding.of("dynamic-schedules") == {"5": {"limit": 11000.0, "setpoint": -3000.0}}


def test_a_charger_may_ask_for_them() -> None:
    fact = heard(frame("PullDynamicScheduleUpdate", {"chargingProfileId": 5}), V21)
    assert fact == facts.SchedulePull(profile_id=5)


def replied(values: dict[str, Any] | None) -> Any:
    call = frames.Call("1", "PullDynamicScheduleUpdate", {})
    read = V21.parse(V21.reply(call, facts.ScheduleAnswer(values)))
    assert isinstance(read, frames.CallResult)
    assert V21.validators.response_faults(call.action, read.payload) == ()
    return read.payload


def test_it_is_told_the_values_or_that_there_are_none() -> None:
    assert replied({"limit": 6.0}) == {"status": "Accepted", "scheduleUpdate": {"limit": 6.0}}
    assert replied(None) == {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownProfile"}}


def test_what_a_profile_says_once_is_no_value_to_ask_for() -> None:
    definitions = payloads.request("v21", "SetChargingProfile")["definitions"]
    everything = payloads.most(definitions["ChargingSchedulePeriodType"] | {"definitions": definitions})
    profile = DYNAMIC | {"chargingSchedule": [{**SCHEDULE, "chargingSchedulePeriod": [everything]}]}
    holding = Holding()
    holding.learns("SetChargingProfile", {"evseId": 1, "chargingProfile": profile}, ACCEPTED)
    values = holding.of("dynamic-schedules")["5"]
    changing = payloads.response("v21", "PullDynamicScheduleUpdate")["definitions"]["ChargingScheduleUpdateType"]
    assert {*values, "customData"} == changing["properties"].keys()
    assert replied(values)["scheduleUpdate"].keys() == values.keys()
    assert replied({"limit": 6.0, "v2xBaseline": 1.0}) == replied({"limit": 6.0}), "as it was kept before"


def test_priority_charging_is_asked_for_and_told() -> None:
    holding, request = Holding(), {"transactionId": "tx-1", "activate": True}
    holding.learns("UsePriorityCharging", request, {"status": "NoProfile"})
    assert holding.of("priority-charging") == {}
    holding.learns("UsePriorityCharging", request, ACCEPTED)
    holding.says("NotifyPriorityCharging", {"transactionId": "tx-1", "activated": True})
    assert holding.of("priority-charging") == {"tx-1": {"requested": True, "activated": True}}


def test_the_energy_transfers_that_a_car_may_use() -> None:
    holding, request = Holding(), {"transactionId": "tx-1", "allowedEnergyTransfer": ["DC", "DC_BPT"]}
    holding.learns("NotifyAllowedEnergyTransfer", request, REJECTED)
    assert holding.of("allowed-energy-transfers") == {}
    holding.learns("NotifyAllowedEnergyTransfer", request, ACCEPTED)
    assert holding.of("allowed-energy-transfers") == {"tx-1": {"allowedEnergyTransfer": ["DC", "DC_BPT"]}}


def test_the_newest_signal_of_the_grid() -> None:
    holding, request = Holding(), {"timestamp": "2026-03-01T10:00:00Z", "signal": 1}
    holding.learns("AFRRSignal", request, REJECTED)
    holding.learns("AFRRSignal", {**request, "signal": 2}, ACCEPTED)
    assert holding.of("afrr") == {"signal": {**request, "signal": 2}}
