"""A version as the actors use it: text in, fact or fault out, whatever the text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import facts
from csms.protocol import frames, versions
from tests.csms.protocol.support import V16, V21, V201, frame, heard, meter, patient, refused, start, stop, told
from tests.csms.protocol.test_frames import json_values

TRANSACTIONS = ["StartTransaction", "StopTransaction", "MeterValues"]
SPOILT = json_values | st.sampled_from(
    [2**63, -(2**31), 10**40, True, "", "NaN", "1e3", "7", 7.0, 1e300, "1e999999999"]
)


def test_rule_12_an_unknown_action_is_not_implemented() -> None:
    for version in (V16, V201, V21):
        fault = heard(frame("MakeCoffee", {}), version)
        assert isinstance(fault, versions.CallFault)
        assert fault.code == "NotImplemented"


@pytest.mark.parametrize("action", ["GetConfiguration", "Reset"])
def test_rule_12_a_known_action_without_a_row_is_not_supported(action: str) -> None:
    assert refused(action, {}).code == "NotSupported"


@pytest.mark.parametrize("version", [V201, V21], ids=lambda version: version.name)
def test_rule_12_what_only_servers_call_is_known_and_not_supported(version: versions.Version) -> None:
    for action in set(version.calls) - set(version.incoming):
        fault = heard(frame(action, {}), version)
        assert isinstance(fault, versions.CallFault)
        assert fault.code == "NotSupported"


@pytest.mark.parametrize(
    ("action", "payload", "reason"),
    [
        ("StartTransaction", start(meterStart="1200"), "meter_start_type"),
        ("StartTransaction", start(meterStart=None), "meter_start_missing"),
        ("StartTransaction", start(idTag="x" * 21), "id_tag_length"),
        ("StartTransaction", start(idTag=None), "id_tag_missing"),
        ("StartTransaction", start(timestamp=None), "timestamp_missing"),
        ("StartTransaction", start(timestamp="soon"), "timestamp_unreadable"),
        ("StopTransaction", stop(meterStop=2500.75), "meter_stop_type"),
        ("StopTransaction", stop(timestamp="2026-03-01T10:00:00"), "timestamp_naive"),
        ("StopTransaction", stop(timestamp="1970-01-01T00:00:09Z"), "timestamp_no_clock"),
        ("StopTransaction", stop(transactionData="none"), "transaction_data_type"),
        ("MeterValues", meter({"value": 1300}), "value_type"),
        ("MeterValues", meter({"unit": "Wh"}), "value_missing"),
        ("MeterValues", meter(transactionId="17"), "transaction_id_type"),
    ],
)
def test_rule_13_a_fault_beside_readable_keys_is_stored_and_suspect(
    action: str, payload: dict[str, Any], reason: str
) -> None:
    fact = heard(frame(action, payload))
    assert isinstance(fact, facts.TransactionStart | facts.TransactionStop | facts.MeterReport)
    assert reason in fact.suspect


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("StartTransaction", start(connectorId=None)),
        ("StartTransaction", start(connectorId=10**30)),
        ("StopTransaction", stop(transactionId="abc")),
        ("StopTransaction", stop(transactionId=None)),
        ("MeterValues", meter(meterValue="7 kWh")),
        ("MeterValues", meter(meterValue=[[], [7]])),
        ("StopTransaction", []),
        ("StopTransaction", None),
    ],
)
def test_rule_13_unreadable_keys_keep_the_raw_frame(action: str, payload: Any) -> None:
    text = frame(action, payload)
    assert heard(text) == facts.Unreadable(action=action, raw=text, suspect=("unreadable",))


def test_rule_13_a_truncated_record_is_unreadable_and_not_refused() -> None:
    text = '[2,"7","StopTransaction",{"transactionId":17,"met'
    assert heard(text) == facts.Unreadable(action="StopTransaction", raw=text, suspect=("unreadable",))


def test_rule_13_a_record_with_more_values_than_are_read_is_kept_as_it_is() -> None:
    text = frame("MeterValues", meter(meterValue=[{}] * 200_000))
    assert heard(text) == facts.Unreadable(action="MeterValues", raw=text, suspect=("unreadable",))


def test_rule_9_a_message_id_beyond_all_bounds_is_refused_by_that_id() -> None:
    assert isinstance(heard(frame("Heartbeat", {}, "x" * 255)), facts.Heartbeat)
    text = frame("Heartbeat", {}, "x" * 256)
    fault = heard(text)
    assert isinstance(fault, versions.CallFault)
    assert json.loads(V16.error("x" * 256, fault.code, fault.description))[:3] == [4, "x" * 256, "FormationViolation"]


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
@pytest.mark.parametrize(
    "form", ['"Heartbeat",{}]', '"Heartbeat"]', '"Heartbeat",{"x":]', '"Heartbeat",[]]', "{}]", "7,{}]", "]"]
)
def test_rule_9_whatever_its_length_an_id_that_can_be_read_is_answered(version: versions.Version, form: str) -> None:
    """Dropped, the charger would wait for the answer and say nothing else."""
    message_id = "x" * 5000
    text = f'[2,"{message_id}",{form}'.replace(",]", "]")
    call = version.parse(text)
    if isinstance(call, frames.Call):
        fault = version.fact(call, text)
        assert isinstance(fault, versions.CallFault)
        reply: str | None = version.error(call.message_id, fault.code, fault.description)
    else:
        assert isinstance(call, frames.Fault)
        reply = call.reply
    assert json.loads(reply or "")[:3] == [4, message_id, version.dialect.malformed]


@pytest.mark.parametrize(
    ("action", "payload"), [("StartTransaction", start()), ("StopTransaction", stop()), ("MeterValues", meter())]
)
def test_rule_13_a_record_is_taken_whatever_its_message_id(action: str, payload: Any) -> None:
    fact = heard(frame(action, payload, "x" * 100_000))
    assert isinstance(fact, facts.TransactionStart | facts.TransactionStop | facts.MeterReport)
    assert not fact.suspect


@pytest.mark.parametrize("action", TRANSACTIONS)
@patient
@given(payload=json_values)
def test_rule_13_a_transaction_record_is_never_refused(action: str, payload: Any) -> None:
    assert isinstance(heard(frame(action, payload)), facts.Fact)


@patient
@given(action=st.sampled_from(TRANSACTIONS), field=st.integers(0, 4), value=SPOILT)
def test_rule_13_one_spoilt_field_never_refuses_a_record(action: str, field: int, value: Any) -> None:
    payload = {"StartTransaction": start(), "StopTransaction": stop(), "MeterValues": meter()}[action]
    payload[[*payload][field % len(payload)]] = value
    assert isinstance(heard(frame(action, payload)), facts.Fact)


@patient
@given(value=SPOILT, where=st.sampled_from(["timestamp", "sampledValue", "value", "unit", "measurand", "sample"]))
def test_rule_13_one_spoilt_measurement_never_refuses_a_record(value: Any, where: str) -> None:
    sample: Any = {"value": "1", "unit": "Wh", "measurand": "Voltage"}
    meter_value: dict[str, Any] = {"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [sample]}
    if where in sample:
        sample[where] = value
    elif where == "sample":
        meter_value["sampledValue"] = [value]
    else:
        meter_value[where] = value
    assert isinstance(heard(frame("MeterValues", meter(meterValue=[meter_value]))), facts.Fact)
    assert isinstance(heard(frame("StopTransaction", stop(transactionData=[meter_value]))), facts.Fact)


@patient
@given(action=st.sampled_from(sorted(V16.incoming)), payload=json_values)
def test_no_payload_makes_it_raise(action: str, payload: Any) -> None:
    assert isinstance(heard(frame(action, payload)), facts.Fact | versions.CallFault)


@pytest.mark.parametrize("depth", [95, 99, 200, 800, 940, 2000])
@pytest.mark.parametrize("action", ["MeterValues", "DataTransfer", "FirmwareStatusNotification"])
def test_no_depth_makes_it_raise(action: str, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    text = f'[2,"7","{action}",{{"vendorId":"V","status":"Idle","connectorId":1,"data":{deep},"meterValue":{deep}}}]'
    assert isinstance(heard(text), facts.Unreadable if action == "MeterValues" else facts.Fact | versions.CallFault)


def test_duplicate_keys_are_one_field() -> None:
    assert heard('[2,"7","Authorize",{"idTag":"A","idTag":"B"}]') == facts.Authorize(id_token=facts.IdToken("B"))


def test_a_megabyte_of_text_is_just_too_long() -> None:
    assert len(refused("Authorize", {"idTag": "x" * 1_000_000}).description) <= 255


def test_a_reply_carries_the_call_s_id() -> None:
    call = frames.Call("id-7", "MeterValues", {})
    assert json.loads(V16.reply(call, facts.Acknowledged())) == [3, "id-7", {}]


def test_an_unreadable_record_can_be_acknowledged() -> None:
    call = frames.Call("id-7", "StopTransaction", None)
    assert json.loads(V16.reply(call, facts.Acknowledged())) == [3, "id-7", {}]


def test_the_digest_of_a_record_tells_a_retry_from_another_record() -> None:
    first = told(facts.TransactionStart, "StartTransaction", start())
    reordered = dict(reversed(start().items()))
    assert told(facts.TransactionStart, "StartTransaction", reordered).digest == first.digest
    assert told(facts.TransactionStart, "StartTransaction", start(reservationId=5)).digest != first.digest
    assert len(first.digest) == 16
