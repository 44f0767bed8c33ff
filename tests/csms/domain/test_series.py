"""Which meter values count (rules 46, 50)."""

from decimal import Decimal

from csms.domain import facts, series
from tests.csms.domain.support import at, gauge, register

NOON = at(3 * 3600)


def take(*readings: facts.Reading, after: series.Series | None = None) -> tuple[Decimal | None, tuple[str, ...]]:
    taken, odd = series.take(after or series.Series(), readings, NOON)
    return taken.register_wh, odd


def test_the_register_is_the_newest_one() -> None:
    assert take(register("100", 10), register("200", 20)) == (Decimal(200), ())


def test_rule_50_readings_of_one_record_may_come_unordered() -> None:
    assert take(register("200", 20), register("100", 10)) == (Decimal(200), ())


def test_rule_50_a_reading_that_comes_twice_changes_nothing() -> None:
    assert take(register("200", 20), register("200", 20)) == (Decimal(200), ())


def test_rule_50_readings_of_the_same_second_are_taken_in_their_order() -> None:
    assert take(register("100", 10), register("200", 10)) == (Decimal(200), ())


def test_rule_50_a_reading_from_the_future_counts_when_it_arrives() -> None:
    day = 86400.0
    taken, odd = series.take(series.Series(), (register("100", day),), NOON)
    assert (taken.register_wh, taken.register_at, odd) == (Decimal(100), NOON, ())
    assert take(register("150", 3 * 3600 + 10), after=taken) == (Decimal(150), ())


def test_rule_22_a_reading_of_1970_counts_when_it_arrives() -> None:
    before, _ = series.take(series.Series(), (register("100", 10),), NOON)
    assert take(register("200", -56 * 365 * 86400), after=before) == (Decimal(200), ())


def test_a_reading_without_a_time_counts_when_it_arrives() -> None:
    assert take(register("100", 10), register("200")) == (Decimal(200), ())


def test_rule_46_a_register_that_falls_is_kept_out_and_told() -> None:
    assert take(register("200", 20), register("100", 30)) == (Decimal(200), ("register_fell",))


def test_a_register_below_a_rounded_start_has_not_fallen() -> None:
    assert take(register("1001", 10), register("1000.6", 20)) == (Decimal(1001), ())


def test_rule_46_a_register_without_a_unit_after_a_kwh_series_is_kept_out_and_told() -> None:
    assert take(register("0.15", 10, unit="kWh"), register("225", 20)) == (Decimal(150), ("unit_missing",))
    assert take(register("0.15", 10, unit="kWh"), register("225", 20, unit="Wh")) == (Decimal(225), ())


def test_a_register_without_a_unit_after_a_wh_series_is_in_wh() -> None:
    assert take(register("150", 10, unit="Wh"), register("225", 20)) == (Decimal(225), ())


def test_rule_47_a_register_that_cannot_be_read_is_told_once() -> None:
    assert take(register("?", 10), register("", 20), register("5", 30)) == (Decimal(5), ("register_unreadable",))


def test_power_and_state_of_charge_are_the_newest_too() -> None:
    readings = (
        gauge("Power.Active.Import", "7000", 20),
        gauge("Power.Active.Import", "3000", 10),
        gauge("SoC", "55", 30),
    )
    taken, odd = series.take(series.Series(), readings, NOON)
    assert (taken.power_w, taken.soc_percent, odd) == (Decimal(7000), Decimal(55), ())


def test_power_may_fall() -> None:
    readings = (gauge("Power.Active.Import", "7000", 10), gauge("Power.Active.Import", "0", 20))
    assert series.take(series.Series(), readings, NOON)[0].power_w == 0
