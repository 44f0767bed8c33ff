"""What a session costs: worked examples, each checked by hand; the rules of steps, limits, taxes and rounding."""

from decimal import Decimal
from typing import Any

import pytest

from tests.csms.domain.tariff.support import (
    MONDAY,
    bill,
    charging,
    component,
    cost,
    element,
    lines,
    made,
    parking,
    period,
)

STORY = made(
    element(component("ENERGY", "18.00"), component("PARKING_TIME", "180.00", 60)), currency="INR", tax_included=True
)


def test_the_story_s_session_costs_396_rupees_and_its_ten_idle_minutes_30() -> None:
    found = bill(STORY, charging(60, "22"), parking(10))
    assert lines(found) == [("ENERGY", "22000", "396.00"), ("PARKING_TIME", "600", "30.00")]
    assert (found.total_excl, found.total_incl) == (Decimal("426.00"), Decimal("426.00"))
    assert found.arithmetic == 1


def test_nothing_used_costs_nothing() -> None:
    assert bill(STORY).lines == ()
    assert cost(STORY) == "0.00"


# -- The examples of the OCPI specification ----------------------------------------------------------------------------

START_FEE = component("FLAT", "0.50", vat="20")
ENERGY = component("ENERGY", "0.25", vat="10")


@pytest.mark.parametrize(
    ("elements", "periods", "excl", "incl"),
    [
        ([element(ENERGY)], [charging(60, "20")], "5.00", "5.50"),
        ([element(START_FEE, ENERGY)], [charging(60, "20")], "5.50", "6.10"),
        (
            [element(START_FEE, ENERGY, component("PARKING_TIME", "2.00", 900, "20"))],
            [charging(60, "20"), parking(40)],
            "7.00",
            "7.90",
        ),
        ([element(component("TIME", "2.00", 60, "10"))], [charging(150)], "5.00", "5.50"),
        (
            [element(component("TIME", "3.00", 60, "10"), component("PARKING_TIME", "5.00", 300, "20"))],
            [charging(150), parking(42)],
            "11.25",
            "12.75",
        ),
        (
            [
                element(component("TIME", "5.00", 60, "20"), reservation="RESERVATION"),
                element(START_FEE, ENERGY),
            ],
            [period("reservation", 15), charging(60, "20")],
            "6.75",
            "7.60",
        ),
        (
            [
                element(
                    component("FLAT", "2.00", vat="20"), component("TIME", "5.00", 300, "20"), reservation="RESERVATION"
                ),
                element(START_FEE, ENERGY),
            ],
            [period("reservation", 13), charging(60, "20")],
            "8.75",
            "10.00",
        ),
    ],
    ids=["energy", "start fee", "parking", "hour", "hour and parking", "reservation", "reservation fee"],
)
def test_the_examples_of_ocpi(elements: list[Any], periods: list[Any], excl: str, incl: str) -> None:
    found = bill(made(*elements), *periods)
    assert (format(found.total_excl, "f"), format(found.total_incl, "f")) == (excl, incl)


EXPIRING = made(
    element(component("FLAT", "4.00", vat="20"), reservation="RESERVATION_EXPIRES"),
    element(component("TIME", "2.00", 600, "20"), reservation="RESERVATION"),
    element(START_FEE, ENERGY),
)


@pytest.mark.parametrize(
    ("periods", "excl", "incl"),
    [
        ([period("reservation", 22), charging(60, "20")], "6.50", "7.30"),
        ([period("expired_reservation", 60)], "6.00", "7.20"),
    ],
    ids=["used", "expired"],
)
def test_an_expired_reservation_pays_its_fee_and_the_time(periods: list[Any], excl: str, incl: str) -> None:
    found = bill(EXPIRING, *periods)
    assert (format(found.total_excl, "f"), format(found.total_incl, "f")) == (excl, incl)


def test_an_expired_reservation_s_own_price_for_time_comes_before_that_of_any() -> None:
    dear = made(
        element(component("TIME", "3.00", 600), reservation="RESERVATION"),
        element(component("TIME", "6.00", 600), reservation="RESERVATION_EXPIRES"),
    )
    assert cost(dear, period("expired_reservation", 90)) == "9.00"
    assert cost(dear, period("reservation", 90)) == "4.50"


# -- Which price applies -----------------------------------------------------------------------------------------------


def test_dimensions_come_from_different_elements() -> None:
    what = made(element(component("ENERGY", "0.40"), max_power="16"), element(component("ENERGY", "0.60"), START_FEE))
    assert cost(what, charging(60, "10")) == "4.60"


def test_what_no_element_prices_is_free_and_said_so() -> None:
    nightly = made(element(component("ENERGY", "0.40"), start_time="22:00", end_time="06:00"))
    found = bill(nightly, charging(60, "10"))
    assert lines(found) == [("ENERGY", "10000", "0.00")]
    assert (found.lines[0].price, found.lines[0].reason) == (
        None,
        "free: no element of the tariff has a price for this",
    )


