"""What the meter of a 2.x transaction adds up to (rules 46-50)."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations

import pytest

from csms.domain import facts, registers
from tests.csms.domain.support import at
from tests.csms.domain.transactions import register


def total(*readings: facts.Reading, evse: Sequence[facts.Reading] = ()) -> tuple[float | None, tuple[str, ...]]:
    """Energy and what is odd; the same whichever reading comes first."""
    told = [(reading, False) for reading in readings] + [(reading, True) for reading in evse]
    found = set()
    for order in permutations(told):
        meter = registers.Meter()
        for reading, of_evse in order:
            assert reading.at is not None
            meter = registers.take(meter, reading, reading.at, of_evse=of_evse)
        added = registers.total(meter)
        one = added.register
        found.add((None if one is None else float(one.high_wh - one.begin_wh), added.odd))
    (same,) = found
    return same


def test_energy_is_from_the_earliest_register_to_the_highest() -> None:
    assert total(register(1000, 0), register(1400, 60), register(1900, 120)) == (900, ())


def test_rule_48_kilowatt_hours_and_powers_of_ten_scale() -> None:
    assert total(register(1000, 0), register("1.5", 60, "kWh"), register(2, 120, multiplier=3)) == (1000, ())


def test_rule_46_a_register_below_the_last_one_keeps_that_and_is_odd() -> None:
    assert total(register(1000, 0), register(1900, 60), register(1200, 120)) == (900, (registers.FELL,))


def test_a_register_that_is_less_than_a_watt_hour_below_is_the_same_one() -> None:
    assert total(register(1000, 0), register("1900.9", 60), register(1900, 120)) == (900.9, ())


def test_rule_46_a_register_without_a_unit_after_kilowatt_hours_does_not_count_and_is_odd() -> None:
    end = register("225.18", 120, None)
    assert total(register(0, 0, "kWh"), register("150.07", 60, "kWh"), end) == (150070, (registers.UNIT_MISSING,))


def test_nothing_is_nothing_in_any_unit() -> None:
    assert total(register(0, 0, None), register("1.5", 60, "kWh")) == (1500, ())


def test_rule_47_without_any_unit_it_is_watt_hours() -> None:
    assert total(register(10, 0, None), register(25, 60, None)) == (15, ())
    assert total(register(10, 0, "Wh"), register(25, 60, None)) == (15, ())


def test_what_the_charger_calls_the_begin_is_it() -> None:
    begin = register(900, 130, context="Transaction.Begin")
    assert total(register(1000, 0), register(1400, 60), begin) == (500, (registers.FELL,))


def test_rule_46_the_meter_of_the_evse_counts_while_the_events_carry_no_register() -> None:
    evse = [register(5000, 30), register(5600, 90)]
    assert total(evse=evse) == (600, ())
    assert total(register(4900, 0), evse=evse) == (700, ())


def test_rule_46_it_does_not_count_beside_registers_of_the_events() -> None:
    evse = [register(5000, 30), register(9600, 90)]
    assert total(register(0, 0), register(700, 120), evse=evse) == (700, ())


def test_rule_49_one_unphased_value_or_the_sum_of_the_phases() -> None:
    phased = [facts.Sampled(str(wh), unit="Wh", phase=phase) for phase, wh in (("L1", 10), ("L2", 20), ("L3", 30))]
    assert total(register(0, 0), facts.Reading(at(60), tuple(phased))) == (60, ())
    whole = (*phased, facts.Sampled("61", unit="Wh"))
    assert total(register(0, 0), facts.Reading(at(60), whole)) == (61, ())


@pytest.mark.parametrize("location", ["Inlet", "EV", "Body", "Upstream"])
def test_rule_49_what_is_measured_elsewhere_is_no_energy_of_the_session(location: str) -> None:
    assert total(register(100, 0), register(900, 60, location=location)) == (0, ())


def test_an_interval_is_no_register() -> None:
    assert total(register(100, 0), register(50, 60, measurand="Energy.Active.Import.Interval")) == (0, ())


def test_what_is_no_number_is_odd() -> None:
    assert total(register(100, 0), register("n/a", 60)) == (0, (registers.UNREADABLE,))
    assert total() == (None, ())


def test_power_and_charge_are_the_newest_of_their_kind() -> None:
    meter = registers.Meter()
    for seconds, measurand, value in ((60, "Power.Active.Import", "7"), (120, "SoC", "42"), (30, "SoC", "40")):
        sampled = facts.Sampled(value, measurand=measurand, unit="kW" if measurand != "SoC" else "Percent")
        meter = registers.take(meter, facts.Reading(at(seconds), (sampled,)), at(seconds))
    assert (meter.power_w, meter.soc_percent) == (Decimal(7000), Decimal(42))
