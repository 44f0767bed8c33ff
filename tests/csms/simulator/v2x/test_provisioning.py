"""Variables and reports of a 2.x charger."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World


def _name(component: str, variable: str, instance: str | None = None, **place: int) -> Payload:
    owner: Payload = {"name": component} | ({"evse": place} if place else {})
    return {"component": owner, "variable": {"name": variable} | ({"instance": instance} if instance else {})}


def _get(world: World, *names: Payload) -> list[tuple[str, Any]]:
    results = world.order("GetVariables", getVariableData=list(names))["getVariableResult"]
    return [(result["attributeStatus"], result.get("attributeValue")) for result in results]


def _set(world: World, name: Payload, value: str) -> str:
    [result] = world.order("SetVariables", setVariableData=[{**name, "attributeValue": value}])["setVariableResult"]
    return str(result["attributeStatus"])


def _reported(world: World) -> dict[tuple[str, str], Payload]:
    rows = [row for call in world.calls("NotifyReport") for row in call["reportData"]]
    return {(row["component"]["name"], row["variable"]["name"]): row for row in rows}


# -- variables ---------------------------------------------------------------


def test_what_cannot_be_read_is_named(world_of: Worlds) -> None:
    assert _get(
        world_of(),
        _name("OCPPCommCtrlr", "HeartbeatInterval"),
        _name("ocppcommctrlr", "heartbeatinterval"),
        _name("Nobody", "HeartbeatInterval"),
        _name("OCPPCommCtrlr", "Nothing"),
        _name("SecurityCtrlr", "BasicAuthPassword"),
        {**_name("OCPPCommCtrlr", "HeartbeatInterval"), "attributeType": "MaxSet"},
        _name("EVSE", "AvailabilityState", id=1),
        _name("EVSE", "AvailabilityState", id=2),
    ) == [
        ("Accepted", "300"),
        ("Accepted", "300"),
        ("UnknownComponent", None),
        ("UnknownVariable", None),
        ("Rejected", None),
        ("NotSupportedAttributeType", None),
        ("Accepted", "Available"),
        ("UnknownComponent", None),
    ]


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        (_name("SampledDataCtrlr", "TxUpdatedInterval"), "20", "Accepted"),
        (_name("SampledDataCtrlr", "TxUpdatedInterval"), "-1", "Rejected"),
        (_name("SampledDataCtrlr", "TxUpdatedInterval"), "soon", "Rejected"),
        (_name("SampledDataCtrlr", "TxUpdatedMeasurands"), "SoC,Voltage", "Accepted"),
        (_name("SampledDataCtrlr", "TxUpdatedMeasurands"), "SoC,Weather", "Rejected"),
        (_name("TxCtrlr", "TxStartPoint"), "EVConnected", "Accepted"),
        (_name("TxCtrlr", "StopTxOnInvalidId"), "perhaps", "Rejected"),
        (_name("ChargingStation", "Model"), "Other", "Rejected"),
        (_name("OCPPCommCtrlr", "WebSocketPingInterval"), "30", "RebootRequired"),
        (_name("Nobody", "Nothing"), "1", "UnknownComponent"),
    ],
)
def test_what_can_be_written(world_of: Worlds, name: Payload, value: str, status: str) -> None:
    assert _set(world_of(), name, value) == status


def test_a_new_interval_counts_at_once(world_of: Worlds) -> None:
    world = world_of(charging=True)
    _set(world, _name("SampledDataCtrlr", "TxUpdatedInterval"), "5")
    world.sent.clear()
    world.run(21)
    assert len(world.calls("TransactionEvent")) == 4


def test_what_needs_a_reboot_counts_after_it(world_of: Worlds) -> None:
    world, ping = world_of(), _name("OCPPCommCtrlr", "WebSocketPingInterval")
    _set(world, ping, "30")
    assert _get(world, ping) == [("Accepted", "0")]
    world.order("Reset", type="Immediate")
    world.disconnect()
    world.run(10)
    world.connect()
    assert _get(world, ping) == [("Accepted", "30")]


def test_rule_8_a_new_password_is_used_after_it_was_accepted(world_of: Worlds) -> None:
    world, password = world_of(password="old-old-old-old-old"), _name("SecurityCtrlr", "BasicAuthPassword")
    assert _set(world, password, "too short") == "Rejected"
    assert world.charger.password == "old-old-old-old-old"
    assert _set(world, password, "0123456789abcdef") == "Accepted"
    assert world.charger.password == "0123456789abcdef"
    assert world.charger.hang_up == "close"


def test_too_many_items_or_bytes_are_refused(world_of: Worlds) -> None:
    world, name = world_of(), _name("OCPPCommCtrlr", "HeartbeatInterval")
    assert world.order("GetVariables", getVariableData=[name] * 51) == "OccurrenceConstraintViolation"
    long = {**name, "component": {**name["component"], "customData": {"vendorId": "x", "text": "y" * 70_000}}}
    assert world.order("GetVariables", getVariableData=[long]) == "FormatViolation"


# -- reports -----------------------------------------------------------------


def test_a_full_report_comes_in_parts(world_of: Worlds) -> None:
    world = world_of(report_items=10)
    assert world.order("GetBaseReport", requestId=7, reportBase="FullInventory") == {"status": "Accepted"}
    parts = world.calls("NotifyReport")
    assert len(parts) > 5
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {7}
    assert {len(part["reportData"]) for part in parts[:-1]} == {10}
    password = _reported(world)["SecurityCtrlr", "BasicAuthPassword"]["variableAttribute"]
    assert password == [{"type": "Actual", "mutability": "WriteOnly", "persistent": True, "constant": False}]


def test_rule_19_a_pending_charger_reports_what_it_is_asked_for(world_of: Worlds) -> None:
    world = world_of(register=False)
    world.answers["BootNotification"] = {"status": "Pending", "interval": 300, "currentTime": "2027-01-15T08:00:00Z"}
    world.connect()
    assert world.order("GetBaseReport", requestId=7, reportBase="FullInventory") == {"status": "Accepted"}
    parts = world.calls("NotifyReport")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert not parts[-1]["tbc"]


def test_a_configuration_report_holds_what_can_be_set(world_of: Worlds) -> None:
    world = world_of()
    world.order("GetBaseReport", requestId=7, reportBase="ConfigurationInventory")
    found = _reported(world)
    assert {row["variableAttribute"][0]["mutability"] for row in found.values()} == {"ReadWrite", "WriteOnly"}
    assert ("TxCtrlr", "TxStartPoint") in found


def test_a_summary_report_holds_the_state(world_of: Worlds) -> None:
    world = world_of()
    world.order("GetBaseReport", requestId=7, reportBase="SummaryInventory")
    assert {name for _, name in _reported(world)} == {"AvailabilityState", "Problem"}


def test_a_report_of_what_is_asked_for(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    asked = [{"component": {"name": "EVSE"}, "variable": {"name": "Power"}}, {"component": {"name": "AuthCacheCtrlr"}}]
    world.order("GetReport", requestId=7, componentVariable=asked)
    rows = [row for call in world.calls("NotifyReport") for row in call["reportData"]]
    assert [(row["component"]["name"], row["variable"]["name"]) for row in rows] == [
        ("EVSE", "Power"),
        ("EVSE", "Power"),
        ("AuthCacheCtrlr", "Enabled"),
    ]


def test_a_report_of_what_has_a_problem(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    assert world.order("GetReport", requestId=7, componentCriteria=["Problem"]) == {"status": "EmptyResultSet"}
    world.charger.fault("GroundFailure", 2)
    assert world.order("GetReport", requestId=8, componentCriteria=["Problem"]) == {"status": "Accepted"}
    rows = [row["component"] for call in world.calls("NotifyReport") for row in call["reportData"]]
    assert {(row["name"], row["evse"]["id"]) for row in rows} == {("Connector", 2)}


def test_five_thousand_variables_in_five_hundred_parts_while_a_session_runs(world_of: Worlds) -> None:
    world = world_of(extra_variables=5_000, report_items=10, charging=True, sample_interval=10)
    names = [{"component": {"name": "PowerModule"}}]
    assert world.order("GetReport", requestId=7, componentVariable=names) == {"status": "Accepted"}
    parts = world.calls("NotifyReport")
    assert len(parts) == 500
    assert not parts[-1]["tbc"]
    assert len({str(row["component"]) + str(row["variable"]) for part in parts for row in part["reportData"]}) == 5_000
