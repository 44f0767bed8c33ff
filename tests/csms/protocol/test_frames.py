"""Frames: what is a CALL, what is answered with a CALLERROR, and what is dropped."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from csms.protocol import frames, versions
from tests.csms.protocol.support import V16, V21, V201, patient

ALL = [V16, V201, V21]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
LONG_ID = "x" * 100_000
ids = st.text(st.characters(codec="utf-8"), max_size=36)


def fault(version: versions.Version, text: str) -> tuple[Any, str]:
    """The reply, decoded, and the reason."""
    found = version.parse(text)
    assert isinstance(found, frames.Fault), found
    return found.reply and json.loads(found.reply), found.reason


def test_reads_a_call() -> None:
    assert V16.parse('[2,"19223201","Heartbeat",{}]') == frames.Call("19223201", "Heartbeat", {})


def test_reads_the_answers_to_our_calls() -> None:
    assert V16.parse('[3,"7",{"status":"Accepted"}]') == frames.CallResult("7", {"status": "Accepted"})
    assert V16.parse('[4,"7","NotSupported","no",{"a":1}]') == frames.CallError("7", "NotSupported", "no", {"a": 1})


def test_an_answer_with_missing_parts_still_ends_the_wait() -> None:
    assert V16.parse('[3,"7"]') == frames.CallResult("7", None)
    assert V16.parse('[4,"7"]') == frames.CallError("7", "GenericError", "", {})


def test_the_details_of_an_error_are_plain_json_or_nothing() -> None:
    error = V16.parse('[4,"7","GenericError","",{"limit":1.5}]')
    assert isinstance(error, frames.CallError)
    assert type(error.details["limit"]) is float
    for details in ('{"limit":1E400}', "[1]", "null"):
        assert V16.parse(f'[4,"7","GenericError","",{details}]') == frames.CallError("7", "GenericError", "", {})


@pytest.mark.parametrize("version", ALL, ids=lambda version: version.name)
@patient
@given(message_id=ids, action=st.text(st.characters(codec="utf-8")), payload=st.dictionaries(st.text(), st.integers()))
def test_what_we_write_reads_back(
    version: versions.Version, message_id: str, action: str, payload: dict[str, int]
) -> None:
    assert version.parse(version.call(message_id, versions.Order(action, payload))) == frames.Call(
        message_id, action, payload
    )


@pytest.mark.parametrize("version", ALL, ids=lambda version: version.name)
@patient
@given(text=st.text(st.characters()) | json_values.map(json.dumps))
@example("[" * 100_000)
@example('[2,"a","Heartbeat",' + "[" * 5000 + "]" * 5000 + "]")
@example('[2,"a","Heartbeat",{"a":1e99999999999999999999}]')
@example('[2,"a","Heartbeat",{"a":' + "9" * 5000 + "}]")
@example('[2,"a","Heartbeat",{"a":NaN}]')
@example('[2,"a","Heartbeat",{"a":"\\ud800"}]')
@example('[2,"\ud800","Heartbeat",{}]')
@example('[2,"a","Heartbeat",{"a":1,"a":2}]')
@example('[2,"a","Heartbeat",{"a":"' + "x" * 1_000_000 + '"}]')
def test_no_text_makes_it_raise(version: versions.Version, text: str) -> None:
    assert version.parse(text) is not None


@pytest.mark.parametrize("version", ALL, ids=lambda version: version.name)
@patient
@given(array=st.lists(st.sampled_from([2, 3, 4, 5, 6, 9]) | json_values, max_size=6))
def test_no_array_makes_it_raise(version: versions.Version, array: list[Any]) -> None:
    assert version.parse(json.dumps(array)) is not None


def test_rule_14_an_empty_text_is_ignored() -> None:
    for version in ALL:
        assert fault(version, "") == (None, "empty")


@pytest.mark.parametrize("text", ["{}", "null", "hello", "[]", "[2]", '[2,{},"Heartbeat",{}]'])
def test_rule_9_without_a_readable_id_1_6_drops_and_2_x_answers_minus_one(text: str) -> None:
    assert fault(V16, text)[0] is None
    for version in (V201, V21):
        reply, _ = fault(version, text)
        assert reply[:3] == [4, "-1", "RpcFrameworkError"]


def test_rule_9_a_malformed_call_with_a_readable_id_gets_the_version_s_code() -> None:
    for text in ('[2,"7"]', '[2,"7",5,{}]', '[2,"7"', '["2","7","Heartbeat",{}]'):
        assert fault(V16, text)[0][:3] == [4, "7", "FormationViolation"]
        assert fault(V201, text)[0][:3] == [4, "7", "RpcFrameworkError"]


def test_rule_9_an_unknown_message_type_gets_the_version_s_answer() -> None:
    text = '[9,"7","Heartbeat",{}]'
    assert fault(V16, text)[0][:3] == [4, "7", "FormationViolation"]
    assert fault(V201, text)[0][:3] == [4, "7", "MessageTypeNotSupported"]
    assert fault(V21, text)[0] is None


def test_rule_9_an_answer_is_never_answered() -> None:
    for version in ALL:
        assert fault(version, '[3,{},{"status":"Accepted"}]') == (None, "answer_without_id")
        assert fault(version, "[4]") == (None, "answer_without_id")


def test_rule_9_only_2_1_has_send_and_never_answers_it() -> None:
    text = '[6,"7","NotifyPeriodicEventStream",{"id":1}]'
    assert V21.parse(text) == frames.Send("7", "NotifyPeriodicEventStream", {"id": 1})
    assert fault(V21, '[6,"7"]')[0] is None
    assert fault(V201, text)[0][:3] == [4, "7", "MessageTypeNotSupported"]


def test_rule_9_only_2_1_has_call_result_errors() -> None:
    text = '[5,"7","FormatViolation","what?",{}]'
    assert V21.parse(text) == frames.CallResultError("7", "FormatViolation", "what?", {})
    assert fault(V21, "[5]")[0] is None
    assert fault(V201, text)[0][:3] == [4, "7", "MessageTypeNotSupported"]


def test_rule_9_ids_over_36_characters_and_numbers_are_echoed() -> None:
    long_id = "x" * 200
    assert V16.parse(f'[2,"{long_id}","Heartbeat",{{}}]') == frames.Call(long_id, "Heartbeat", {})
    assert V16.parse('[2,42,"Heartbeat",{}]') == frames.Call("42", "Heartbeat", {})


def test_rule_13_broken_json_with_a_readable_head_is_still_a_call() -> None:
    assert V16.parse('[2,"7","StopTransaction",{"transactionId":17,"met') == frames.Call("7", "StopTransaction", None)
    assert V16.parse('[2,"7","StopTransaction",{"meterStop":NaN}]') == frames.Call("7", "StopTransaction", None)


@pytest.mark.parametrize("version", ALL, ids=lambda version: version.name)
def test_rule_9_a_broken_answer_ends_the_wait_and_is_never_answered(version: versions.Version) -> None:
    for text in ('[3,"7",{bad', '[3,"7"', ' [ 3 , "7" , {"limit":NaN}]'):
        assert version.parse(text) == frames.CallResult("7", None)
    assert version.parse('[4,"7","NotSupported",{bad') == frames.CallError("7", "NotSupported", "", {})
    assert version.parse('[4,"7",{bad') == frames.CallError("7", "GenericError", "", {})
    for text in ('[3,"\\u', "[3", "[3,", "[4,{bad"):
        assert fault(version, text) == (None, "answer_without_id")


@pytest.mark.parametrize("rest", [',"7","NotifyPeriodicEventStream",{bad', ',"7",{bad', ",", "", ',"'])
def test_rule_9_a_broken_send_is_never_answered(rest: str) -> None:
    assert fault(V21, f"[6{rest}") == (None, "malformed_send")


def test_rule_9_a_broken_complaint_is_one_all_the_same() -> None:
    assert V21.parse('[5,"7","FormatViolation",{bad') == frames.CallResultError("7", "GenericError", "", {})
    assert fault(V21, "[5,{bad") == (None, "malformed_send")


@pytest.mark.parametrize("text", ["[9]", "[9,{}]", '[9,"7","X",{bad', "[9,{bad", '[-1,"7"]', "[62,"])
def test_rule_9_2_1_ignores_an_unknown_type_whatever_else_can_be_read(text: str) -> None:
    assert fault(V21, text) == (None, "unknown_message_type")
    assert fault(V201, text)[0][:2] in ([4, "-1"], [4, "7"])


@pytest.mark.parametrize("version", ALL, ids=lambda version: version.name)
@pytest.mark.parametrize("rest", [',"MakeCoffee"]', ',"MakeCoffee",', "]", ","])
def test_an_id_of_any_length_is_readable(version: versions.Version, rest: str) -> None:
    match version.parse(f'[2,"{LONG_ID}"{rest}'):
        case frames.Call(message_id=message_id):
            assert message_id == LONG_ID
        case frames.Fault(reply=str() as reply):
            assert json.loads(reply)[1] == LONG_ID
        case other:
            raise AssertionError(other)


def test_a_byte_order_mark_before_a_frame_is_no_part_of_it() -> None:
    assert V16.parse('\ufeff[2,"7","Heartbeat",{}]') == frames.Call("7", "Heartbeat", {})


def test_rule_10_a_description_has_at_most_255_characters() -> None:
    assert len(json.loads(V16.error("7", "GenericError", "x" * 1000))[3]) == 255
