"""Which times can be believed (rules 22, 50)."""

from datetime import UTC, datetime, timedelta

import pytest

from csms.domain import clock
from tests.csms.domain.support import BEGIN


@pytest.mark.parametrize("at", [BEGIN, BEGIN - timedelta(days=30), BEGIN + clock.FUTURE])
def test_a_time_that_a_set_clock_can_have_said_is_taken(at: datetime) -> None:
    assert clock.moment(at, BEGIN) is at


@pytest.mark.parametrize(
    "at",
    [
        None,
        datetime(1970, 1, 1, tzinfo=UTC),
        BEGIN + clock.FUTURE + timedelta(milliseconds=1),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_rule_22_a_clock_that_was_never_set_is_no_clock(at: datetime | None) -> None:
    assert not clock.plausible(at, BEGIN)
    assert clock.moment(at, BEGIN) is BEGIN


def test_the_last_moment_of_all_can_be_compared() -> None:
    end = datetime.max.replace(tzinfo=UTC)
    assert clock.plausible(end, end)


def test_a_duration_is_never_negative() -> None:
    assert clock.seconds(BEGIN, BEGIN + timedelta(seconds=61.9)) == 61
    assert clock.seconds(BEGIN, BEGIN - timedelta(seconds=5)) == 0
