"""Monitors: what sets them, what fires them, what clears them."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World, be_silent

_TEMPERATURE: Payload = {"component": {"name": "ChargingStation"}, "variable": {"name": "Temperature"}}
_POWER: Payload = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
_STATE: Payload = {
    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
    "variable": {"name": "AvailabilityState"},
}


def _set(world: World, where: Payload, **fields: Any) -> Payload:
    item = {**where, "type": "UpperThreshold", "value": 60, "severity": 4, **fields}
    [result] = world.order("SetVariableMonitoring", setMonitoringData=[item])["setMonitoringResult"]
    return {name: result[name] for name in ("status", "id") if name in result}


def _heat(world: World, celsius: float) -> None:
    world.charger.dialect.station.temperature = celsius  # type: ignore[attr-defined]
    world.talk()


def _events(world: World) -> list[Payload]:
    return [
        event
        for call in world.calls("NotifyEvent")
        for event in call["eventData"]
        if event["eventNotificationType"] != "HardWiredNotification"
    ]


def test_a_threshold_fires_when_it_is_passed_and_clears_when_it_is_not(world_of: Worlds) -> None:
    world = world_of()
    monitor = _set(world, _TEMPERATURE)
    for celsius in (59.9, 61, 65, 58):
        _heat(world, celsius)
    assert [(one["actualValue"], one["trigger"], one.get("cleared", False)) for one in _events(world)] == [
        ("61.0", "Alerting", False),
        ("58.0", "Alerting", True),
    ]
    assert {one["variableMonitoringId"] for one in _events(world)} == {monitor["id"]}
    assert {one["eventNotificationType"] for one in _events(world)} == {"CustomMonitor"}


def test_a_delta_fires_when_the_difference_is_large_enough(world_of: Worlds) -> None:
    world = world_of()
    _set(world, _TEMPERATURE, type="Delta", value=5)
    for celsius in (34, 37, 39, 31):
        _heat(world, celsius)
    assert [one["actualValue"] for one in _events(world)] == ["37.0", "31.0"]


def test_a_delta_of_a_word_fires_at_every_change(world_of: Worlds) -> None:
    world = world_of()
    _set(world, _STATE, type="Delta", value=1)
    world.charger.plug_in(1)
    world.talk()
    world.charger.unplug(1)
    world.talk()
    assert [one["actualValue"] for one in _events(world)] == ["Occupied", "Available"]


@pytest.mark.parametrize(("type", "times"), [("Periodic", ["25", "45"]), ("PeriodicClockAligned", ["20", "40"])])
def test_a_periodic_one_fires_again_and_again(world_of: Worlds, type: str, times: list[str]) -> None:
    world = world_of()
    world.run(5)
    _set(world, _POWER, type=type, value=20)
    world.run(45)
    assert [one["timestamp"][17:19] for one in _events(world)] == times


def test_a_broken_connector_is_told_by_a_monitor_that_nobody_set(world_of: Worlds) -> None:
    world = world_of()
    world.charger.fault("GroundFailure")
    world.talk()
    [event] = _events(world)
    assert (event["variable"], event["actualValue"]) == ({"name": "Problem"}, "true")
    assert event["eventNotificationType"] == "HardWiredMonitor"


def test_what_happened_offline_is_told_afterwards(world_of: Worlds) -> None:
    world = world_of()
    _set(world, _TEMPERATURE)
    world.disconnect()
    _heat(world, 61)
    world.run(100)
    world.connect()
    assert [one["timestamp"] for one in _events(world)] == ["2027-01-15T08:00:00.000Z"]


def test_what_got_no_answer_is_told_again(world_of: Worlds) -> None:
    world = world_of()
    world.answers["NotifyEvent"] = be_silent
    _set(world, _TEMPERATURE)
    _heat(world, 61)
    world.disconnect()
    world.answers["NotifyEvent"] = {}
    world.connect()
    assert len(_events(world)) == 2


@pytest.mark.parametrize(
    ("where", "fields", "status"),
    [
        (_TEMPERATURE, {"value": 151}, "Rejected"),
        (_TEMPERATURE, {"severity": 10}, "Rejected"),
        (_TEMPERATURE, {"id": 99}, "Rejected"),
        (_TEMPERATURE, {"severity": 3}, "Duplicate"),
        (_STATE, {}, "UnsupportedMonitorType"),
        ({**_TEMPERATURE, "variable": {"name": "Nothing"}}, {}, "UnknownVariable"),
        ({"component": {"name": "Nobody"}, "variable": {"name": "X"}}, {}, "UnknownComponent"),
        (
            {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}},
            {},
            "UnsupportedMonitorType",
        ),
    ],
)
def test_what_cannot_be_monitored(world_of: Worlds, where: Payload, fields: Payload, status: str) -> None:
    assert _set(world_of(), where, **fields) == {"status": status}


def test_a_monitor_is_replaced_by_its_id_and_cleared_by_it(world_of: Worlds) -> None:
    world = world_of()
    first = _set(world, _TEMPERATURE)
    assert _set(world, _TEMPERATURE, id=first["id"], value=40) == first
    _heat(world, 41)
    assert len(_events(world)) == 1
    answer = world.order("ClearVariableMonitoring", id=[first["id"], 99, 1])["clearMonitoringResult"]
    assert [one["status"] for one in answer] == ["Accepted", "NotFound", "Rejected"]
    _heat(world, 20)
    assert len(_events(world)) == 1


def test_less_severe_events_are_kept_back(world_of: Worlds) -> None:
    world = world_of()
    _set(world, _TEMPERATURE)
    assert world.order("SetMonitoringLevel", severity=10) == {"status": "Rejected"}
    assert world.order("SetMonitoringLevel", severity=3) == {"status": "Accepted"}
    _heat(world, 61)
    assert _events(world) == []
    _heat(world, 76)
    assert len(_events(world)) == 1


def _reported(world: World, **criteria: Any) -> list[tuple[str, str]]:
    world.sent.clear()
    answer = world.order("GetMonitoringReport", requestId=5, **criteria)
    rows = [row for call in world.calls("NotifyMonitoringReport") for row in call["monitor"]]
    found = [(row["variable"]["name"], one["type"]) for row in rows for one in row["variableMonitoring"]]
    assert answer == {"status": "Accepted" if found else "EmptyResultSet"}
    return sorted(found)


def test_a_report_of_monitors(world_of: Worlds) -> None:
    world = world_of()
    _set(world, _POWER, type="Periodic", value=600)
    assert _reported(world) == [("Power", "Periodic"), ("Problem", "Delta"), ("Temperature", "UpperThreshold")]
    assert _reported(world, monitoringCriteria=["PeriodicMonitoring"]) == [("Power", "Periodic")]
    assert _reported(world, componentVariable=[{"component": {"name": "Connector"}}]) == [("Problem", "Delta")]
    assert _reported(world, componentVariable=[{"component": {"name": "Nobody"}}]) == []


def test_the_base_says_which_monitors_there_are(world_of: Worlds) -> None:
    world = world_of()
    _set(world, _POWER, type="Periodic", value=600)
    world.order("SetMonitoringBase", monitoringBase="HardWiredOnly")
    assert _reported(world) == [("Problem", "Delta")]
    world.order("SetMonitoringBase", monitoringBase="FactoryDefault")
    assert _reported(world) == [("Problem", "Delta"), ("Temperature", "UpperThreshold")]
