"""Tariffs told in sentences."""

from datetime import UTC, datetime

from csms.domain.tariff import explanation
from tests.csms.domain.tariff.support import component, element, made


def test_the_story_s_tariff() -> None:
    parts = component("ENERGY", "18.00", vat="18"), component("PARKING_TIME", "180.00", 60)
    what = made(element(*parts), currency="INR", tax_included=True, idle_grace_s=600)
    assert explanation.sentences(what) == [
        "1. Energy costs 18.00 INR per kWh, 18 % tax.",
        "1. Idle time after charging costs 180.00 INR per hour (3 INR a minute), in steps of 1 min.",
        "The first 10 min of each idle period are free.",
        "Prices include tax.",
    ]
    assert explanation.headline(what) == ["18.00 INR per kWh", "180.00 INR per hour idle"]


def test_all_that_elements_can_ask() -> None:
    what = made(
        element(component("TIME", "5.00", 300), component("FLAT", "2"), reservation="RESERVATION"),
        element(
            component("ENERGY", "0"),
            max_kwh="1",
            start_time="22:00",
            end_time="06:00",
            day_of_week=["SATURDAY", "SUNDAY"],
        ),
        element(component("TIME", "1.25"), min_duration=5400, min_power="11", max_power="22.5"),
        element(component("FLAT", "1.00"), start_date="2026-01-01", end_date="2026-02-01", max_current="16"),
        max_price={"excl_vat": "40", "incl_vat": "50"},
        min_price={"incl_vat": "2"},
        valid_to="2026-12-31T23:00:00Z",
    )
    assert explanation.sentences(what) == [
        "1. Reserved time costs 5.00 EUR per hour (0.0833 EUR a minute), in steps of 5 min, for the time that a"
        " connector is reserved.",
        "1. A reservation costs 2 EUR once, for the time that a connector is reserved.",
        "2. Energy costs nothing, from 22:00 to 06:00, on Saturday and Sunday, up to 1 kWh.",
        "3. Charging time costs 1.25 EUR per hour (0.0208 EUR a minute), after the first 1 h 30 min,"
        " at 11 kW to below 22.5 kW.",
        "4. A session costs 1.00 EUR once, from 2026-01-01 until before 2026-02-01, below 16 A.",
        "Where several elements fit, the first that has a price for it counts; where none does, it is free.",
        "A session costs at least 2.00 EUR with tax.",
        "A session costs at most 40.00 EUR without tax and 50.00 EUR with tax.",
        "Tax is added to prices.",
        "It is for sessions that begin until before 2026-12-31 23:00 UTC.",
    ]


def test_what_a_session_costs_that_begins_now() -> None:
    night = element(component("ENERGY", "9.00"), start_time="22:00", end_time="06:00")
    long = element(component("TIME", "5.00"), min_duration=3600)
    what = made(night, long, element(component("ENERGY", "18.00"), component("PARKING_TIME", "180.00")))
    assert explanation.beginning(what, datetime(2026, 3, 1, 23, tzinfo=UTC)) == [
        "9.00 EUR per kWh",
        "180.00 EUR per hour idle",
    ]
    assert explanation.beginning(what, datetime(2026, 3, 1, 12, tzinfo=UTC)) == [
        "18.00 EUR per kWh",
        "180.00 EUR per hour idle",
    ]
