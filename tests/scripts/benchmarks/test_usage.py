"""The soak's verdict: what counts as growth, and what is chance."""

import random

import pytest

from scripts.benchmarks import _usage

FILES = _usage.Limit("files", "file descriptors", least=10)


def used(*files: float) -> list[_usage.Usage]:
    """Looks at a server, a minute apart, that had so many file descriptors."""
    nothing = _usage.Usage(*[0] * len(_usage.Usage._fields))
    return [nothing._replace(minute=minute, files=int(count)) for minute, count in enumerate(files)]


def test_a_figure_that_stays_is_flat() -> None:
    grown = _usage.growth(used(2000, 2000, 2000), FILES)
    assert grown.flat
    assert grown.slope == 0


def test_chance_is_no_growth() -> None:
    dice = random.Random(3)
    assert _usage.growth(used(*(2000 + dice.randrange(40) for _ in range(40))), FILES).flat


def test_a_slow_leak_is_seen_through_the_noise() -> None:
    dice = random.Random(3)
    leaking = used(*(2000 + 3 * minute + dice.randrange(40) for minute in range(40)))
    grown = _usage.growth(leaking, FILES)
    assert not grown.flat
    assert grown.slope == pytest.approx(3, abs=0.5)
    assert "GREW" in str(grown)


def test_what_shrinks_is_flat() -> None:
    assert _usage.growth(used(3000, 2000, 1000), FILES).flat


def test_of_small_figures_a_few_more_are_allowed() -> None:
    assert _usage.growth(used(3, 5, 9), FILES).flat
    assert not _usage.growth(used(3, 9, 15), FILES).flat
