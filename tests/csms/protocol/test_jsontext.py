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