def test_a_dimension_that_the_tariff_never_asks_for_has_no_line() -> None:
    assert lines(bill(made(element(component("TIME", "1.00"))), charging(60, "10"))) == [("TIME", "3600", "1.00")]


def test_a_fee_is_charged_once_however_often_it_is_met_again() -> None:
    day = element(component("ENERGY", "0.50"), component("FLAT", "1.00"), end_time="12:00")
    night = element(component("ENERGY", "0.30"), component("FLAT", "1.00"))
    assert cost(made(day, night), charging(60, "10"), parking(30), charging(60, "10"), parking(30)) == "10.00"


def test_different_fees_are_charged_once_each() -> None:
    day = element(component("FLAT", "1.00"), end_time="12:00")
    night = element(component("FLAT", "2.00"))
    assert cost(made(day, night), charging(180)) == "3.00"


def test_time_in_which_the_charger_gives_nothing_is_neither_charging_nor_parking() -> None:
    what = made(element(component("TIME", "1.00"), component("PARKING_TIME", "60.00"), component("ENERGY", "1")))
    assert cost(what, charging(60), period("withheld", 60, "0.5"), charging(60)) == "2.50"


def test_energy_counts_while_the_vehicle_idles() -> None:
    assert cost(STORY, charging(60, "1"), parking(0, "0.5")) == "27.00"


def test_a_fee_for_reserving_is_another_than_the_same_for_charging() -> None:
    fee = component("FLAT", "1.00")
    assert (
        cost(made(element(fee, reservation="RESERVATION"), element(fee)), period("reservation", 5), charging(5))
        == "2.00"
    )


# -- Idle grace --------------------------------------------------------------------------------------------------------

GRACE = made(element(component("PARKING_TIME", "60.00", 60)), idle_grace_s=600)


@pytest.mark.parametrize(("minutes", "total"), [(5, "0.00"), (10, "0.00"), (10.5, "1.00"), (25, "15.00")])
def test_the_grace_of_an_idle_period_is_unpriced(minutes: float, total: str) -> None:
    assert cost(GRACE, charging(60), parking(minutes)) == total


def test_the_grace_begins_anew_with_each_idle_period_but_not_with_each_sample() -> None:
    assert cost(GRACE, charging(60), parking(6), parking(6), charging(1), parking(12)) == "4.00"


def test_the_free_minutes_are_told() -> None:
    found = bill(GRACE, charging(60), parking(15))
    assert lines(found) == [("PARKING_TIME", "600", "0.00"), ("PARKING_TIME", "300", "5.00")]
    assert found.lines[0].reason == "the first 10 min of each idle period are free"


def test_free_by_grace_and_free_by_a_gap_are_told_apart() -> None:
    what = made(element(component("PARKING_TIME", "60.00"), end_time="11:30"), idle_grace_s=600)
    assert lines(bill(what, charging(60), parking(40))) == [
        ("PARKING_TIME", "600", "0.00"),
        ("PARKING_TIME", "1200", "20.00"),
        ("PARKING_TIME", "600", "0.00"),
    ]


# -- Steps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kwh", "total"), [("115.2", "116.00"), ("115", "115.00"), ("0", "0.00")])
def test_energy_is_rounded_up_to_whole_steps_and_a_multiple_stays(kwh: str, total: str) -> None:
    assert cost(made(element(component("ENERGY", "1", 1000))), charging(60, kwh)) == total


def test_steps_are_taken_once_a_session_by_the_last_price() -> None:
    what = made(element(component("TIME", "1.20", 1800), end_time="17:00"), element(component("TIME", "2.40", 900)))
    start = bill(what, charging(35), start=MONDAY.replace(hour=16, minute=35))
    assert lines(start) == [("TIME", "1500", "0.50"), ("TIME", "1200", "0.80")]


def test_charging_followed_by_priced_parking_is_not_rounded() -> None:
    what = made(element(component("TIME", "6.00", 300), component("PARKING_TIME", "6.00", 300)))
    assert lines(bill(what, charging(21), parking(7))) == [("TIME", "1260", "2.10"), ("PARKING_TIME", "600", "1.00")]


def test_parking_followed_by_charging_is_not_rounded() -> None:
    what = made(element(component("TIME", "6.00", 300), component("PARKING_TIME", "6.00", 300)))
    found = lines(bill(what, charging(10), parking(7), charging(11)))
    assert found == [("TIME", "1500", "2.50"), ("PARKING_TIME", "420", "0.70")]


def test_charging_followed_by_free_parking_is_rounded() -> None:
    assert cost(made(element(component("TIME", "6.00", 600))), charging(21), parking(7)) == "3.00"


def test_reserved_time_is_rounded_by_itself() -> None:
    what = made(
        element(component("TIME", "6.00", 600), reservation="RESERVATION"), element(component("TIME", "6.00", 600))
    )
    assert cost(what, period("reservation", 5), charging(5)) == "2.00"


