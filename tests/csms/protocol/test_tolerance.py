"""What a tolerant server forgives never hides what it does not (rule 17), however long the payload is."""

from collections.abc import Callable
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import fields, frames, quirks, tolerance, versions
from tests.csms.protocol.support import AT, V16, V21, V201, frame, heard, meter

REPORT = {"requestId": 1, "generatedAt": AT, "seqNo": 0}
ENTRY = {"component": {"name": "C"}, "variable": {"name": "V"}, "variableAttribute": [{"value": "1"}]}
EVENT = {
    "eventId": 1,
    "timestamp": AT,
    "trigger": "Delta",
    "actualValue": "x",
    "eventNotificationType": "CustomMonitor",
    "component": {"name": "C"},
    "variable": {"name": "V"},
}


def report(*entries: dict[str, Any]) -> dict[str, Any]:
    return {**REPORT, "reportData": entries}


def without(item: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: item[each] for each in item if each != name}


@pytest.mark.parametrize("version", [V201, V21], ids=["2.0.1", "2.1"])
@pytest.mark.parametrize("count", [25, 600])
def test_a_fault_late_in_a_list_is_seen_behind_forgiven_ones(version: versions.Version, count: int) -> None:
    odd = ENTRY | {"variableAttribute": [{"value": "x" * 3000}]}  # too long: forgiven, and left as it is
    for name in ("variable", "component", "variableAttribute"):
        found = heard(frame("NotifyReport", report(odd, *[ENTRY] * count, without(ENTRY, name))), version)
        assert isinstance(found, versions.CallFault), found
        assert found.description == f"reportData.{count + 1}.{name}: missing"


def test_a_fault_late_in_a_list_of_events_is_seen_too() -> None:
    events = [EVENT | {"trigger": "Whenever"}, *[EVENT] * 30, without(EVENT, "component")]
    found = heard(frame("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": events}), V201)
    assert isinstance(found, versions.CallFault), found


@pytest.mark.parametrize("count", [20, 30, 2000])
@pytest.mark.parametrize(
    "entry",
    [
        ENTRY | {"component": {"name": "C", "evse": None, "instance": None}},
        ENTRY | {"vendorData": "x", "variable": {"name": "V", "colour": "red"}},
    ],
    ids=["null", "extra"],
)
def test_what_is_mended_in_one_item_is_mended_in_all(entry: dict[str, Any], count: int) -> None:
    found = heard(frame("NotifyReport", report(*[entry] * count)), V201)
    assert isinstance(found, facts.Notification), found
    assert found.changes[0].put["C.V"] == {"attributes": {"Actual": {"value": "1"}}}


def test_what_is_behind_a_mended_fault_is_mended_too() -> None:
    single = {"timestamp": AT, "sampledValue": {"value": 1300, "unit": None}}
    found = heard(frame("MeterValues", meter() | {"meterValue": single}), V16, frozenset(quirks.Quirk))
    assert isinstance(found, facts.MeterReport)
    assert found.suspect == ()
    assert found.readings[0].values == (facts.Sampled("1300"),)


def test_too_many_faults_to_look_at_are_not_forgiven() -> None:
    odd = ENTRY | {"variableAttribute": [{"value": "x" * 2501}]}
    assert isinstance(heard(frame("NotifyReport", report(*[odd] * 499)), V201), facts.Notification)
    found = heard(frame("NotifyReport", report(*[odd] * 501)), V201)
    assert isinstance(found, versions.CallFault), found
    assert found.description == "payload: has too many faults"


def test_it_looks_no_more_often_than_it_must() -> None:
    looked = []

    def check(action: str, payload: Any) -> tolerance.Faults:
        looked.append(action)
        return V16.validators.request_faults(action, payload)

    assert tolerance.see(check, "MeterValues", meter(), quirks.TOLERANT).faults == ()
    assert len(looked) == 1


# -- The net -----------------------------------------------------------------------------------------------------------


def surprised(error: Callable[[], Exception], *, transaction: bool) -> versions.Version:
    """2.0.1 with a table that stumbles over every BootNotification."""

    def fact(_: fields.Fields) -> facts.AnyFact:
        raise error()

    def answer(_: facts.Answer) -> dict[str, Any]:
        return {}

    row = versions.Incoming(fact, answer, transaction)
    return versions.Version(
        **{name: getattr(V201, name) for name in V201.__struct_fields__} | {"incoming": {"BootNotification": row}}
    )


SURPRISES = pytest.mark.parametrize(
    "error", [KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError]
)
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
FORGIVEN = BOOT | {"chargingStation": {"model": "M" * 21, "vendorName": "V"}}  # too long: it stays as it is


@SURPRISES
def test_a_table_that_stumbles_over_what_was_forgiven_refuses_it(error: Callable[[], Exception]) -> None:
    found = heard(frame("BootNotification", FORGIVEN), surprised(error, transaction=False))
    assert found == versions.CallFault(
        "PropertyConstraintViolation", f"payload: unreadable ({error().__class__.__name__})"
    )


@SURPRISES
def test_rule_13_a_transactions_record_is_kept_as_it_came(error: Callable[[], Exception]) -> None:
    found = heard(frame("BootNotification", FORGIVEN), surprised(error, transaction=True))
    assert isinstance(found, facts.Unreadable)
    assert found.suspect == ("unreadable",)


def test_a_table_that_stumbles_over_a_good_payload_is_at_fault_itself() -> None:
    with pytest.raises(KeyError):
        heard(frame("BootNotification", BOOT), surprised(KeyError, transaction=False))


# -- Answers -----------------------------------------------------------------------------------------------------------

ASKED = versions.Order(
    "SetVariables", {"setVariableData": [{"attributeValue": "300", **without(ENTRY, "variableAttribute")}]}
)
TAKEN = {"attributeStatus": "Accepted", **without(ENTRY, "variableAttribute")}


@pytest.mark.parametrize("odd", [{"attributeStatusInfo": None}, {"colour": "red"}], ids=["null", "extra"])
@pytest.mark.parametrize("version", [V201, V21], ids=["2.0.1", "2.1"])
def test_an_answer_is_forgiven_what_a_call_is(version: versions.Version, odd: dict[str, Any]) -> None:
    good, answer = {"setVariableResult": [TAKEN]}, {"setVariableResult": [TAKEN | odd]}
    assert version.written(ASKED, answer) == version.written(ASKED, good) == (versions.Written("C.V", "300"),)
    assert version.learnt(ASKED, answer) == version.learnt(ASKED, good) != ()
    assert version.complaint(ASKED, frames.CallResult("1", answer)) is None
    assert version.written(ASKED, answer, quirks.STRICT) == ()
    assert version.learnt(ASKED, answer, quirks.STRICT) == ()


def test_an_answer_with_a_worse_fault_tells_nothing() -> None:
    answer = {"setVariableResult": [TAKEN | {"colour": "red"}, *[TAKEN] * 25, without(TAKEN, "variable")]}
    assert V201.learnt(ASKED, answer) == ()
    assert V201.written(ASKED, answer) == ()
    assert V21.complaint(ASKED, frames.CallResult("1", answer)) is not None
