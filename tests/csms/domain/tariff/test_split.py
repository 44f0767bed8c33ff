"""Where prices change inside of a period: by the wall clock (days of 23 and 25 hours, too), duration, energy, power."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from csms.domain import tariff
from tests.csms.domain.tariff.support import (
    MONDAY,
    bill,
    charging,
    component,
    cost,
    element,
    lines,
    made,
    named,
    parking,
    period,
)

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def hours(what: tariff.Tariff, start: datetime, length: int, zone: ZoneInfo) -> dict[str, Decimal]:
    """Hours charged -> by the price of each."""
    found = bill(what, charging(length * 60), start=start, zone=zone)
    return {format(line.price, "f"): line.quantity / 3600 for line in named(found, "TIME") if line.price is not None}


def by_hour(price: str, **asked: Any) -> dict[str, Any]:
    return element(component("TIME", price), **asked)


DAY_NIGHT = made(by_hour("1", start_time="22:00", end_time="06:00"), by_hour("2"))


def test_a_period_is_split_where_the_time_of_day_changes_the_price() -> None:
    assert hours(DAY_NIGHT, datetime(2026, 3, 2, 20, tzinfo=UTC), 12, ZoneInfo("UTC")) == {"2": 4, "1": 8}


def test_times_are_those_of_the_station() -> None:
    assert hours(DAY_NIGHT, datetime(2026, 3, 2, 15, 30, tzinfo=UTC), 2, KOLKATA) == {"2": 1, "1": 1}


@pytest.mark.parametrize(
    ("day", "night"),
    [(date(2026, 3, 28), 7), (date(2026, 3, 27), 8), (date(2026, 10, 24), 9)],
    ids=["23 hours", "24 hours", "25 hours"],
)
def test_a_night_is_as_long_as_it_is_when_summer_time_begins_or_ends(day: date, night: int) -> None:
    noon = datetime.combine(day, time(12), BERLIN).astimezone(UTC)
    found = hours(DAY_NIGHT, noon, 30, BERLIN)
    assert found["1"] == night
    assert found["2"] == 30 - night


def test_a_time_that_comes_twice_counts_twice() -> None:
    what = made(by_hour("1", start_time="02:15", end_time="02:45"), by_hour("2"))
    midnight = datetime(2026, 10, 25, tzinfo=BERLIN).astimezone(UTC)
    assert hours(what, midnight, 5, BERLIN) == {"2": 4, "1": 1}


def test_a_time_that_never_comes_does_not_count() -> None:
    what = made(by_hour("1", start_time="02:15", end_time="03:30"), by_hour("2"))
    midnight = datetime(2026, 3, 29, tzinfo=BERLIN).astimezone(UTC)
    assert hours(what, midnight, 5, BERLIN) == {"2": Decimal("4.5"), "1": Decimal("0.5")}


@pytest.mark.parametrize(
    ("asked", "inside"),
    [
        ({"start_time": "12:00"}, 12),
        ({"end_time": "10:00"}, 10),
        ({"start_time": "18:00", "end_time": "00:00"}, 6),
        ({"start_time": "00:00", "end_time": "00:00"}, 24),
        ({"start_time": "08:00", "end_time": "08:00"}, 24),
        ({"start_time": "23:00", "end_time": "01:00"}, 2),
        ({"day_of_week": ["MONDAY"]}, 24),
        ({"day_of_week": ["TUESDAY", "SUNDAY"]}, 0),
        ({"start_date": "2026-03-02", "end_date": "2026-03-03"}, 24),
        ({"start_date": "2026-03-03"}, 0),
        ({"end_date": "2026-03-02"}, 0),
        ({"start_time": "22:00", "end_time": "02:00", "day_of_week": ["MONDAY"]}, 4),
    ],
)
def test_how_much_of_a_monday_lies_inside(asked: dict[str, Any], inside: int) -> None:
    found = hours(made(by_hour("1", **asked), by_hour("2")), MONDAY.replace(hour=0), 24, ZoneInfo("UTC"))
    assert found.get("1", 0) == inside
    assert found.get("2", 0) == 24 - inside


def test_a_new_day_may_be_another_price() -> None:
    what = made(by_hour("1", day_of_week=["SATURDAY", "SUNDAY"]), by_hour("2"))
    assert hours(what, datetime(2026, 3, 8, 22, tzinfo=UTC), 4, ZoneInfo("UTC")) == {"1": 2, "2": 2}


def test_energy_is_spread_evenly_over_a_split_period() -> None:
    what = made(element(component("ENERGY", "1"), end_time="10:15"), element(component("ENERGY", "2")))
    assert lines(bill(what, charging(60, "8"))) == [("ENERGY", "2000", "2.00"), ("ENERGY", "6000", "12.00")]


def test_a_threshold_of_energy_splits_in_the_middle_of_a_period() -> None:
    what = made(
        element(component("ENERGY", "1"), component("TIME", "6"), max_kwh="5"), element(component("ENERGY", "2"))
    )
    found = lines(bill(what, charging(30, "4"), charging(30, "4")))
    assert found == [
        ("ENERGY", "5000", "5.00"),
        ("TIME", "2250", "3.75"),
        ("ENERGY", "3000", "6.00"),
        ("TIME", "1350", "0.00"),
    ]


def test_energy_without_time_is_split_as_well() -> None:
    what = made(element(component("ENERGY", "1"), max_kwh="5"), element(component("ENERGY", "2")))
    assert cost(what, charging(0, "8")) == "11.00"


@pytest.mark.parametrize(("minutes", "total"), [(20, "0.00"), (30, "0.00"), (40, "0.30")])
def test_the_duration_of_the_session_splits(minutes: int, total: str) -> None:
    free, normal = component("ENERGY", "0"), component("ENERGY", "0.25")
    what = made(
        element(free, max_duration=1800), element(normal, max_duration=3600), element(component("ENERGY", "0.40"))
    )
    samples = [charging(10, "1.2")] * (minutes // 10)
    assert cost(what, *samples) == total


def test_a_threshold_belongs_to_what_begins_there() -> None:
    what = made(by_hour("60", min_duration=3600), by_hour("6"))
    assert cost(what, charging(60)) == "6.00"
    assert cost(what, charging(61)) == "7.00"


def test_a_session_lasts_from_its_own_begin_not_from_its_reservation_s() -> None:
    what = made(
        element(component("TIME", "1"), reservation="RESERVATION", max_duration=600),
        element(component("TIME", "9"), reservation="RESERVATION"),
        by_hour("6", max_duration=3600),
        by_hour("60"),
    )
    assert cost(what, period("reservation", 70), charging(60)) == "15.17"


POWERS = made(
    element(component("ENERGY", "0.20"), max_power="16"),
    element(component("ENERGY", "0.35"), max_power="32"),
    element(component("ENERGY", "0.50")),
)


def test_each_period_has_its_power() -> None:
    found = (charging(10, "1", power_w=6000), charging(50, "40", power_w=48000), charging(7.5, "0.5", power_w=4000))
    assert cost(POWERS, *found) == "20.30"


def test_a_power_that_nobody_measured_is_what_the_energy_says() -> None:
    assert cost(POWERS, charging(60, "20")) == "7.00"


def test_a_maximum_is_exclusive_and_a_minimum_inclusive() -> None:
    assert cost(POWERS, charging(60, "16")) == "5.60"


def test_a_current_that_nobody_measured_fits_no_limit() -> None:
    what = made(element(component("ENERGY", "1"), max_current="16"), element(component("ENERGY", "2")))
    assert cost(what, charging(60, "5", current_a=10)) == "5.00"
    assert cost(what, charging(60, "5", current_a=16)) == "10.00"
    assert cost(what, charging(60, "5")) == "10.00"


def test_where_nothing_flows_the_current_is_nothing() -> None:
    what = made(element(component("PARKING_TIME", "60"), max_current="1"))
    assert cost(what, charging(60, "5"), parking(2)) == "2.00"


def test_a_session_of_a_month_ends_where_it_ends() -> None:
    assert hours(DAY_NIGHT, datetime(2026, 3, 15, 5, tzinfo=UTC), 24 * 30, BERLIN) == {
        "1": 30 * 8 - 1,
        "2": 30 * 16 + 1,
    }
