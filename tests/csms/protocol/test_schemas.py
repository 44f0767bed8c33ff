"""Schema faults and the codes they are reported with."""

import json

import pytest

from csms.domain import commands, facts
from csms.protocol import schemas, versions
from tests.csms.protocol.support import AT, V16, V21, V201, frame, heard, meter, refused, status

ERROR_CODES_16 = {
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
}


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
def test_every_schema_of_the_package_compiles(version: object) -> None:
    assert isinstance(version, type(V16))
    one_way = {"NotifyPeriodicEventStream"}
    for action in version.validators.actions:
        version.validators.request_faults(action, {})
        if action not in one_way:
            version.validators.response_faults(action, {})


def test_the_actions_of_every_version_are_known() -> None:
    assert len(V16.validators.actions) == 39
    assert "TransactionEvent" in V201.validators.actions
    assert "NotifyPeriodicEventStream" in V21.validators.actions
    assert not any(action.endswith(("Request", "Response")) for action in V21.validators.actions)


def test_rule_10_1_6_keeps_its_misspellings_and_2_x_has_none() -> None:
    assert set(schemas.CODES_16.values()) == ERROR_CODES_16
    assert set(schemas.CODES_2X.values()) == {
        "FormatViolation",
        "PropertyConstraintViolation",
        "OccurrenceConstraintViolation",
        "TypeConstraintViolation",
    }
    assert set(schemas.CODES_16) == set(schemas.CODES_2X)


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Authorize", [], "FormationViolation"),
        ("Authorize", None, "FormationViolation"),
        ("Authorize", {}, "OccurenceConstraintViolation"),
        ("Authorize", {"idTag": 5}, "TypeConstraintViolation"),
        ("Authorize", {"idTag": "x" * 21}, "PropertyConstraintViolation"),
        ("StatusNotification", status(status="Sleeping"), "PropertyConstraintViolation"),
        ("StatusNotification", status(connectorId=-1), "PropertyConstraintViolation"),
        ("StatusNotification", status(connectorId=2**31), "PropertyConstraintViolation"),
    ],
)
def test_rule_17_a_schema_fault_gets_its_code(action: str, payload: object, code: str) -> None:
    assert refused(action, payload).code == code


def test_rule_10_a_description_says_where_and_what_and_never_the_value() -> None:
    secret = "DEADBEEF" * 100
    fault = refused("Authorize", {"idTag": secret})
    assert fault.description == "idTag: has more characters than 20"
    for payload in ({"idTag": [secret]}, {secret: 1}, {"idTag": {secret: secret}}):
        assert "DEADBEEF" not in refused("Authorize", payload).description
    assert "DEADBEEF" not in refused("StatusNotification", status(status=secret)).description


def test_a_fault_deep_inside_names_its_path() -> None:
    faults = V16.validators.request_faults("MeterValues", meter({"value": "1", "unit": "Hz"}))
    assert [(fault.path, fault.reason) for fault in faults] == [
        (("meterValue", 0, "sampledValue", 0, "unit"), "unit_value")
    ]


def test_nesting_without_end_is_a_fault_of_the_payload() -> None:
    deep = json.loads("[" * 300 + "]" * 300)
    assert V16.order(commands.Raw(action="Reset", payload={"type": deep})) == versions.InvalidPayload(
        "Reset: payload: is nested too deeply"
    )


def test_a_megabyte_of_faults_is_described_by_its_beginning_and_says_so() -> None:
    many = meter(*({"value": 1} for _ in range(2000)))
    *described, last = V16.validators.request_faults("MeterValues", many)
    assert [fault.path[3] for fault in described] == [*range(schemas.MAX_FAULTS)]
    assert last == schemas.SchemaFault("payload", (), "has too many faults")
    assert isinstance(heard(frame("MeterValues", many)), facts.MeterReport)


def test_a_fault_beyond_the_beginning_of_a_long_list_is_found() -> None:
    late = meter(*({"value": "1"} for _ in range(2000)), {"value": 1})
    [fault] = V16.validators.request_faults("MeterValues", late)
    assert fault.path == ("meterValue", 0, "sampledValue", 2000, "value")
    assert fault.wanted == "must be of type string"
    assert isinstance(heard(frame("MeterValues", late)), facts.MeterReport)


def test_a_list_that_is_too_long_is_found() -> None:
    told = {"controlId": "7", "started": True, "timestamp": AT, "supersededIds": ["7"] * 25}
    [fault] = V21.validators.request_faults("NotifyDERStartStop", told)
    assert (fault.kind, fault.path) == ("items", ("supersededIds",))


def test_rule_10_a_field_where_none_is_known_is_an_unknown_one() -> None:
    [fault] = V16.validators.response_faults("LogStatusNotification", {"colour": "red"})
    assert (fault.kind, fault.path) == ("unknown_field", ())


def test_rule_22_formats_are_left_to_the_times() -> None:
    assert V16.validators.request_faults("MeterValues", meter()) == ()
    naive = meter()
    naive["meterValue"][0]["timestamp"] = "2026-03-01T10:00:00"
    assert V16.validators.request_faults("MeterValues", naive) == ()
