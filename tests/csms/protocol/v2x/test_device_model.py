"""OCPP 2.x device model: variables read, written and reported."""

from typing import Any

import pytest

from csms.domain import charger, commands, facts, inventory
from csms.protocol import versions
from tests.csms.protocol.support import ended
from tests.csms.protocol.v2x.support import AT, BOTH, answered, learnt, ordered, refused, told

START = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}
SPEED = {
    "component": {"name": "Fan", "instance": "left", "evse": {"id": 1, "connectorId": 2}},
    "variable": {"name": "Speed", "instance": "max"},
}
PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}


def report(*data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"requestId": 7, "generatedAt": AT, "seqNo": 0, **({"reportData": list(data)} if data else {}), **changes}


# -- reports -----------------------------------------------------------------------------------------------------------


@BOTH
def test_a_report_says_what_variables_there_are(version: versions.Version) -> None:
    actual = {"type": "Actual", "value": "EVConnected", "mutability": "ReadWrite", "persistent": True}
    traits = {"dataType": "MemberList", "valuesList": "EVConnected,Authorized", "supportsMonitoring": False}
    entry = {**START, "variableAttribute": [actual, {"type": "Target"}], "variableCharacteristics": traits}
    told_of = told(facts.Notification, version, "NotifyReport", report(entry))
    assert told_of.payload is None
    kept = {name: value for name, value in actual.items() if name != "type"}
    body = {"attributes": {"Actual": kept, "Target": {}}, "characteristics": traits}
    assert told_of.changes[0] == inventory.Change(kind="variables", put={"TxCtrlr.TxStartPoint": body})
    assert answered(version, "NotifyReport", facts.Acknowledged()) == {}


@BOTH
def test_an_attribute_without_a_type_is_the_actual_one(version: versions.Version) -> None:
    entry = {**SPEED, "variableAttribute": [{"value": "3"}]}
    changes = told(facts.Notification, version, "NotifyReport", report(entry)).changes
    assert changes[0].put == {"Fan/left@1.2.Speed/max": {"attributes": {"Actual": {"value": "3"}}}}


@BOTH
def test_fractions_of_limits_are_numbers(version: versions.Version) -> None:
    traits = {"dataType": "decimal", "minLimit": 0.5, "supportsMonitoring": True}
    entry = {**SPEED, "variableAttribute": [{"value": "3"}], "variableCharacteristics": traits}
    [body] = told(facts.Notification, version, "NotifyReport", report(entry)).changes[0].put.values()
    assert body["characteristics"] == traits


@BOTH
@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"tbc": True}, {"parts": {"0": 0}}),
        ({"tbc": False, "seqNo": 4}, {"parts": {"4": 0}, "last": 4}),
        ({"seqNo": 4}, {"parts": {"4": 0}, "last": 4}),
    ],
)
def test_the_parts_of_a_report_are_counted(
    version: versions.Version, changes: dict[str, Any], body: dict[str, Any]
) -> None:
    [change] = told(facts.Notification, version, "NotifyReport", report(**changes)).changes
    assert change == inventory.Change(kind="device-reports", merge={"7": {"generatedAt": AT, **body}})


@BOTH
def test_a_password_in_a_report_is_masked(version: versions.Version) -> None:
    entry = {**PASSWORD, "variableAttribute": [{"value": "s3cret", "mutability": "WriteOnly"}]}
    changes = told(facts.Notification, version, "NotifyReport", report(entry)).changes
    assert "s3cret" not in str(changes)
    assert charger.MASK in str(changes)


@BOTH
@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (report(START), "OccurrenceConstraintViolation"),
        ({"requestId": 7, "seqNo": 0}, "OccurrenceConstraintViolation"),
        (report(seqNo="0"), "TypeConstraintViolation"),
        (report(reportData=[]), "OccurrenceConstraintViolation"),
        (report(seqNo=-1), "PropertyConstraintViolation"),
    ],
)
def test_rule_10_a_report_that_cannot_be_read_is_refused(
    version: versions.Version, payload: dict[str, Any], code: str
) -> None:
    assert refused(version, "NotifyReport", payload) == code


# -- reading -----------------------------------------------------------------------------------------------------------


@BOTH
def test_all_variables_come_in_a_report(version: versions.Version) -> None:
    order = ordered(version, commands.GetConfiguration(request_id=9))
    assert order == ("GetBaseReport", {"requestId": 9, "reportBase": "FullInventory"})


@BOTH
def test_variables_are_read_by_name(version: versions.Version) -> None:
    order = ordered(version, commands.GetConfiguration(keys=("TxCtrlr.TxStartPoint", "Fan/left@1.2.Speed/max")))
    assert order == ("GetVariables", {"getVariableData": [START, SPEED]})
    assert "is no variable" in ordered(version, commands.GetConfiguration(keys=("TxStartPoint",)))