def test_free_energy_makes_no_step_dearer() -> None:
    what = made(element(component("ENERGY", "1.00", 1000), min_kwh="0.5"))
    assert lines(bill(what, charging(60, "2.3"))) == [("ENERGY", "500", "0.00"), ("ENERGY", "2000", "2.00")]


def test_a_third_is_no_more_than_a_third() -> None:
    thirds = made(element(component("ENERGY", "1", 1000), end_time="11:00"), element(component("ENERGY", "1", 1000)))
    assert cost(thirds, charging(180, "10")) == "10.00"


# -- Tax ---------------------------------------------------------------------------------------------------------------


def test_a_missing_tax_differs_from_none() -> None:
    zero = bill(made(element(component("ENERGY", "1.00", vat="0"))), charging(60, "5"))
    unknown = bill(made(element(component("ENERGY", "1.00"))), charging(60, "5"))
    assert [tax.vat for tax in zero.taxes] == [Decimal(0)]
    assert [tax.vat for tax in unknown.taxes] == [None]
    assert zero.total_incl == unknown.total_incl == Decimal("5.00")


def test_a_price_with_tax_in_it_is_divided() -> None:
    found = bill(made(element(component("ENERGY", "1.18", vat="18")), tax_included=True), charging(60, "100"))
    assert (found.total_excl, found.total_incl) == (Decimal("100.00"), Decimal("118.00"))


def test_taxes_add_up_to_the_totals_for_each_rate() -> None:
    found = bill(
        made(element(component("ENERGY", "0.333", vat="19"), component("FLAT", "0.777", vat="7"))), charging(60, "7")
    )
    assert {tax.vat: (tax.excl, tax.amount) for tax in found.taxes} == {
        Decimal(7): (Decimal("0.78"), Decimal("0.05")),
        Decimal(19): (Decimal("2.33"), Decimal("0.45")),
    }
    assert sum(tax.excl for tax in found.taxes) == found.total_excl
    assert sum(tax.excl + tax.amount for tax in found.taxes) == found.total_incl


# -- Limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwh", "excl", "incl"), [("1", "0.50", "0.55"), ("2", "0.50", "0.55"), ("20", "5.00", "5.50")]
)
def test_a_session_costs_at_least_the_minimum(kwh: str, excl: str, incl: str) -> None:
    found = bill(made(element(ENERGY), min_price={"excl_vat": "0.50", "incl_vat": "0.55"}), charging(60, kwh))
    assert (format(found.total_excl, "f"), format(found.total_incl, "f")) == (excl, incl)
    assert sum(line.amount_incl for line in found.lines) == found.total_incl


@pytest.mark.parametrize(("kwh", "excl", "incl"), [("50", "10.00", "11.00"), ("30", "8.00", "8.85")])
def test_a_session_costs_at_most_the_maximum_with_and_without_tax_apart(kwh: str, excl: str, incl: str) -> None:
    what = made(element(START_FEE, ENERGY), max_price={"excl_vat": "10.00", "incl_vat": "11.00"})
    found = bill(what, charging(60, kwh))
    assert (format(found.total_excl, "f"), format(found.total_incl, "f")) == (excl, incl)
    assert sum(tax.excl + tax.amount for tax in found.taxes) == found.total_incl


def test_a_limit_without_its_other_side_moves_that_in_proportion() -> None:
    found = bill(made(element(ENERGY), max_price={"excl_vat": "10.00"}), charging(60, "80"))
    assert (found.total_excl, found.total_incl) == (Decimal("10.00"), Decimal("11.00"))


# -- Rounding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("currency", "total"), [("EUR", "0.67"), ("JPY", "1"), ("KWD", "0.665"), ("INR", "0.67")])
def test_totals_are_rounded_half_up_to_the_decimals_of_the_currency(currency: str, total: str) -> None:
    assert cost(made(element(component("ENERGY", "0.665")), currency=currency), charging(60, "1")) == total


def test_what_rounding_leaves_is_its_own_line() -> None:
    half = component("ENERGY", "0.004"), component("TIME", "0.004"), component("FLAT", "0.004")
    found = bill(made(element(*half)), charging(60, "1"))
    assert found.total_incl == Decimal("0.01")
    assert lines(found)[-1] == ("ROUNDING", "1", "0.01")


@pytest.mark.parametrize("price", ["0.015", "0.055", "0.065", "0.125", "0.185"])
def test_a_half_that_divisions_made_is_a_half(price: str) -> None:
    """Three thirds of a kWh, each at a price of its own element, are a kWh; a half is rounded up."""
    thirds = [element(component("ENERGY", price), max_duration=limit) for limit in (1200, 2400, 3600)]
    found = bill(made(*thirds), charging(60, "1"))
    assert found.total_incl == Decimal(price) + Decimal("0.005")
