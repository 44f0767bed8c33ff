"""The energy meter of a connector."""

from hypothesis import given
from hypothesis import strategies as st

from csms.simulator import meter


@given(st.lists(st.floats(min_value=-10, max_value=100)))
def test_the_register_only_grows(amounts: list[float]) -> None:
    one = meter.Meter(1000.0)
    registers = [one.register_wh]
    for amount in amounts:
        one.add(amount)
        registers.append(one.register_wh)
    assert registers == sorted(registers)


def test_a_reading_holds_what_was_asked_for_in_order() -> None:
    one = meter.Meter(1234.9, 11_000)
    reading = one.read(5.0, "Sample.Periodic", (meter.POWER, meter.REGISTER, meter.SOC), offered_w=22_000, soc=0.5)
    assert [(value.measurand, value.value, value.unit) for value in reading.values] == [
        (meter.POWER, "11000.0", "W"),
        (meter.REGISTER, "1234", "Wh"),
        (meter.SOC, "50.0", "Percent"),
    ]
    assert reading.register_wh == 1234


def test_current_follows_from_power_and_voltage() -> None:
    values = {
        value.measurand: float(value.value)
        for value in meter.Meter(0.0, 11_000).read(0, "", meter.MEASURANDS, offered_w=22_000, soc=None).values
    }
    assert abs(3 * values[meter.VOLTAGE] * values[meter.CURRENT] - 11_000) < 20


def test_nobody_knows_the_state_of_charge_without_a_car() -> None:
    reading = meter.Meter().read(0, "", (meter.SOC,), offered_w=0, soc=None)
    assert reading.values == ()
