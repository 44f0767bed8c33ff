"""Another process holds SQLite's write lock for a while: a curious admin with a database browser, a careless script."""

from __future__ import annotations

import pathlib
import signal
import sys
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import trio

from actors.recording import journal
from csms.storage import connection
from tests.actors.node import Closed, Connect, Station, Watched
from tests.chaos.conftest import sound
from tests.e2e import lines

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
held.execute("ROLLBACK")
print("released", flush=True)
sys.stdin.readline()
"""


class Holder:
    """The other process, which holds the lock from its start until it is told."""

    def __init__(self, data: pathlib.Path, log: pathlib.Path) -> None:
        command = [sys.executable, "-c", HOLD, str(connection.database(data))]
        self._program = lines.Program(command, log=log)
        self._says("held")

    def release(self) -> None:
        """Give the lock back."""
        self._program.tell("release")
        self._says("released")

    def end(self) -> None:
        """Be gone."""
        self._program.end(signal.SIGKILL)

    def _says(self, word: str) -> None:
        self._program.wait_for(lambda line: True if line == word else None)


@pytest.fixture
async def transaction(station: Station) -> int:
    """A charge of CP-01 that began before the lock was taken."""
    return int((await station.start(meter=1000))["transactionId"])


@pytest.fixture
async def other(connect: Connect) -> Station:
    """CP-02, which has nothing to store."""
    return await connect("CP-02")


@pytest.fixture
async def holder(node: Watched, transaction: int, other: Station, tmp_path: pathlib.Path) -> AsyncIterator[Holder]:
    holder = await trio.to_thread.run_sync(Holder, node.settings.data, tmp_path / "holder.log")
    yield holder
    holder.end()


async def test_a_record_waits_for_the_lock_and_everybody_else_is_answered(
    node: Watched, station: Station, other: Station, transaction: int, holder: Holder
) -> None:
    async with trio.open_nursery() as waiting:
        waiting.start_soon(station.meter, transaction, 2000)
        for _ in range(10):
            assert "currentTime" in await other.result("Heartbeat", {})
        assert (await node.only()).samples == 0
        await trio.to_thread.run_sync(holder.release)
    await station.stop(transaction, 3000)
    state = await node.only()
    assert (state.energy_wh, state.samples) == (Decimal(2000), 1)
    await sound(node)


class TestItTakesTooLong:
    """Longer than the journal waits: as with a full disk, chargers are sent away and come back."""

    @pytest.fixture
    async def transaction(self, node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch) -> int:
        monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)
        monkeypatch.setattr("actors.alerts.RETRY_SECONDS", 0.01)
        number = int((await station.start(meter=1000))["transactionId"])
        await node.write(lambda conn: conn.execute("PRAGMA busy_timeout = 10"))
        return number

    async def test_nothing_is_acknowledged_and_all_goes_on_when_the_lock_is_free(
        self, node: Watched, station: Station, connect: Connect, transaction: int, holder: Holder
    ) -> None:
        with pytest.raises(Closed) as closed:
            await station.meter(transaction, 2000)
        assert closed.value.code == 1013
        assert (await node.only()).samples == 0
        await trio.to_thread.run_sync(holder.release)
        await node.until(lambda: node.healthy)
        again = await connect()
        await again.meter(transaction, 2000)
        await again.stop(transaction, 3000)
        state = await node.only()
        assert (state.energy_wh, state.samples) == (Decimal(2000), 1)
        await sound(node)
