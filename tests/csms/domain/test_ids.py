"""Ids from content: the same record finds itself, another one never does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import ids

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PART = st.one_of(
    st.none(),
    st.integers(),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
)


def key(**other: object) -> str:
    parts = {"charger_id": "CP-01", "connector_id": 1, "token": "t1", "at": AT, "meter": Decimal(10)} | other
    return ids.start_key(**parts)  # type: ignore[arg-type]


@given(st.lists(PART, max_size=4), st.lists(PART, max_size=4))
def test_equal_parts_give_equal_digests_and_other_parts_others(left: list[object], right: list[object]) -> None:
    same = [(type(part), str(part)) for part in left] == [(type(part), str(part)) for part in right]
    assert (ids.digest(*left) == ids.digest(*right)) == same


def test_where_one_part_ends_matters() -> None:
    assert ids.digest("ab", "c") != ids.digest("a", "bc")


def test_text_that_is_no_unicode_has_a_digest() -> None:
    assert len(ids.digest("\ud800", size=10)) == 10


def test_rule_34_the_same_start_has_the_same_key() -> None:
    assert key() == key()


@pytest.mark.parametrize(
    "other", [{"connector_id": 2}, {"token": "t2"}, {"token": None}, {"meter": None}, {"at": None}]
)
def test_rule_34_a_start_that_differs_in_a_key_field_has_another_key(other: dict[str, object]) -> None:
    assert key(**other) != key()


def test_rule_7_a_charger_that_changes_the_case_of_its_name_keeps_its_keys() -> None:
    assert key(charger_id="cp-01") == key()
    assert ids.session_id("cp-01", "k") == ids.session_id("CP-01", "k")


def test_two_chargers_never_share_a_session() -> None:
    assert ids.session_id("CP-01", "k") != ids.session_id("CP-02", "k")


def test_rule_34_each_successor_of_a_start_has_a_key_of_its_own() -> None:
    first = ids.successor_key(key(), "s1")
    assert len({key(), first, ids.successor_key(first, "s2")}) == 3


def test_a_session_id_is_short_and_fit_for_a_url() -> None:
    assert ids.session_id("RDAM 123/x", "k").isalnum()
    assert len(ids.session_id("CP-01", "k")) == 21


def test_a_sample_is_known_by_its_time_and_its_content() -> None:
    known = ids.sample_id(AT, b"record")
    assert known == ids.sample_id(AT, b"record")
    assert known != ids.sample_id(AT + timedelta(seconds=1), b"record")
    assert known != ids.sample_id(AT, b"other")


@pytest.mark.parametrize("at", [None, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_sample_with_any_time_or_none_has_an_id_of_the_same_length(at: datetime | None) -> None:
    assert len(ids.sample_id(at, b"record")) == len(ids.sample_id(AT, b"record"))


def test_samples_of_one_moment_are_neighbours_whatever_they_say() -> None:
    said = [ids.sample_id(AT + timedelta(seconds=second), record) for second in range(3) for record in (b"1", b"2")]
    assert said == sorted(said)
