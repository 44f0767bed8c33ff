"""A real disk that is full or read-only: a small tmpfs. SQLite's own limit is in tests/actors/test_disk.py."""

from __future__ import annotations

import itertools
import os
import pathlib
import subprocess
from collections.abc import Iterator
from decimal import Decimal

import pytest

from actors.recording import journal
from csms import config
from csms.domain import events
from tests.actors import node as nodes
from tests.actors.node import AT, Closed, Connect, Station, Watched
from tests.chaos.conftest import sound
from tests.e2e import server

CHARGERS = ("CP-01", "CP-02")


def mount(*arguments: str) -> bool:
    """Whether it worked."""
    return os.geteuid() == 0 and subprocess.run(["mount", *arguments], capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file system of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)):
        pytest.skip("mounting a small file system needs root, and a container that permits it")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


class TestFull:
    """It fills up in the middle of two charges, by somebody else's file."""

    @pytest.fixture
    def settings(self, disk: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> config.Settings:
        monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)
        monkeypatch.setattr("actors.alerts.RETRY_SECONDS", 0.01)
        monkeypatch.setattr("actors.chargers.charger.SETTLE_SECONDS", 0.01)
        return nodes.made(disk / "data")

    async def test_every_acknowledged_sample_is_there_and_the_charges_go_on_when_there_is_room(
        self, node: Watched, connect: Connect, disk: pathlib.Path
    ) -> None:
        charges = [await Charge.begin(await connect(each), card) for each, card in zip(CHARGERS, CARDS, strict=True)]
        ballast = disk / "ballast"
        fill(ballast)
        for charge in charges:
            await charge.until_sent_away()
        await node.until(lambda: not node.healthy)
        ballast.unlink()
        await node.until(lambda: node.healthy)
        for charger_id, charge in zip(CHARGERS, charges, strict=True):
            await charge.go_on(await connect(charger_id))
            state = await node.only(charger_id)
            assert (state.energy_wh, state.samples) == (Decimal(charge.register), len(charge.acknowledged))
        stored = [each.event for each in await node.log_of("session:") if isinstance(each.event, events.MeterSampled)]
        registers = sorted(int(each.readings[0].values[0].value) for each in stored)
        assert registers == sorted(register for charge in charges for register in charge.acknowledged)
        await sound(node)


CARDS = ("CARD", "OTHER")


class Charge:
    """A transaction with large samples, and what was acknowledged of it."""

    def __init__(self, station: Station, transaction_id: int) -> None:
        self._station = station
        self._transaction_id = transaction_id
        self.register = 0
        self.acknowledged: list[int] = []

    @classmethod
    async def begin(cls, station: Station, card: str) -> Charge:
        """Start at 0 Wh."""
        return cls(station, (await station.start(meter=0, id_tag=card))["transactionId"])

    async def until_sent_away(self) -> None:
        """Sample until the server hangs up."""
        with pytest.raises(Closed) as closed:
            for self.register in itertools.count(1):
                await self._sample()
        assert closed.value.code == 1013

    async def go_on(self, station: Station) -> None:
        """Send again what was not acknowledged, and stop."""
        self._station = station
        await self._sample()
        await station.stop(self._transaction_id, self.register)

    async def _sample(self) -> None:
        values = [{"value": str(self.register)}, {"value": "x" * 3000, "format": "SignedData"}]
        sample = {"timestamp": AT, "sampledValue": values}
        payload = {"connectorId": 1, "transactionId": self._transaction_id, "meterValue": [sample]}
        await self._station.result("MeterValues", payload)
        self.acknowledged.append(self.register)


def fill(ballast: pathlib.Path) -> None:
    """Take all the room that there is."""
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(4096))


class TestReadOnly:
    """The disk was mounted read-only, as after an error."""

    @pytest.fixture
    def served(self, disk: pathlib.Path) -> Iterator[server.Server]:
        """A data directory with a session, on a disk that is read-only now."""
        with server.serving(disk / "data") as served:
            served.install("CP-01")
            assert served.stop() == 0
            assert mount("-o", "remount,ro", str(disk))
            yield served

    def test_a_server_says_so_and_does_not_start(self, served: server.Server) -> None:
        refused = served.try_csms("serve", "--http-port", "0", "--ocpp-port", "0")
        assert refused.returncode == 1
        assert str(served.data) in refused.stderr
        assert "ead-only" in refused.stderr
        assert "Traceback" not in refused.stderr

    @pytest.mark.parametrize("command", [("log", "verify"), ("replay", "--all", "--diff-live"), ("log", "export")])
    def test_what_only_reads_works(self, served: server.Server, command: tuple[str, ...]) -> None:
        served.csms(*command)
