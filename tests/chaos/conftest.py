"""Chance that can be repeated, and a node with chargers for what needs no process of its own."""

import os
import random

import pytest

from api.cli import files
from csms.storage import verify
from csms.storage.projections import rebuild
from tests.actors import node as nodes
from tests.actors.conftest import connect, node, settings, station, unasked

__all__ = ["connect", "node", "settings", "station", "unasked"]


@pytest.fixture(scope="session", autouse=True)
def _room_for_sockets() -> None:
    """A thousand idle connections have both their ends in this process."""
    files.raise_limit()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Another one each time, shown when the test fails; CHAOS_SEED=... repeats it."""
    chosen = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(2**31))
    request.node.add_report_section("setup", "seed", f"CHAOS_SEED={chosen}")
    return chosen


@pytest.fixture
def dice(seed: int) -> random.Random:
    return random.Random(seed)


async def sound(node: nodes.Watched) -> None:
    """The log verifies, and every read model is what it folds to."""
    assert await node.read(lambda conn: list(verify.findings(conn))) == []
    assert await node.read(lambda conn: list(rebuild.diff(conn))) == []
