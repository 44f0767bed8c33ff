"""A car's charging curve."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.simulator import car


def test_power_ramps_up_when_the_contactor_closes() -> None:
    one = car.Car(max_power_w=10_000, soc=0.2)
    first = one.power_w(22_000)
    one.charge(22_000, 30)
    assert first < 1_000
    assert one.power_w(22_000) == 10_000


def test_the_weaker_of_car_and_charger_sets_the_power() -> None:
    one = car.Car(max_power_w=50_000, charging_s=100)
    assert one.power_w(7_400) == 7_400


def test_power_tapers_when_the_battery_fills() -> None:
    powers = [car.Car(max_power_w=10_000, soc=soc, charging_s=100).power_w(22_000) for soc in (0.8, 0.9, 0.95, 0.999)]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] == 10_000
    assert 0 < powers[-1] < 1_000


def test_it_stops_drawing_exactly_at_its_target() -> None:
    one = car.Car(battery_wh=10_000, soc=0.5, target_soc=0.8)
    taken = one.charge(22_000, 24 * 3600)
    assert one.full
    assert one.soc == 0.8
    assert taken == pytest.approx(3_000)
    assert one.power_w(22_000) == 0
    assert one.charge(22_000, 60) == 0


def test_an_hour_at_full_power_is_that_much_energy() -> None:
    one = car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000, charging_s=100)
    assert one.charge(22_000, 3600) == pytest.approx(11_000)


@settings(deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=600), max_size=20))
def test_it_never_takes_more_than_its_battery_has_room_for(stretches: list[float]) -> None:
    one = car.Car(battery_wh=500, soc=0.3)
    taken = sum(one.charge(22_000, seconds) for seconds in stretches)
    assert taken <= 350 + 1e-6
    assert one.soc == pytest.approx(0.3 + taken / 500)


@settings(deadline=None)
@given(soc=st.floats(min_value=0.05, max_value=0.99), power=st.floats(min_value=1_000, max_value=50_000))
def test_it_still_draws_for_as_long_as_it_says(soc: float, power: float) -> None:
    one = car.Car(soc=soc, max_power_w=power)
    one.charge(22_000, one.wants_for(22_000) * 0.99)
    assert not one.full
