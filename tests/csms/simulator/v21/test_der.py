"""Grid settings in a charger: the more important one is in force, scheduled ones begin and end, all are reported."""

from typing import Any

import pytest

from csms.simulator import clock
from csms.simulator.v21 import der
from tests.csms.simulator.v21.test_event_streams import station_of
from tests.csms.simulator.world import START, World

CURVE = {"curveData": [{"x": 97, "y": 10}], "priority": 1, "yUnit": "PctMaxVar"}


def droop(priority: int = 5, **fields: Any) -> dict[str, Any]:
    return {
        "priority": priority,
        "overFreq": 50.2,
        "underFreq": 49.8,
        "overDroop": 5,
        "underDroop": 5,
        "responseTime": 2,
        **fields,
    }


def set_(world: World, name: str, default: bool = True, **setting: Any) -> Any:
    return world.order("SetDERControl", controlId=name, controlType="FreqDroop", isDefault=default, **setting)


@pytest.fixture
def world() -> World:
    world = World(protocol="2.1")
    assert set_(world, "d1", freqDroop=droop(5)) == {"status": "Accepted"}
    return world


def test_the_more_important_control_supersedes_the_other(world: World) -> None:
    assert set_(world, "d2", freqDroop=droop(3))["supersededIds"] == ["d1"]
    assert set_(world, "d3", freqDroop=droop(4))["supersededIds"] == ["d3"]
    assert set_(world, "s1", default=False, freqDroop=droop(9)) == {"status": "Accepted"}, "of another sort"
    world.order("GetDERControl", requestId=1, isDefault=True)
    world.talk()
    told = {each["id"]: each["isSuperseded"] for call in world.calls("ReportDERControl") for each in call["freqDroop"]}
    assert told == {"d1": True, "d2": False, "d3": True}
    assert [call["tbc"] for call in world.calls("ReportDERControl")] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "default", "setting"),
    [
        ("FreqDroop", True, {}),
        ("FreqDroop", True, {"curve": CURVE}),
        ("FreqDroop", True, {"freqDroop": droop(), "curve": CURVE}),
        ("FreqDroop", True, {"freqDroop": droop(duration=60)}),
        ("Gradients", False, {"gradient": {"priority": 0, "gradient": 1, "softGradient": 2}}),
    ],
)
def test_it_refuses_what_makes_no_sense(world: World, kind: str, default: bool, setting: dict[str, Any]) -> None:
    answer = world.order("SetDERControl", controlId="x", controlType=kind, isDefault=default, **setting)
    assert answer["status"] == "Rejected"
    assert world.order("GetDERControl", requestId=1, controlId="x") == {"status": "NotFound"}


def test_a_scheduled_control_begins_ends_and_is_gone(world: World) -> None:
    set_(world, "s1", default=False, freqDroop=droop(startTime=clock.stamp(START + 60), duration=30))
    world.run(59)
    assert world.calls("NotifyDERStartStop") == []
    world.run(60)
    assert [(call["started"], call["timestamp"]) for call in world.calls("NotifyDERStartStop")] == [
        (True, clock.stamp(START + 60)),
        (False, clock.stamp(START + 90)),
    ]
    assert world.order("ClearDERControl", isDefault=False) == {"status": "NotFound"}


def test_a_control_that_is_cleared_in_time_never_begins(world: World) -> None:
    set_(world, "s1", default=False, freqDroop=droop(startTime=clock.stamp(START + 60)))
    assert world.order("ClearDERControl", isDefault=False, controlId="s1") == {"status": "Accepted"}
    world.run(100)
    assert world.calls("NotifyDERStartStop") == []


def test_each_kind_is_reported_in_its_list(world: World) -> None:
    world.order("SetDERControl", controlId="c", controlType="VoltVar", isDefault=True, curve=CURVE)
    fixed = {"priority": 0, "displacement": 0.9, "excitation": True}
    world.order("SetDERControl", controlId="f", controlType="FixedPFInject", isDefault=True, fixedPFInject=fixed)
    gradient = {"priority": 0, "gradient": 1, "softGradient": 2}
    world.order("SetDERControl", controlId="g", controlType="Gradients", isDefault=True, gradient=gradient)
    world.order("GetDERControl", requestId=1)
    world.talk()
    _, curve, inject, gradients = world.calls("ReportDERControl")
    assert curve["curve"][0]["curveType"] == "VoltVar"
    assert inject["fixedPFInject"][0]["fixedPF"] == fixed
    assert gradients["gradient"] == [{"id": "g", "gradient": gradient}]


def test_alarms_begin_and_end_and_wait_for_a_lost_link(world: World) -> None:
    world.disconnect()
    der.alarm(station_of(world), "HVMustTrip", "OverVoltage")
    der.alarm(station_of(world), "HVMustTrip", ended=True)
    world.connect()
    assert [call.get("alarmEnded", False) for call in world.calls("NotifyDERAlarm")] == [False, True]
