"""The arithmetic against one that anybody can follow: ask for every minute what it costs, and add up.

Everything in these sessions happens at full minutes, so that nothing has to be split. Exact fractions, no rounding.
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import tariff
from csms.domain.tariff.model import DAYS, Restrictions
from tests.csms.domain.tariff.support import charging, component, element, made, parking, period

TIMES = st.sampled_from(["00:00", "01:30", "02:30", "03:00", "06:00", "12:05", "22:00", "23:59"])
LIMITS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "start_time": TIMES,
        "end_time": TIMES,
        "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
        "start_date": st.sampled_from(["2026-03-28", "2026-03-29"]),
        "end_date": st.sampled_from(["2026-03-29", "2026-10-25"]),
        "min_duration": st.sampled_from([0, 600, 7200]),
        "max_duration": st.sampled_from([3600, 86400]),
        "max_power": st.sampled_from(["7.4", "22"]),
        "min_power": st.sampled_from(["0", "3.7"]),
    },
)
ELEMENTS = st.lists(LIMITS, min_size=1, max_size=5).map(
    lambda many: [
        element(
            component("ENERGY", f"0.{number + 1}"),
            component("TIME", f"{number + 1}"),
            component("PARKING_TIME", f"{number + 7}"),
            **asked,
        )
        for number, asked in enumerate(many)
    ]
)
PERIODS = st.lists(
    st.one_of(
        st.builds(charging, st.integers(1, 900), st.integers(0, 60).map(str)),
        st.builds(parking, st.integers(1, 900)),
        st.builds(lambda minutes: period("withheld", minutes), st.integers(1, 100)),
    ),
    min_size=1,
    max_size=5,
)
STARTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)]),
    st.integers(0, 1440),
)
ZONES = st.sampled_from(
    [ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]
)


def minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def holds(asked: Restrictions | None, local: datetime, passed: int, watts: Fraction) -> bool:
    """Whether an element applies in the minute that begins now."""
    if asked is None:
        return True
    now = local.hour * 60 + local.minute
    start, end = minutes(asked.start_time or "00:00"), minutes(asked.end_time or "00:00") or 1440
    day = local.date()
    return (
        ((start <= now < end) if start < end else (now >= start or now < end))
        and (not asked.day_of_week or local.strftime("%A").upper() in asked.day_of_week)
        and (asked.start_date is None or day >= asked.start_date)
        and (asked.end_date is None or day < asked.end_date)
        and passed >= (asked.min_duration or 0)
        and (asked.max_duration is None or passed < asked.max_duration)
        and (asked.min_power is None or watts >= Fraction(asked.min_power) * 1000)
        and (asked.max_power is None or watts < Fraction(asked.max_power) * 1000)
    )


def told(what: tariff.Tariff, laid: tuple[tariff.Period, ...], zone: ZoneInfo) -> dict[tuple[str, int], Fraction]:
    """(dimension, element) -> Wh or seconds, minute by minute; element 0 is free."""
    found: dict[tuple[str, int], Fraction] = {}
    passed = 0
    for each in laid:
        each_minute = Fraction(each.energy_wh) * 60 / Fraction(each.duration_s)
        dimensions = {"ENERGY": each_minute}
        if each.kind != "withheld":
            dimensions["TIME" if each.kind == "charging" else "PARKING_TIME"] = Fraction(60)
        for _ in range(int(each.duration_s) // 60):
            local = (laid[0].start + timedelta(seconds=passed)).astimezone(zone)
            number = next(
                (
                    index
                    for index, part in enumerate(what.elements, 1)
                    if holds(part.restrictions, local, passed, each_minute * 60)
                ),
                0,
            )
            for dimension, quantity in dimensions.items():
                if quantity:
                    found[dimension, number] = found.get((dimension, number), Fraction(0)) + quantity
            passed += 60
    return found


@settings(max_examples=60, deadline=None)
@given(ELEMENTS, PERIODS, STARTS, ZONES)
def test_it_comes_to_the_same_as_asking_for_every_minute(
    elements: list[dict[str, Any]], periods: list[tariff.Period], start: datetime, zone: ZoneInfo
) -> None:
    what = made(*elements)
    laid = tariff.in_a_row(start, periods)
    expected = told(what, laid, zone)
    lines = [line for line in tariff.price(what, laid, zone).lines if line.dimension != "ROUNDING"]
    assert {(line.dimension, line.element or 0) for line in lines} == set(expected)
    rounded_up: dict[str, Fraction] = {}
    for line in lines:
        more = Fraction(line.quantity) - expected[line.dimension, line.element or 0]
        rounded_up[line.dimension] = rounded_up.get(line.dimension, Fraction(0)) + more
    assert all(Fraction(-1, 10**5) < more < 1 + Fraction(1, 10**5) for more in rounded_up.values())
