"""The policies by themselves: pure functions of time, counts and dice."""

from __future__ import annotations

import random

import pytest

from actors.runtime import Backoff
from actors.runtime.restart import Intensity


def test_backoff_doubles_from_min_to_max() -> None:
    backoff = Backoff(min=1, max=30, jitter=0)
    delays = [backoff.delay(failures, random.Random(1)) for failures in range(1, 8)]
    assert delays == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.delay(10**9, random.Random(1)) == 30


@pytest.mark.parametrize("failures", [1, 3, 50])
def test_jitter_only_adds_and_at_most_its_fraction(failures: int) -> None:
    plain, jittered = Backoff(jitter=0), Backoff(jitter=0.3)
    rng = random.Random(1)
    least = plain.delay(failures, rng)
    delays = [jittered.delay(failures, rng) for _ in range(100)]
    assert least <= min(delays) < max(delays) <= least * 1.3


def test_intensity_allows_that_many_within_any_period() -> None:
    intensity = Intensity(2, 5)
    assert [intensity.allows(now) for now in (0, 1, 2)] == [True, True, False]
    intensity = Intensity(1, 5)
    assert [intensity.allows(now) for now in (0, 5)] == [True, False]  # the period's end belongs to it
    intensity = Intensity(2, 5)
    assert [intensity.allows(now) for now in (7.5, 8, 8.1)] == [True, True, False]


def test_intensity_of_zero_allows_none() -> None:
    assert not Intensity(0, 5).allows(0)
