"""Control of distributed energy resources: which settings a charger holds, which are in force, and its alarms."""

from typing import Any

import pytest

from csms.domain import facts
from tests.csms.protocol.support import AT
from tests.csms.protocol.v21.holding import Holding

ACCEPTED = {"status": "Accepted"}
DROOP = {"priority": 5, "overFreq": 50.2, "underFreq": 49.8, "overDroop": 5.0, "underDroop": 5.0, "responseTime": 2.0}
CURVE = {"curveData": [{"x": 97.0, "y": 10.0}], "priority": 1, "yUnit": "PctMaxVar"}


def droop(name: str = "d1", default: bool = True) -> dict[str, Any]:
    return {"controlId": name, "controlType": "FreqDroop", "isDefault": default, "freqDroop": DROOP}


@pytest.fixture
def holding() -> Holding:
    found = Holding()
    found.learns("SetDERControl", droop("d1"), ACCEPTED)
    return found


def test_a_control_is_held_as_it_was_set(holding: Holding) -> None:
    assert holding.of("der-controls") == {"d1": {**droop("d1"), "isSuperseded": False}}


@pytest.mark.parametrize("status", ["Rejected", "NotSupported", "NotFound"])
def test_a_refused_control_changes_nothing(holding: Holding, status: str) -> None:
    holding.learns("SetDERControl", droop("d2"), {"status": status})
    assert holding.of("der-controls").keys() == {"d1"}


def test_superseded_controls_are_marked_even_the_new_one_itself(holding: Holding) -> None:
    holding.learns("SetDERControl", droop("d2"), ACCEPTED | {"supersededIds": ["d1"]})
    holding.learns("SetDERControl", droop("d3"), ACCEPTED | {"supersededIds": ["d3"]})
    held = holding.of("der-controls")
    assert {name: body["isSuperseded"] for name, body in held.items()} == {"d1": True, "d2": False, "d3": True}


def test_controls_are_reported_in_parts_each_kind_in_its_list(holding: Holding) -> None:
    curve = {"id": "c1", "curveType": "VoltVar", "isDefault": False, "isSuperseded": True, "curve": CURVE}
    holding.says("ReportDERControl", {"requestId": 1, "tbc": True, "curve": [curve]})
    fixed = {"priority": 0, "displacement": 0.9, "excitation": True}
    inject = [{"id": "f1", "isDefault": True, "isSuperseded": False, "fixedPF": fixed}]
    gradient = {"priority": 0, "gradient": 1.0, "softGradient": 2.0}
    holding.says(
        "ReportDERControl", {"requestId": 1, "fixedPFInject": inject, "gradient": [{"id": "g1", "gradient": gradient}]}
    )
    held = holding.of("der-controls")
    assert held.keys() == {"d1", "c1", "f1", "g1"}
    flags = {"isDefault": False, "isSuperseded": True}
    assert held["c1"] == {"controlId": "c1", "controlType": "VoltVar", **flags, "curve": CURVE}
    assert held["f1"]["fixedPFInject"] == fixed
    assert held["f1"]["controlType"] == "FixedPFInject"
    flags = {"isDefault": True, "isSuperseded": False}
    assert held["g1"] == {"controlId": "g1", "controlType": "Gradients", **flags, "gradient": gradient}


def test_a_control_that_starts_supersedes_others(holding: Holding) -> None:
    holding.learns("SetDERControl", droop("s1", default=False), ACCEPTED)
    started = {"controlId": "s1", "started": True, "timestamp": AT, "supersededIds": ["d1"]}
    holding.says("NotifyDERStartStop", started)
    held = holding.of("der-controls")
    assert held["d1"]["isSuperseded"]
    assert (held["s1"]["started"], held["s1"]["timestamp"]) == (True, AT)


@pytest.mark.parametrize("name", ["s1", "unheard-of"])
def test_a_control_that_has_ended_is_gone(holding: Holding, name: str) -> None:
    holding.learns("SetDERControl", droop("s1", default=False), ACCEPTED)
    holding.says("NotifyDERStartStop", {"controlId": name, "started": False, "timestamp": AT})
    assert holding.of("der-controls").keys() == {"d1", "s1"} - {name}


def test_a_default_control_never_ends(holding: Holding) -> None:
    holding.says("NotifyDERStartStop", {"controlId": "d1", "started": False, "timestamp": AT})
    assert not holding.of("der-controls")["d1"]["started"]


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ({"isDefault": True, "controlId": "d1"}, {"s1", "v1"}),
        ({"isDefault": False, "controlId": "d1"}, {"d1", "s1", "v1"}),
        ({"isDefault": True, "controlType": "FreqDroop"}, {"s1", "v1"}),
        ({"isDefault": True}, {"s1"}),
        ({"isDefault": False}, {"d1", "v1"}),
    ],
)
@pytest.mark.parametrize("status", ["Accepted", "NotFound"])
def test_what_is_cleared_or_not_there_is_gone(
    holding: Holding, request_: dict[str, Any], left: set[str], status: str
) -> None:
    holding.learns("SetDERControl", droop("s1", default=False), ACCEPTED)
    curve = {"controlId": "v1", "controlType": "VoltVar", "isDefault": True, "curve": CURVE}
    holding.learns("SetDERControl", curve, ACCEPTED)
    holding.learns("ClearDERControl", request_, {"status": status})
    assert holding.of("der-controls").keys() == left


def test_a_refused_clear_changes_nothing(holding: Holding) -> None:
    holding.learns("ClearDERControl", {"isDefault": True}, {"status": "Rejected"})
    assert holding.of("der-controls").keys() == {"d1"}


def test_controls_that_are_asked_for_and_not_there_are_gone(holding: Holding) -> None:
    holding.learns("GetDERControl", {"requestId": 1, "controlType": "VoltVar"}, {"status": "NotFound"})
    holding.learns("GetDERControl", {"requestId": 2}, ACCEPTED)
    assert holding.of("der-controls").keys() == {"d1"}
    holding.learns("GetDERControl", {"requestId": 3}, {"status": "NotFound"})
    assert holding.of("der-controls") == {}


def test_an_alarm_that_begins_is_an_alert_and_one_that_ends_is_marked(holding: Holding) -> None:
    begun = {"controlType": "HVMustTrip", "gridEventFault": "OverVoltage", "timestamp": AT, "extraInfo": "L2 262 V"}
    notice = holding.says("NotifyDERAlarm", begun)
    assert notice.alert == facts.Alert("der_alarm", f"HVMustTrip: OverVoltage (L2 262 V), {AT}")
    assert holding.of("der-alarms") == {"HVMustTrip": {**begun, "alarmEnded": False}}
    ended = {"controlType": "HVMustTrip", "alarmEnded": True, "timestamp": "2026-03-01T11:00:00Z"}
    assert holding.says("NotifyDERAlarm", ended).alert is None
    assert holding.of("der-alarms") == {"HVMustTrip": begun | ended}
    holding.says("NotifyDERAlarm", {"controlType": "HVMustTrip", "timestamp": AT})
    assert holding.of("der-alarms")["HVMustTrip"].keys() == {"controlType", "timestamp", "alarmEnded"}
