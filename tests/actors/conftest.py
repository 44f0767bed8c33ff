"""A node with two chargers and two tokens, its sockets, and a clock that tests set."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from actors.chargers import errands
from csms import config
from csms.storage.log import Log
from tests.actors import journals
from tests.actors import node as nodes


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call that no test asked for."""
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 3600.0)
    monkeypatch.setattr(errands, "STATUS_SECONDS", 3600.0)


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
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
def clock(node: nodes.Watched) -> nodes.Clock:
    """The node's clock, a second after AT. It stands still unless the test moves it; alarms still ring in real time."""
    clock = nodes.Clock()
    node.services.now = clock
    return clock


@pytest.fixture
async def station(connect: nodes.Connect) -> nodes.Station:
    """CP-01, booted and available."""
    station = await connect()
    await station.boot()
    await station.status("Available")
    return station


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """A log without a node."""
    with Log.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def commits(log: Log, monkeypatch: pytest.MonkeyPatch) -> journals.Commits:
    return journals.Commits(log, monkeypatch)


@pytest.fixture
async def run(log: Log, commits: journals.Commits) -> AsyncIterator[journals.Running]:
    """A journal whose commits can be held."""
    async with journals.running(log) as made:
        try:
            yield made
        finally:
            commits.go()
