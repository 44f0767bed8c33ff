"""Amounts, energies and days are written as people write them where they read the document."""

import pytest

from csms.printing.forms import Forms


@pytest.mark.parametrize(
    ("language", "country", "amount", "day"),
    [
        ("en", "IN", "12,34,567.00 INR", "1 Mar 2026"),
        ("hi", "IN", "12,34,567.00 INR", "1 मार्च 2026"),
        ("de", "DE", "1.234.567,00 INR", "01.03.2026"),
        ("en", None, "1,234,567.00 INR", "1 Mar 2026"),
        ("de", "IN", "1.234.567,00 INR", "01.03.2026"),
        ("en", "ZZ", "1,234,567.00 INR", "1 Mar 2026"),
    ],
)
def test_amounts_and_days(language: str, country: str | None, amount: str, day: str) -> None:
    forms = Forms(language, country)
    assert forms.amount({"amount": "1234567.00", "currency": "INR"}) == amount
    assert forms.day("2026-03-01") == day


@pytest.mark.parametrize(("text", "told"), [("990", "990"), ("2.577", "2,577"), ("-0.50", "-0,50")])
def test_an_amount_keeps_the_decimals_of_its_currency(text: str, told: str) -> None:
    assert Forms("de", "DE").money(text) == told


def test_what_nobody_knows_is_left_out() -> None:
    forms = Forms("en", None)
    assert (forms.kwh(None), forms.moment(None), forms.day(None), forms.amount(None)) == ("", "", None, None)


def test_countries_and_rates() -> None:
    forms = Forms("de", "DE")
    assert (forms.country("IN"), forms.percent(18), forms.percent("5.5")) == ("Indien", "18 %", "5,5 %")
