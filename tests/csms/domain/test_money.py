"""Money: as many decimals as the currency has, rounded half up, never a float."""

from decimal import Decimal

import pytest

from csms.domain import money


@pytest.mark.parametrize(("currency", "decimals"), [("INR", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2), ("UYW", 4)])
def test_a_currency_has_the_decimals_of_its_country(currency: str, decimals: int) -> None:
    assert money.exponent(currency) == decimals


@pytest.mark.parametrize("currency", ["", "inr", "RUPEE", "XAU", "XXX", "ABC"])
def test_what_nobody_pays_in_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="is no ISO 4217 currency"):
        money.exponent(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("396", "INR", "396.00"),
        ("0.005", "INR", "0.01"),
        ("0.00499999", "INR", "0.00"),
        ("-0.005", "INR", "-0.01"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("1E+3", "JPY", "1000"),
    ],
)
def test_an_amount_is_rounded_half_up_and_keeps_its_decimals(amount: str, currency: str, shown: str) -> None:
    assert money.text(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("396.00", "INR", 39600), ("7", "JPY", 7), ("1.5", "KWD", 1500)]
)
def test_the_smallest_units_are_whole_numbers(amount: str, currency: str, units: int) -> None:
    assert money.minor(Decimal(amount), currency) == units
    assert money.from_minor(units, currency) == Decimal(amount)
    assert money.text(money.from_minor(units, currency), currency) == money.text(Decimal(amount), currency)


@pytest.mark.parametrize("amount", ["0.01", "396", "1E+3", "999999999999.99"])
def test_somebody_can_pay_that(amount: str) -> None:
    assert money.is_payable(Decimal(amount), "INR")


@pytest.mark.parametrize(
    "amount", ["0", "-1", "0.005", "NaN", "sNaN", "Infinity", "-Infinity", "1E+12", "1E+999", "9" * 999]
)
def test_nobody_can_pay_that(amount: str) -> None:
    assert not money.is_payable(Decimal(amount), "INR")


def test_json_says_amount_and_currency() -> None:
    assert money.shown(Decimal("396"), "INR") == {"amount": "396.00", "currency": "INR"}