@BOTH
@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        ({}, [4, 4, 2]),
        ({"DeviceDataCtrlr.ItemsPerMessage/GetVariables": 6}, [6, 4]),
        ({"DeviceDataCtrlr.ItemsPerMessage/GetVariables": 50}, [10]),
        (
            {
                "DeviceDataCtrlr.ItemsPerMessage/GetVariables": 50,
                "DeviceDataCtrlr.BytesPerMessage/GetVariables": 250,
            },
            [3, 3, 3, 1],
        ),
    ],
)
def test_no_more_are_asked_for_than_the_charger_takes(
    version: versions.Version, limits: dict[str, int], sizes: list[int]
) -> None:
    command = commands.GetConfiguration(keys=tuple(f"TxCtrlr.Variable{number}" for number in range(10)))
    order = version.order(command, versions.Peer(limits=limits))
    assert isinstance(order, versions.Order)
    assert [len(each.payload["getVariableData"]) for each in (order, *order.rest)] == sizes


@BOTH
def test_what_is_read_is_known_and_what_is_not_there_is_gone(version: versions.Version) -> None:
    request = {"getVariableData": [START, {**SPEED, "attributeType": "Target"}, PASSWORD]}
    results = [
        {**START, "attributeStatus": "Accepted", "attributeValue": "EVConnected"},
        {**SPEED, "attributeStatus": "UnknownVariable"},
        {**PASSWORD, "attributeStatus": "Rejected"},
    ]
    [change] = learnt(version, "GetVariables", request, {"getVariableResult": results})
    assert change == inventory.Change(
        kind="variables",
        drop=("Fan/left@1.2.Speed/max",),
        merge={"TxCtrlr.TxStartPoint": {"attributes": {"Actual": {"value": "EVConnected", "pending": None}}}},
    )


@BOTH
def test_an_unknown_variable_is_an_answer_and_no_refusal(version: versions.Version) -> None:
    response = {"getVariableResult": [{**START, "attributeStatus": "UnknownVariable"}]}
    assert not ended(commands.GetConfiguration(keys=("TxCtrlr.TxStartPoint",)), response, version).refused


# -- writing -----------------------------------------------------------------------------------------------------------


@BOTH
def test_a_variable_is_written(version: versions.Version) -> None:
    order = ordered(version, commands.SetConfiguration(key="TxCtrlr.TxStartPoint", value="EVConnected"))
    assert order == ("SetVariables", {"setVariableData": [{**START, "attributeValue": "EVConnected"}]})
    assert "is no variable" in ordered(version, commands.SetConfiguration(key="TxStartPoint", value="x"))
    assert "Send a value" in ordered(version, commands.SetConfiguration(key="TxCtrlr.TxStartPoint"))


@BOTH
@pytest.mark.parametrize(
    ("words", "status", "is_refused"),
    [
        (["Accepted"], "accepted", False),
        (["RebootRequired"], "reboot_required", False),
        (["Rejected"], "rejected", True),
        (["UnknownVariable"], "unknown_variable", True),
        (["Accepted", "RebootRequired"], "reboot_required", False),
        (["Accepted", "NotSupportedAttributeType", "RebootRequired"], "not_supported_attribute_type", True),
        ([], "error", False),
    ],
)
def test_rule_54_the_worst_word_counts(
    version: versions.Version, words: list[str], status: str, is_refused: bool
) -> None:
    results = [{**START, "attributeStatus": word} for word in words]
    command = commands.SetConfiguration(key="TxCtrlr.TxStartPoint", value="EVConnected")
    outcome = ended(command, {"setVariableResult": results}, version)
    assert (outcome.status, outcome.refused) == (status, is_refused)


@BOTH
@pytest.mark.parametrize(
    ("word", "actual"),
    [
        ("Accepted", {"value": "EVConnected", "pending": None}),
        ("RebootRequired", {"pending": "EVConnected"}),
        ("Rejected", None),
    ],
)
def test_what_was_written_is_known(version: versions.Version, word: str, actual: dict[str, Any] | None) -> None:
    request = {"setVariableData": [{**START, "attributeValue": "EVConnected"}]}
    changes = learnt(version, "SetVariables", request, {"setVariableResult": [{**START, "attributeStatus": word}]})
    body = {"TxCtrlr.TxStartPoint": {"attributes": {"Actual": actual}}}
    assert changes == (() if actual is None else (inventory.Change(kind="variables", merge=body),))


@BOTH
def test_a_written_password_is_masked(version: versions.Version) -> None:
    request = {"setVariableData": [{**PASSWORD, "attributeValue": "0123456789abcdef"}]}
    answer = {"setVariableResult": [{**PASSWORD, "attributeStatus": "Accepted"}]}
    assert "0123456789abcdef" not in str(learnt(version, "SetVariables", request, answer))
    [written] = version.written(versions.Order("SetVariables", request), answer)
    assert written == versions.Written("SecurityCtrlr.BasicAuthPassword", charger.MASK)
