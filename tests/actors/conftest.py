"""A node with one charger and one token, and its sockets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from actors import charger
from csms import config
from tests.actors import node as nodes


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call that no test asked for."""
    monkeypatch.setattr(charger, "CONFIGURE_SECONDS", 3600.0)
    monkeypatch.setattr(charger, "STATUS_SECONDS", 3600.0)


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

    async def connect(charger_id: str = "CP-01", *, attached: bool = True) -> nodes.Station:
        before = node.services.links.get(charger_id)
        station: nodes.Station = await nursery.start(nodes.run, f"{node.url}/{charger_id}")
        if attached:
            await node.until(lambda: node.services.links.get(charger_id) is not before)
        return station

    return connect


@pytest.fixture
async def station(connect: nodes.Connect) -> nodes.Station:
    """CP-01, booted and available."""
    station = await connect()
    await station.boot()
    await station.status("Available")
    return station
