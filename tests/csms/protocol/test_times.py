"""Times on the wire (rule 22)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.protocol import times
from tests.csms.protocol.support import patient

TEN = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:00:00.000Z",
        "2026-03-01T10:00:00.000000000Z",
        "2026-03-01T15:30:00+05:30",
        "2026-03-01T08:00:00-02:00",
        "2026-03-01 10:00:00Z",
    ],
)
def test_rule_22_fractions_and_offsets_are_read(text: str) -> None:
    assert times.read(text) == (TEN, None)


def test_rule_22_a_fraction_counts() -> None:
    assert times.read("2026-03-01T10:00:00.1234567Z") == (TEN.replace(microsecond=123456), None)


def test_rule_22_a_naive_time_is_utc_and_suspect() -> None:
    assert times.read("2026-03-01T10:00:00") == (TEN, "naive")


def test_rule_22_a_clock_at_1970_is_no_clock() -> None:
    assert times.read("1970-01-01T00:03:20Z") == (datetime(1970, 1, 1, 0, 3, 20, tzinfo=UTC), "no_clock")
    assert times.read("2000-01-01T00:00:00Z")[1] == "no_clock"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "12345"])
def test_rule_22_what_is_no_time_is_unreadable(text: str) -> None:
    assert times.read(text) == (None, "unreadable")


@patient
@given(st.text(st.characters()))
def test_no_text_makes_it_raise(text: str) -> None:
    moment, _ = times.read(text)
    assert moment is None or moment.tzinfo is UTC


def test_rule_22_times_are_written_in_utc_with_z() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    assert times.write(datetime(2026, 3, 1, 15, 30, 0, 250_000, tzinfo=kolkata)) == "2026-03-01T10:00:00.250Z"
