"""Chance that can be repeated."""

import os
import random

import pytest


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Another one each time, shown when the test fails; CHAOS_SEED=... repeats it."""
    chosen = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(2**31))
    request.node.add_report_section("setup", "seed", f"CHAOS_SEED={chosen}")
    return chosen


@pytest.fixture
def dice(seed: int) -> random.Random:
    return random.Random(seed)
