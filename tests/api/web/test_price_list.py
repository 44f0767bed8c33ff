"""A tariff as payers read it before they pay."""

from typing import Any

import msgspec
import pytest

from api.web import price_list, speech
from csms.domain.tariff import Tariff

ENERGY = {"type": "ENERGY", "price": "18.00", "vat": "18"}


def tariff(*elements: dict[str, Any], **more: Any) -> Tariff:
    return msgspec.convert({"currency": "INR", "tax_included": True, "elements": elements, **more}, Tariff)


def told(language: str, *elements: dict[str, Any], **more: Any) -> list[tuple[str, ...]]:
    return [tuple(each) for each in price_list.prices(speech.Speech(language), tariff(*elements, **more))]


def test_the_storys_tariff() -> None:
    story = {"price_components": [ENERGY, {"type": "PARKING_TIME", "price": "180.00", "step_size": 60}]}
    assert told("en", story) == [
        ("Energy", "₹18.00 per kWh", ""),
        ("Time after charging, while the car is still plugged in", "₹3.00 per minute", ""),
    ]
    remarks = price_list.remarks(speech.Speech("en"), tariff(story, idle_grace_s=600))
    assert remarks == ["The first 10 min after charging are free.", "Prices include tax."]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"type": "ENERGY", "price": "0.4567"}, "₹0.4567 per kWh"),
        ({"type": "ENERGY", "price": "0"}, "free of charge"),
        ({"type": "TIME", "price": "100.00"}, "₹100.00 per hour"),
        ({"type": "FLAT", "price": "5"}, "₹5.00"),
        (ENERGY, "₹18.00 per kWh, plus 18 % tax"),
    ],
)
def test_prices_say_what_they_are_for_and_what_is_added(component: dict[str, Any], expected: str) -> None:
    assert told("en", {"price_components": [component]}, tax_included=False)[0][1] == expected


@pytest.mark.parametrize(
    ("restrictions", "expected"),
    [
        ({"start_time": "22:00", "end_time": "06:00"}, "from 22:00 to 06:00"),
        ({"day_of_week": ["SATURDAY", "SUNDAY"], "min_kwh": "10"}, "on Sat, Sun, from 10 kWh"),
        ({"max_duration": 3600, "max_power": "11"}, "up to 1 hr, up to 11 kW"),
        ({"start_date": "2026-12-01"}, "from Dec 1, 2026"),
    ],
)
def test_when_a_price_counts(restrictions: dict[str, Any], expected: str) -> None:
    assert told("en", {"price_components": [ENERGY], "restrictions": restrictions})[0][2] == expected


def test_prices_of_reservations_are_of_no_interest_here_and_limits_are() -> None:
    reserved = {"price_components": [{"type": "FLAT", "price": "5"}], "restrictions": {"reservation": "RESERVATION"}}
    assert len(told("en", reserved, {"price_components": [ENERGY]})) == 1
    limited = tariff({"price_components": [ENERGY]}, max_price={"incl_vat": "900"}, min_price={"excl_vat": "20"})
    assert price_list.remarks(speech.Speech("de"), limited) == [
        "Ein Ladevorgang kostet mindestens 20,00\xa0₹.",
        "Ein Ladevorgang kostet höchstens 900,00\xa0₹.",
        "Preise inklusive Steuern.",
    ]
