"""Rates as arithmetic."""

import pytest

from csms.gateway import pacing


def test_a_burst_passes_at_once_and_the_rest_at_the_rate() -> None:
    pace = pacing.Pace(rate=10, burst=3)
    assert [pace.take(100.0) for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])


def test_time_gives_back_what_was_used_but_no_more_than_a_burst() -> None:
    pace = pacing.Pace(rate=10, burst=2)
    assert [pace.take(0.0) for _ in range(2)] == [0, 0]
    assert [pace.take(1000.0) for _ in range(3)] == pytest.approx([0, 0, 0.1])


def test_a_rate_alone_allows_one_second_of_it_as_burst() -> None:
    pace = pacing.Pace(rate=50)
    assert [pace.take(0.0) for _ in range(51)] == pytest.approx([0] * 50 + [0.02])


def test_what_was_given_back_can_be_taken_again() -> None:
    pace = pacing.Pace(rate=10, burst=1)
    pace.take(0.0)
    assert pace.take(0.0) == pytest.approx(0.1)
    pace.give_back()
    assert pace.take(0.0) == pytest.approx(0.1)


def test_a_big_one_is_served_like_a_small_one_and_the_next_ones_wait_for_it() -> None:
    pace = pacing.Pace(rate=10, burst=2)
    assert [pace.take(0.0, 20), pace.take(0.0), pace.take(0.0, 5), pace.take(0.0)] == pytest.approx([0, 1.9, 2.0, 2.5])


def test_a_big_one_that_was_given_back_holds_nobody_up() -> None:
    pace = pacing.Pace(rate=10, burst=1)
    pace.take(0.0, 20)
    pace.give_back(20)
    assert pace.take(0.0) == 0


def test_rate_0_never_waits() -> None:
    pace = pacing.Pace(rate=0)
    assert {pace.take(0.0) for _ in range(1000)} == {0.0}


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        pacing.Pace(rate=-1)


def test_a_charger_that_reconnects_finds_its_pace_as_it_left_it() -> None:
    paces = pacing.Paces(rate=1)
    paces.of("CP-01").take(0.0)
    assert paces.of("CP-01").take(0.0) == pytest.approx(1)
    assert paces.of("CP-02").take(0.0) == 0


def test_only_idle_paces_that_nobody_uses_are_forgotten() -> None:
    paces = pacing.Paces(rate=1)
    for name in ("gone", "busy", "connected"):
        paces.of(name).take(0.0)
    paces.of("busy").take(9.0)
    paces.forget_idle(9.5, {"connected"})
    assert len(paces) == 2
    assert paces.of("busy").take(9.5) > 0
