"""Gaps, overlaps and prices that never apply, told in words."""

from typing import Any

import pytest

from csms.domain.tariff.findings import findings
from tests.csms.domain.tariff.support import component, element, made

ENERGY = component("ENERGY", "0.25")
IDLE = component("PARKING_TIME", "6.00")


def told(*elements: dict[str, Any]) -> list[str]:
    return [each.text for each in findings(made(*elements))]


def test_what_always_has_one_price_is_fine() -> None:
    assert told(element(ENERGY, IDLE, component("FLAT", "1"))) == []
    assert told(element(ENERGY, start_time="22:00", end_time="06:00"), element(ENERGY)) == []


def test_exceptions_before_the_rule_are_how_tariffs_are_made() -> None:
    busy = element(ENERGY, start_time="08:00", end_time="18:00", day_of_week=["MONDAY", "TUESDAY"])
    assert told(busy, element(ENERGY, start_time="08:00", end_time="18:00"), element(ENERGY)) == []


@pytest.mark.parametrize(
    ("asked", "when"),
    [
        ({"start_time": "06:00", "end_time": "22:00"}, "from 22:00 to 06:00"),
        ({"start_time": "22:00", "end_time": "06:00"}, "from 06:00 to 22:00"),
        ({"start_time": "18:00"}, "from 00:00 to 18:00"),
        ({"day_of_week": ["SATURDAY", "SUNDAY"]}, "on Monday to Friday"),
        ({"day_of_week": ["MONDAY"]}, "on Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday"),
        ({"min_kwh": "5"}, "up to 5 kWh"),
        ({"max_kwh": "0.5"}, "after the first 500 Wh"),
        ({"min_power": "0", "max_power": "22"}, "at 22 kW or more"),
        ({"min_duration": 600, "max_duration": 3600}, "in the first 10 min or after the first 1 h"),
        ({"end_date": "2026-12-24"}, "from 2026-12-24 on"),
        ({"min_current": "16"}, "below 16 A"),
    ],
)
def test_a_gap_is_told_by_when_it_is(asked: dict[str, Any], when: str) -> None:
    assert told(element(ENERGY, **asked)) == [f"no element prices energy {when}: it is free then"]


def test_a_gap_of_two_restrictions_is_told_in_parts_that_do_not_touch() -> None:
    assert told(element(ENERGY, start_time="08:00", end_time="18:00", day_of_week=["SATURDAY", "SUNDAY"])) == [
        "no element prices energy from 18:00 to 08:00: it is free then",
        "no element prices energy from 08:00 to 18:00, on Monday to Friday: it is free then",
    ]


def test_two_that_meet_leave_no_gap() -> None:
    day, night = element(ENERGY, end_time="12:00"), element(ENERGY, start_time="12:00")
    assert told(day, night) == []


def test_two_that_overlap_in_part_are_told() -> None:
    (finding,) = findings(
        made(element(ENERGY, end_time="13:00"), element(ENERGY, start_time="12:00", end_time="00:00"))
    )
    assert (finding.kind, finding.elements) == ("overlap", (1, 2))
    assert finding.text == "elements 1 and 2 both price energy from 12:00 to 13:00: 1 counts"


def test_a_price_behind_one_that_always_fits_never_applies() -> None:
    (finding,) = findings(made(element(ENERGY), element(ENERGY, max_kwh="5")))
    assert (finding.kind, finding.elements) == ("unreachable", (2,))
    assert finding.text == "element 2 never prices energy: elements before it always fit"


def test_each_dimension_is_looked_at_by_itself() -> None:
    assert told(element(ENERGY), element(IDLE, start_time="08:00", end_time="20:00")) == [
        "no element prices idle time from 20:00 to 08:00: it is free then"
    ]


def test_reservations_have_no_gaps() -> None:
    assert told(element(ENERGY), element(component("TIME", "5"), reservation="RESERVATION", max_duration=60)) == []


def test_a_hundred_elements_are_looked_through() -> None:
    many = [
        element(
            ENERGY, start_time=f"{hour:02}:{minute:02}", min_kwh=str(hour), max_power=str(minute + 1), day_of_week=[day]
        )
        for hour in range(1, 6)
        for minute in range(0, 50, 10)
        for day in ("MONDAY", "TUESDAY", "FRIDAY", "SUNDAY")
    ]
    assert len(many) == 100
    assert len(told(*many)) == 10
