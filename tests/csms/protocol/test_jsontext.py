"""JSON in and out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.protocol import jsontext
from tests.csms.protocol.support import patient

NUMBERS = ["1.50", "1e3", "1E+3", "-0.0", "0.15003999999999998", "1E400", "123456789012345678901234567890.5"]


@pytest.mark.parametrize("text", NUMBERS)
def test_rule_48_a_number_keeps_its_text(text: str) -> None:
    assert jsontext.decode_exact(text).text == text
    assert jsontext.encode({"a": [jsontext.decode_exact(text)]}) == f'{{"a":[{text}]}}'


@pytest.mark.parametrize("text", ["", "[", "NaN", "1e99999999999999999999", '"\\ud800"', "\ud800", "[" * 100_000])
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(jsontext.JsonError):
        jsontext.decode(text)


def test_more_levels_than_ocpp_can_need_are_refused() -> None:
    allowed = "[" * 99 + "{}" + "]" * 99
    assert jsontext.encode(jsontext.decode(allowed)) == allowed
    for text in (f"[{allowed}]", f'{{"a":{allowed}}}', f"[1,{{}},{allowed}]"):
        with pytest.raises(jsontext.JsonError):
            jsontext.decode(text)


def test_many_brackets_side_by_side_are_no_depth() -> None:
    assert len(jsontext.decode("[" + ",".join(["[{}]"] * 1000) + "]")) == 1000


@pytest.mark.parametrize("item", ["[]", "1.5", '{"a":1}', "[[[[[[[[]]]]]]]]"])
def test_a_megabyte_in_which_every_few_characters_are_a_value_is_refused(item: str) -> None:
    with pytest.raises(jsontext.JsonError, match="too many values"):
        jsontext.decode("[" + ",".join([item] * (2**20 // (len(item) + 1))) + "]")


@pytest.mark.parametrize(
    "sample",
    [
        {"timestamp": "2026-03-01T09:00:00Z", "sampledValue": [{"value": "123456", "unit": "Wh"}]},
        {"timestamp": "2026-03-01T09:00:00.000Z", "sampledValue": [{"value": "1234567"}]},
        {"value": "1", "measurand": "Voltage", "phase": "L1-N", "unit": "V"},
    ],
)
def test_a_megabyte_of_a_meter_s_samples_is_read(sample: object) -> None:
    text = jsontext.encode([sample] * (2**20 // len(jsontext.encode(sample)) - 1))
    assert len(jsontext.decode(text)) > 5000


def test_a_digest_does_not_depend_on_order_or_spaces() -> None:
    one = jsontext.decode('{"a":1,"b":{"c":2.50,"d":[]}}')
    other = jsontext.decode('{ "b": {"d": [], "c": 2.50},\n "a": 1 }')
    assert jsontext.digest(one) == jsontext.digest(other)
    assert len(jsontext.digest(one)) == 16


@patient
@given(st.dictionaries(st.text(), st.integers()), st.dictionaries(st.text(), st.integers()))
def test_a_digest_tells_contents_apart(one: dict[str, int], other: dict[str, int]) -> None:
    assert (jsontext.digest(one) == jsontext.digest(other)) == (one == other)


@pytest.mark.parametrize("number", [10**30, -(2**63) - 1, Decimal("1E400")])
def test_plain_refuses_numbers_that_the_log_cannot_hold(number: object) -> None:
    with pytest.raises(jsontext.JsonError):
        jsontext.plain({"deep": [number]})


def test_plain_has_floats_and_refuses_what_no_float_holds() -> None:
    assert jsontext.plain({"limit": Decimal("16.1")}) == {"limit": 16.1}
    with pytest.raises(jsontext.JsonError):
        jsontext.plain(Decimal("1E400"))


def test_nothing_but_json_is_written() -> None:
    with pytest.raises(TypeError):
        jsontext.encode(object())
