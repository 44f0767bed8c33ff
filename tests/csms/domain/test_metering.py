"""Sampled values to energy, power and state of charge (rules 47-49)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import facts, metering
from tests.csms.domain import support


def measure(*values: facts.Sampled) -> metering.Measured:
    return metering.measure(facts.Reading(support.BEGIN, values))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1500", "1500"),
        ("1500.25", "1500.25"),
        ("0.15003999999999998", "0.15003999999999998"),
        ("1.5e3", "1500"),
        ("1,5", "1.5"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234,567.8", "1234567.8"),
        (" 7 ", "7"),
    ],
)
def test_rule_47_a_value_is_text_with_decimals_exponents_and_commas(text: str, number: str) -> None:
    assert metering.number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", " ", "n/a", "12 kWh", "1.2.3", "NaN", "sNaN", "Infinity", "-Infinity", "1e99", "-1e999999999"]
)
def test_rule_47_a_value_that_is_no_number_is_none(text: str) -> None:
    assert metering.number(text) is None


def test_rule_47_a_value_that_is_next_to_nothing_is_nothing() -> None:
    assert str(metering.number("1e-999999999")) == "0"


@given(st.text(max_size=30))
def test_rule_47_no_text_breaks_the_meter(text: str) -> None:
    value = metering.number(text)
    assert value is None or value.is_finite()


def test_rule_47_a_bare_value_is_the_energy_register_in_wh() -> None:
    assert measure(facts.Sampled("10")) == metering.Measured(register_wh=Decimal(10))


def test_rule_47_signed_data_is_opaque() -> None:
    assert measure(facts.Sampled("1500", format="SignedData")) == metering.Measured()


def test_rule_47_a_register_that_cannot_be_read_is_malformed() -> None:
    assert measure(facts.Sampled("n/a")).malformed
    assert measure(facts.Sampled("5", unit="furlong")).malformed
    assert not measure(facts.Sampled("n/a", measurand="Voltage")).malformed


@pytest.mark.parametrize(
    ("value", "unit", "multiplier", "wh"),
    [
        ("1.5", "kWh", 0, "1500"),
        ("1.5", "Wh", 3, "1500"),
        ("1500", "kWh", -3, "1500"),
        ("0.5", None, 0, "0.5"),
        ("2", "MWh", 0, "2000000"),
    ],
)
def test_rule_48_units_and_multipliers_scale(value: str, unit: str | None, multiplier: int, wh: str) -> None:
    assert measure(facts.Sampled(value, unit=unit, multiplier=multiplier)).register_wh == Decimal(wh)


@pytest.mark.parametrize(("unit", "watts"), [("kW", "7400"), ("W", "7.4"), (None, "7.4")])
def test_rule_48_power_without_a_unit_is_in_watts(unit: str | None, watts: str) -> None:
    assert measure(facts.Sampled("7.4", measurand=metering.POWER, unit=unit)).power_w == Decimal(watts)


@pytest.mark.parametrize("multiplier", [10**9, -(10**9), 13])
def test_rule_48_a_multiplier_beyond_all_meters_is_malformed_and_breaks_nothing(multiplier: int) -> None:
    assert measure(facts.Sampled("1", multiplier=multiplier)) == metering.Measured(malformed=True)


def phases(measurand: str, **values: str) -> tuple[facts.Sampled, ...]:
    names = {name.replace("_", "-"): value for name, value in values.items()}
    return tuple(
        facts.Sampled(value, measurand=measurand, phase=None if name == "total" else name)
        for name, value in names.items()
    )


def test_rule_49_the_unphased_value_counts() -> None:
    values = phases(metering.POWER, L1="100", L2="100", L3="100", total="290")
    assert measure(*values).power_w == Decimal(290)


def test_rule_49_else_the_sum_of_the_phases() -> None:
    assert measure(*phases(metering.POWER, L1="100", L2="110", L3="120")).power_w == Decimal(330)


def test_rule_49_a_charger_with_one_phase_has_a_sum_of_one() -> None:
    assert measure(*phases(facts.REGISTER, L1="500")).register_wh == Decimal(500)


def test_rule_49_phases_to_neutral_are_never_added_to_the_phases() -> None:
    values = phases(metering.POWER, L1="100", L1_N="100", L2="100", L2_N="100", L3="100", L3_N="100")
    assert measure(*values).power_w == Decimal(300)


def test_rule_49_phases_to_neutral_alone_are_summed() -> None:
    assert measure(*phases(metering.POWER, L1_N="100", L2_N="100", L3_N="100")).power_w == Decimal(300)


def test_rule_49_a_sum_with_a_hole_in_it_is_none() -> None:
    assert measure(*phases(facts.REGISTER, L1="500", L2="?", L3="500")).malformed


@pytest.mark.parametrize("location", ["Inlet", "EV", "Body"])
def test_rule_49_a_register_measured_elsewhere_is_no_session_energy(location: str) -> None:
    assert measure(facts.Sampled("9000", location=location), facts.Sampled("10")).register_wh == Decimal(10)
    assert measure(facts.Sampled("9000", location=location)) == metering.Measured()


def test_rule_49_an_interval_is_no_register() -> None:
    assert measure(facts.Sampled("250", measurand="Energy.Active.Import.Interval")) == metering.Measured()


def test_the_car_knows_its_state_of_charge() -> None:
    assert measure(facts.Sampled("80", measurand="SoC", location="EV", unit="Percent")).soc_percent == Decimal(80)


def test_rule_46_a_register_without_a_unit_cannot_be_compared_with_kilowatt_hours() -> None:
    assert not metering.comparable(None, "kWh")
    assert metering.comparable(None, None)
    assert metering.comparable(None, "Wh")
    assert metering.comparable("Wh", "kWh")


def test_rule_40_the_final_register_is_the_last_one_of_its_context() -> None:
    readings = (
        support.register("100", 0, context="Transaction.Begin"),
        support.register("300", 5),
        support.register("2.5", 9, unit="kWh", context="Transaction.End"),
    )
    assert metering.final_register(readings) == Decimal(2500)
    assert metering.final_register(readings, context="Transaction.Begin") == Decimal(100)
    assert metering.final_register(readings[:2]) is None
    assert metering.final_register(readings[:2], context=None) == Decimal(300)


def test_rule_46_a_final_register_without_a_unit_after_a_kwh_series_is_none() -> None:
    readings = (support.register("225", 9, context="Transaction.End"),)
    assert metering.final_register(readings, series_unit="kWh") is None
