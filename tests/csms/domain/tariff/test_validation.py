"""Tariffs that are refused: each reason names the field and what to do."""

from typing import Any

import pytest

from csms.domain.tariff import validation
from tests.csms.domain.tariff.support import component, element, made

GOOD = element(component("ENERGY", "0.25"))


def told(*elements: dict[str, Any], **fields: Any) -> list[str]:
    return [f"{field}: {reason}" for field, reason in validation.problems(made(*elements, **fields))]


def test_a_good_tariff_has_no_problem() -> None:
    limits = {"min_price": {"excl_vat": "1", "incl_vat": "1.2"}, "max_price": {"incl_vat": "50"}}
    assert told(GOOD, element(component("FLAT", "0", vat="0"), day_of_week=["MONDAY"]), **limits) == []


def test_a_negative_price_is_refused() -> None:
    (problem,) = told(element(component("ENERGY", "-0.01")))
    assert problem.startswith("elements[0].price_components[0].price: must not be negative")


@pytest.mark.parametrize("price", ["NaN", "Infinity", "1E+30", "1000000001", "0.123456789", "1E+2"])
def test_a_price_that_nobody_can_compute_with_is_refused(price: str) -> None:
    assert len(told(element(component("ENERGY", price)))) == 1


@pytest.mark.parametrize("vat", ["-1", "101", "NaN"])
def test_a_tax_is_a_percentage(vat: str) -> None:
    assert len(told(element(component("ENERGY", "1", vat=vat)))) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"min_kwh": "5", "max_kwh": "5"},
        {"min_power": "22", "max_power": "11"},
        {"min_current": "-1"},
        {"min_kwh": "NaN", "max_kwh": "5"},
        {"min_duration": 60, "max_duration": 60},
        {"start_date": "2026-03-02", "end_date": "2026-03-02"},
    ],
)
def test_a_restriction_that_never_holds_is_refused(asked: dict[str, Any]) -> None:
    assert len(told(element(component("ENERGY", "1"), **asked))) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"currency": "RUPEES"}, "currency"),
        ({"valid_from": "2026-03-02T00:00:00Z", "valid_to": "2026-03-02T00:00:00Z"}, "valid_to"),
        ({"min_price": {}}, "min_price"),
        ({"min_price": {"excl_vat": "2", "incl_vat": "1"}}, "min_price.incl_vat"),
        ({"min_price": {"excl_vat": "2"}, "max_price": {"excl_vat": "1"}}, "max_price.excl_vat"),
        ({"max_price": {"incl_vat": "-1"}}, "max_price.incl_vat"),
    ],
)
def test_what_the_whole_tariff_says_must_make_sense(fields: dict[str, Any], field: str) -> None:
    assert [problem.partition(":")[0] for problem in told(GOOD, **fields)] == [field]


def test_an_element_has_one_price_for_each_dimension() -> None:
    (problem,) = told(element(component("ENERGY", "1"), component("ENERGY", "2")))
    assert problem == "elements[0].price_components[1]: a second price for ENERGY: make another element for it"


def test_a_reservation_takes_no_energy() -> None:
    (problem,) = told(element(component("ENERGY", "1"), reservation="RESERVATION"))
    assert problem.endswith("a reservation has only TIME and FLAT: nothing flows yet")
