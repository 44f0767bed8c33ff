"""Chance that can be repeated, and a node with chargers for what needs no process of its own."""

import os
import pathlib
import random
from collections.abc import AsyncIterator

import pytest
import trio

from actors import charger
from csms import config
from csms.storage import verify
from csms.storage.projections import rebuild
from tests.actors import node as nodes


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Another one each time, shown when the test fails; CHAOS_SEED=... repeats it."""
    chosen = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(2**31))
    request.node.add_report_section("setup", "seed", f"CHAOS_SEED={chosen}")
    return chosen


@pytest.fixture
def dice(seed: int) -> random.Random:
    return random.Random(seed)


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call that no test asked for."""
    monkeypatch.setattr(charger, "CONFIGURE_SECONDS", 3600.0)
    monkeypatch.setattr(charger, "STATUS_SECONDS", 3600.0)


@pytest.fixture
def settings(tmp_path: pathlib.Path) -> config.Settings:
    return nodes.made(tmp_path / "data")


@pytest.fixture
async def node(settings: config.Settings) -> AsyncIterator[nodes.Watched]:
    """CP-01 and CP-02 with two connectors each are registered; CARD and OTHER may charge."""
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        yield node


@pytest.fixture
async def connect(node: nodes.Watched, nursery: trio.Nursery) -> nodes.Connect:
    """Opens a socket; CP-01's if no other is named. Waits until the charger's actor has taken it."""
    return nodes.connector(node, nursery)


@pytest.fixture
async def station(connect: nodes.Connect) -> nodes.Station:
    """CP-01, booted and available."""
    station = await connect()
    await station.boot()
    await station.status("Available")
    return station


async def sound(node: nodes.Watched) -> None:
    """The log verifies, and every read model is what it folds to."""
    assert await node.read(lambda conn: list(verify.findings(conn))) == []
    assert await node.read(lambda conn: list(rebuild.diff(conn))) == []
