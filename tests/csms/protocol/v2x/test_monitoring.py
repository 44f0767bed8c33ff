"""OCPP 2.x monitoring: monitors, their reports and events."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts, inventory
from csms.protocol import versions
from tests.csms.protocol.support import ended
from tests.csms.protocol.v2x.support import AT, BOTH, answered, learnt, refused, told

FAN = {"component": {"name": "Fan"}, "variable": {"name": "Speed"}}
WATCH = {"type": "UpperThreshold", "value": 42.5, "severity": 5, "transaction": False}
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def event(component: dict[str, Any], value: str, variable: str = "AvailabilityState", **more: Any) -> dict[str, Any]:
    return {
        "eventId": 1,
        "timestamp": AT,
        "trigger": "Delta",
        "eventNotificationType": "HardWiredNotification",
        "component": component,
        "variable": {"name": variable},
        "actualValue": value,
        **more,
    }


def events(*told_of: dict[str, Any]) -> dict[str, Any]:
    return {"generatedAt": AT, "seqNo": 0, "eventData": list(told_of)}


# -- events ------------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("component", "place"),
    [
        ({"name": "Connector", "evse": {"id": 2, "connectorId": 1}}, (2, 1)),
        ({"name": "EVSE", "evse": {"id": 2}}, (2, None)),
        ({"name": "ChargingStation"}, (0, None)),
    ],
)
def test_rule_24_an_event_may_be_a_status(version: versions.Version, component: dict[str, Any], place: Any) -> None:
    fact = told(facts.Notification, version, "NotifyEvent", events(event(component, "Occupied")))
    assert fact.availability == (facts.Availability(place[0], place[1], "Occupied", NOW),)
    assert answered(version, "NotifyEvent", facts.Acknowledged()) == {}


@BOTH
@pytest.mark.parametrize(
    "told_of",
    [
        event({"name": "Connector", "evse": {"id": 1, "connectorId": 1}}, "true", variable="Available"),
        event({"name": "Fan"}, "Occupied"),
        event({"name": "ChargingStation"}, "Dreaming"),
        event({"name": "EVSE"}, "Occupied"),
    ],
)
def test_other_events_are_kept_only(version: versions.Version, told_of: dict[str, Any]) -> None:
    fact = told(facts.Notification, version, "NotifyEvent", events(told_of))
    assert fact.availability == ()
    assert json.loads(fact.payload or "") == events(told_of)


@BOTH
def test_a_secret_in_an_event_is_masked(version: versions.Version) -> None:
    secret = event({"name": "SecurityCtrlr"}, "s3cret", variable="BasicAuthPassword")
    assert "s3cret" not in str(told(facts.Notification, version, "NotifyEvent", events(secret)).payload)


@BOTH
@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (events(), "OccurrenceConstraintViolation"),
        (events({"eventId": 1}), "OccurrenceConstraintViolation"),
        ({**events(event({"name": "EVSE"}, "Occupied")), "seqNo": "1"}, "TypeConstraintViolation"),
    ],
)
def test_rule_10_events_that_cannot_be_read_are_refused(
    version: versions.Version, payload: dict[str, Any], code: str
) -> None:
    assert refused(version, "NotifyEvent", payload) == code


# -- monitors ----------------------------------------------------------------------------------------------------------


@BOTH
def test_a_report_says_what_monitors_there_are(version: versions.Version) -> None:
    kind = {"eventNotificationType": "CustomMonitor"} if version.name == "2.1" else {}
    monitor = {**FAN, "variableMonitoring": [{"id": 3, **WATCH, **kind}]}
    report = {"requestId": 7, "generatedAt": AT, "seqNo": 1, "monitor": [monitor]}
    assert told(facts.Notification, version, "NotifyMonitoringReport", report).changes == (
        inventory.Change(kind="monitors", put={"3": {**FAN, "id": 3, **WATCH, **kind}}),
        inventory.Change(kind="monitoring-reports", merge={"7": {"generatedAt": AT, "parts": {"1": 1}, "last": 1}}),
    )


@BOTH
def test_an_empty_report_says_that_it_came(version: versions.Version) -> None:
    report = {"requestId": 7, "generatedAt": AT, "seqNo": 0, "tbc": False}
    [change] = told(facts.Notification, version, "NotifyMonitoringReport", report).changes
    assert change.kind == "monitoring-reports"


@BOTH
def test_a_monitor_is_known_by_the_charger_s_id(version: versions.Version) -> None:
    asked = [{**FAN, **WATCH}, {**FAN, **WATCH, "value": 50, "severity": 1}]
    results = [
        {**FAN, "type": "UpperThreshold", "severity": 5, "status": "Accepted", "id": 9},
        {**FAN, "type": "UpperThreshold", "severity": 1, "status": "Duplicate"},
    ]
    request, answer = {"setMonitoringData": asked}, {"setMonitoringResult": results}
    [change] = learnt(version, "SetVariableMonitoring", request, answer)
    assert change.put == {"9": {**FAN, **WATCH, "id": 9, "eventNotificationType": "CustomMonitor"}}
    outcome = ended(commands.Raw(action="SetVariableMonitoring", payload=request), answer, version)
    assert (outcome.status, outcome.refused) == ("duplicate", True)


@BOTH
def test_a_cleared_monitor_is_gone_and_so_is_one_that_is_not_there(version: versions.Version) -> None:
    results = [{"id": 1, "status": "Accepted"}, {"id": 2, "status": "NotFound"}, {"id": 3, "status": "Rejected"}]
    changes = learnt(version, "ClearVariableMonitoring", {"id": [1, 2, 3]}, {"clearMonitoringResult": results})
    assert changes == (inventory.Change(kind="monitors", drop=("1", "2")),)


@BOTH
@pytest.mark.parametrize(
    ("base", "ended_kinds"),
    [("All", []), ("FactoryDefault", ["CustomMonitor"]), ("HardWiredOnly", ["CustomMonitor", "PreconfiguredMonitor"])],
)
def test_the_base_ends_monitors_that_are_not_of_it(
    version: versions.Version, base: str, ended_kinds: list[str]
) -> None:
    first, *rest = learnt(version, "SetMonitoringBase", {"monitoringBase": base}, {"status": "Accepted"})
    assert first == inventory.Change(kind="monitoring", put={"base": {"monitoringBase": base}})
    assert [each.where for each in rest] == [{"eventNotificationType": kind} for kind in ended_kinds]
    assert learnt(version, "SetMonitoringBase", {"monitoringBase": base}, {"status": "NotSupported"}) == ()


@BOTH
def test_the_level_is_known(version: versions.Version) -> None:
    level = inventory.Change(kind="monitoring", put={"level": {"severity": 4}})
    assert learnt(version, "SetMonitoringLevel", {"severity": 4}, {"status": "Accepted"}) == (level,)
    assert learnt(version, "SetMonitoringLevel", {"severity": 4}, {"status": "Rejected"}) == ()
