"""Simulated time."""

import trio
from trio.testing import MockClock

from csms.simulator import clock


async def test_it_runs_as_much_faster_as_asked(autojump_clock: MockClock) -> None:
    fast = clock.Clock(speed=60, start=1000)
    await trio.sleep(2)
    assert fast.now() == 1120


async def test_a_simulated_moment_has_its_real_one(autojump_clock: MockClock) -> None:
    fast = clock.Clock(speed=60, start=1000)
    await trio.sleep_until(fast.deadline(1600))
    assert fast.now() == 1600


def test_moments_are_sent_in_utc_with_milliseconds() -> None:
    assert clock.stamp(1_800_000_000.0015) == "2027-01-15T08:00:00.002Z"
    assert clock.stamp(1_800_000_000) == "2027-01-15T08:00:00.000Z"
