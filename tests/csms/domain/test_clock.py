"""Which times can be believed (rules 22, 50)."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from csms.domain import charging_profile, clock, commands
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


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1969-12-31T23:59:59Z"])
def test_a_time_that_utc_has_no_words_for_is_refused_where_it_is_read(text: str) -> None:
    schedule = {"unit": "A", "periods": [{"start_s": 0, "limit": 16}], "starts_at": text}
    for kind, fields in (
        (charging_profile.Schedule, schedule),
        (charging_profile.Profile, {"purpose": "tx", "schedules": [{**schedule, "starts_at": None}], "valid_to": text}),
        (commands.UpdateFirmware, {"command": "update-firmware", "url": "https://x.example/f", "install_at": text}),
        (commands.GetDiagnostics, {"command": "get-diagnostics", "from": text}),
    ):
        with pytest.raises(msgspec.ValidationError, match="between the years 1970 and 9999"):
            msgspec.convert(fields, kind)


def test_the_last_moment_of_utc_is_a_time_like_any_other() -> None:
    assert clock.objection(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)) is None
    assert clock.objection("9999") is None
