"""Numbers of events, gaps between them, and what their charging states say in their order (rules 25, 42)."""

from collections.abc import Iterable

import pytest

from csms.domain import sequence
from csms.domain.sequence import Sequence, Stand
from tests.csms.domain.support import at

Told = tuple[int | None, str | None]


def after(told: Iterable[Told], *, started: int | None = 0) -> tuple[Sequence, Stand]:
    """After events of these numbers and charging states, in this order; each happened a minute after its number."""
    state, stand = Sequence(), Stand()
    for seq_no, word in told:
        when = at(60 * (seq_no or 0))
        state, stand = sequence.take(state, stand, seq_no, word, when, first=seq_no == started)
    return state, stand


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([None], None),
        (["EVConnected"], "Preparing"),
        (["Idle"], "Preparing"),
        (["EVConnected", "Charging"], "Charging"),
        (["Charging", "SuspendedEV"], "SuspendedEV"),
        (["Charging", "SuspendedEVSE"], "SuspendedEVSE"),
        (["Charging", "EVConnected"], "Finishing"),
        (["Charging", "Idle"], "Finishing"),
        (["Charging", sequence.ENDED], "Finishing"),
        (["EVConnected", sequence.ENDED], "Finishing"),
        (["Charging", None], "Charging"),
    ],
)
def test_rule_25_charging_states_are_statuses(states: list[str | None], status: str | None) -> None:
    assert after(enumerate(states))[1].status == status


def test_time_is_idle_while_the_car_does_not_charge_and_keeps_the_connector() -> None:
    _, stand = after(enumerate(["Charging", "SuspendedEV", "Charging", "SuspendedEVSE", "EVConnected"]))
    assert (stand.idle_s, stand.idle_since) == (60, at(240))


def test_a_car_that_has_not_charged_yet_is_not_idle() -> None:
    _, stand = after(enumerate(["EVConnected", "SuspendedEV", "Charging"]))
    assert (stand.idle_s, stand.idle_since) == (0, None)


def test_numbers_may_begin_anywhere() -> None:
    state, _ = after([(57, None), (58, None), (59, None)], started=57)
    assert (state.due, state.gaps) == (60, False)


def test_a_missing_number_is_a_gap_and_what_is_beyond_it_shows_at_once() -> None:
    state, stand = after([(0, "Charging"), (2, "SuspendedEV")])
    assert (state.gaps, state.due, stand.status) == (True, 1, "SuspendedEV")


def test_a_filled_gap_makes_the_idle_time_that_the_order_makes() -> None:
    state, stand = after([(0, "Charging"), (3, "Charging"), (1, "SuspendedEV"), (2, None)])
    assert (state.gaps, state.due) == (False, 4)
    assert (stand.status, stand.idle_s) == ("Charging", 120)


def test_events_before_the_started_are_a_gap() -> None:
    state, _ = after([(1, None), (2, None)])
    assert state.gaps
    state, _ = after([(1, None), (2, None), (0, None)])
    assert (state.gaps, state.due) == (False, 3)


def test_what_is_ahead_of_a_gap_is_kept_in_runs() -> None:
    state, _ = after([(0, None), *((number, "Charging") for number in range(2, 1000))])
    assert len(state.ahead) == 1
    mixed = after([(0, None), (4, "Charging"), (2, "Charging"), (3, None)])[0]
    assert [(run.first, run.last) for run in mixed.ahead] == [(2, 4)]


def test_more_than_can_be_kept_gives_the_first_gap_up() -> None:
    told: list[Told] = [(2 * number, "Charging" if number % 2 else "SuspendedEV") for number in range(200)]
    state, stand = after(told)
    assert len(state.ahead) <= sequence.LIMIT
    assert (state.lost, state.gaps, stand.status) == (True, True, "Charging")


def test_rule_42_numbers_that_say_nothing_are_no_gap_and_the_newest_state_counts() -> None:
    state, stand = Sequence(), Stand()
    for seconds, word in ((0, "Charging"), (120, "SuspendedEV"), (60, "Charging")):
        state, stand = sequence.take(state, stand, 0, word, at(seconds), first=not seconds)
    assert (state.gaps, stand.status) == (False, "SuspendedEV")


def test_an_event_without_a_number_counts_by_its_time() -> None:
    state, stand = after([(0, "Charging"), (None, None)])
    assert (state.gaps, stand.status) == (False, "Charging")
    assert sequence.take(state, stand, None, "SuspendedEV", at(60))[1].status == "SuspendedEV"
