"""A session's events become periods: what was charged, what idled, what the charger withheld."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import facts, usage
from csms.domain.tariff.periods import Period
from tests.csms.domain.support import BEGIN, Stay, at, register, running, stopping
from tests.csms.domain.transactions import Transaction, ended, started, updated

MINUTE = 60


def sampled(wh: int, seconds: float, power_w: int | None = None, *, current: str | None = None) -> facts.Reading:
    """One reading of the register, perhaps with power and the current of three phases."""
    values = [facts.Sampled(str(wh))]
    if power_w is not None:
        values.append(facts.Sampled(str(power_w), measurand="Power.Active.Import", unit="W"))
    if current is not None:
        values += [facts.Sampled(current, measurand="Current.Import", unit="A", phase=f"L{n}") for n in (1, 2, 3)]
    return facts.Reading(at(seconds), tuple(values))


def brief(found: Sequence[Period]) -> list[tuple[str, float, int, int]]:
    """Kind, begin in seconds, seconds, Wh; neighbours of one kind as one."""
    told: list[tuple[str, float, int, int]] = []
    for period in found:
        seconds, energy = int(period.duration_s), int(period.energy_wh)
        if told and told[-1][0] == period.kind:
            kind, begin, before, known = told.pop()
            told.append((kind, begin, before + seconds, known + energy))
        else:
            told.append((period.kind, (period.start - BEGIN).total_seconds(), seconds, energy))
    return told


def of(stay: Stay, until: float) -> tuple[Period, ...]:
    """The periods of a stay until a second."""
    return usage.periods(stay.state, stay.log, at(until))


def story() -> Stay:
    """22 kWh in an hour, then ten minutes until the cable is out; nine of them after the stop."""
    stay = running(1000)
    stay.status("Charging", 0)
    for minute in range(1, 61):
        stay.sample(sampled(1000 + minute * 22_000 // 60, minute * MINUTE, 22_000), seconds=minute * MINUTE)
    stay.status("SuspendedEV", 3600)
    stay.stop(stopping(23_000, 3660), 3660)
    stay.status("Finishing", 3660)
    stay.status("Available", 4200)
    return stay


def test_the_story_charges_an_hour_and_idles_ten_minutes_also_after_the_stop() -> None:
    found = of(story(), 9999)
    assert brief(found) == [("charging", 0, 3600, 22_000), ("parking", 3600, 600, 0)]
    assert usage.idle(found) == (at(3600), 600)


def test_energy_is_charged_where_the_registers_say() -> None:
    stay = running(1000)
    stay.status("Charging", 0)
    stay.sample(sampled(4000, 600, current="16"), sampled(5000, 1200, 6000), seconds=1200)
    found = of(stay, 1800)
    assert [(int(p.duration_s), int(p.energy_wh), p.power_w, p.current_a) for p in found] == [
        (600, 3000, None, None),
        (600, 1000, None, Decimal(48)),
        (600, 0, Decimal(6000), None),
    ]


def test_between_two_registers_energy_was_taken_while_it_charged() -> None:
    stay = running(1000)
    stay.status("Charging", 0)
    stay.status("SuspendedEV", 1000)
    stay.stop(stopping(3000, 2000), 2000)
    assert brief(of(stay, 2000)) == [("charging", 0, 1000, 2000), ("parking", 1000, 1000, 0)]


def test_before_it_first_charged_nothing_idles() -> None:
    stay = running(1000)
    stay.status("SuspendedEV", 0)
    stay.status("Charging", 600)
    stay.status("SuspendedEV", 900)
    assert brief(of(stay, 1000)) == [("withheld", 0, 600, 0), ("charging", 600, 300, 0), ("parking", 900, 100, 0)]


def test_what_the_charger_withholds_is_neither_charging_nor_idling() -> None:
    stay = running(1000)
    stay.status("Charging", 0)
    stay.status("SuspendedEVSE", 600)
    assert brief(of(stay, 1000)) == [("charging", 0, 600, 0), ("withheld", 600, 400, 0)]


def test_a_charger_that_says_nothing_after_the_stop_lets_nobody_idle() -> None:
    stay = running(1000)
    stay.status("Charging", 0)
    stay.stop(stopping(2000, 600), 600)
    assert brief(of(stay, 900)) == [("charging", 0, 600, 1000), ("withheld", 600, 300, 0)]


def test_the_idle_time_of_a_transaction_that_nobody_ended_is_over_with_what_was_last_known() -> None:
    stay = running(1000)
    stay.status("Charging", 0)
    stay.sample(sampled(2000, 600), seconds=600)
    stay.status("SuspendedEV", 700)
    stay.status("Available", 800)
    stay.wait(800 + 25 * 3600)
    assert brief(of(stay, 10**6)) == [("charging", 0, 600, 1000)]


@pytest.mark.parametrize(
    ("powers", "idles_from"),
    [
        ([11_000, 11_000, 50, 0, 0, 0, 50, 0, 0], 180),
        ([11_000, 11_000, 50, 0, 0, 50, 11_000, 50, 0], None),
        ([11_000] * 9, None),
    ],
)
def test_a_car_that_draws_next_to_nothing_for_some_minutes_idles_since_the_first(
    powers: list[int], idles_from: int | None
) -> None:
    stay, wh = running(1000), 1000
    stay.status("Charging", 0)
    for minute, power in enumerate(powers, 1):
        stay.sample(sampled(wh := wh + power // 60, minute * MINUTE, power), seconds=minute * MINUTE)
    found = of(stay, 560)
    idle = [period for period in found if period.kind == "parking"]
    assert [int((period.start - BEGIN).total_seconds()) for period in idle] == ([] if idles_from is None else [180])


def test_power_that_was_never_drawn_is_no_idling() -> None:
    stay = running(1000)
    stay.status("Charging", 0)
    for minute in range(1, 20):
        stay.sample(sampled(1000, minute * MINUTE, 0), seconds=minute * MINUTE)
    assert brief(of(stay, 1200)) == [("charging", 0, 1200, 0)]


@pytest.mark.parametrize(("step", "idles"), [(1234, True), (1000, False)])
def test_without_power_a_register_that_stands_still_tells_it_if_it_is_fine_enough(step: int, idles: bool) -> None:
    stay = running(0)
    stay.status("Charging", 0)
    for minute in range(1, 12):
        stay.sample(sampled(step, minute * MINUTE), seconds=minute * MINUTE)
    kinds = {period.kind for period in of(stay, 700)}
    assert kinds == ({"charging", "parking"} if idles else {"charging"})


def test_nobody_idles_because_the_charger_is_silent() -> None:
    stay = running(0)
    stay.status("Charging", 0)
    stay.sample(sampled(1234, 60), seconds=60)
    assert brief(of(stay, 7200)) == [("charging", 0, 7200, 1234)]


def test_a_stay_of_no_time_has_its_energy_all_the_same() -> None:
    stay = running(1000)
    stay.stop(stopping(2000, 0, reason="EVDisconnected"), 0)
    assert brief(of(stay, 10)) == [("charging", 0, 0, 1000)]


def test_parts_of_a_second_do_not_count() -> None:
    stay = running(1000)
    stay.status("Charging", 0.9)
    stay.stop(stopping(2000, 60.2), 60.2)
    stay.status("Finishing", 60.4)
    stay.status("Available", 660.3)
    assert brief(of(stay, 999)) == [("charging", 0, 60, 1000), ("parking", 60, 600, 0)]


def test_a_2x_transaction_tells_by_its_charging_states() -> None:
    told = Transaction().all(
        [
            started(0, 0, charging_state="EVConnected"),
            updated(1, 60, charging_state="Charging"),
            updated(2, 660, register_of(3000, 660), charging_state="SuspendedEV"),
            updated(3, 700, charging_state="SuspendedEVSE"),
            updated(4, 760, charging_state="SuspendedEV"),
            ended(5, 900, register_of(3000, 900), charging_state="EVConnected"),
        ]
    )
    told.status("Available", 1500)
    found = usage.periods(told.state, [(event, at(1500)) for event in told.log], at(9999))
    assert brief(found) == [
        ("withheld", 0, 60, 0),
        ("charging", 60, 600, 2000),
        ("parking", 660, 40, 0),
        ("withheld", 700, 60, 0),
        ("parking", 760, 740, 0),
    ]


def register_of(wh: int, seconds: float) -> facts.Reading:
    """A register in Wh, as 2.x sends it."""
    return register(str(wh), seconds, unit="Wh")


SAMPLES = st.lists(
    st.tuples(st.integers(0, 3600), st.integers(0, 30_000), st.sampled_from([None, 0, 50, 7000])), max_size=12
)
STATUSES = st.lists(
    st.tuples(st.integers(0, 3600), st.sampled_from(["Charging", "SuspendedEV", "SuspendedEVSE"])), max_size=5
)


@given(SAMPLES, STATUSES, st.data())
def test_any_order_of_samples_and_any_repetition_give_the_same_periods(
    samples: list[tuple[int, int, int | None]], statuses: list[tuple[int, str]], data: st.DataObject
) -> None:
    def told(order: Sequence[tuple[int, int, int | None]]) -> tuple[Period, ...]:
        stay = running(1000)
        for seconds, word in statuses:
            stay.status(word, seconds, 3600)
        for second, wh, power in order:
            stay.sample(sampled(1000 + wh, second, power), seconds=3600)
        stay.stop(stopping(31_000, 3600), 3600)
        return of(stay, 4000)

    right = told(samples)
    repeated = [each for each in samples for _ in range(data.draw(st.integers(1, 2)))]
    assert told(data.draw(st.permutations(repeated))) == right


@given(SAMPLES, STATUSES, st.integers(0, 4000))
def test_periods_are_without_gaps_and_hold_all_the_energy(
    samples: list[tuple[int, int, int | None]], statuses: list[tuple[int, str]], until: int
) -> None:
    stay = running(1000)
    for seconds, word in statuses:
        stay.status(word, seconds, 3600)
    for second, wh, power in sorted(samples, key=lambda each: each[:2]):
        stay.sample(sampled(1000 + wh, second, power), seconds=3600)
    found = of(stay, until)
    assert sum(period.energy_wh for period in found) == stay.state.energy_wh
    assert all(period.energy_wh >= 0 for period in found)
    assert _end_of_each(found) == [period.start for period in found[1:]] + [at(until)]


def _end_of_each(found: Sequence[Period]) -> list[datetime]:
    return [at((period.start - BEGIN).total_seconds() + float(period.duration_s)) for period in found]
