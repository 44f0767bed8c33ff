"""The fleet as a test sees it: started, watched by what is acknowledged to it, and sent home."""

import contextlib
import json
import pathlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

from csms import simulator
from tests.chaos import fleet
from tests.e2e import lines, server


class Charging:
    """A fleet in a process of its own. `told` are the lines of its ledger so far."""

    def __init__(self, url: str, chargers: int, seed: int, protocol: str, log: pathlib.Path) -> None:
        command = [sys.executable, "-m", "tests.chaos.fleet", url, str(chargers), str(seed), protocol]
        self._program = lines.Program(command, log=log)
        self.told: list[dict[str, Any]] = []

    def acknowledged(self, count: int, record: str | None = None) -> None:
        """Wait until so many more records have been acknowledged; `record` counts only starts, samples or stops."""
        for _ in range(count):
            self._program.wait_for(lambda line: self._noted(line, record))

    def offline(self) -> None:
        """Wait until no charger has a connection: what is acknowledged after this is by the next server."""
        self._program.tell("offline")
        self._program.wait_for(lambda line: self._noted(line, "offline"))
        self.told.pop()

    def leave(self) -> None:
        """Everybody goes home. Back when every record was acknowledged; AssertionError if one never is."""
        self._program.tell("leave")
        self._program.wait_for(lambda line: self._noted(line, "end"))
        missing = self.told.pop()["unacknowledged"]
        assert missing == [], f"never acknowledged to the last record: {missing}"

    def kill(self) -> None:
        """All chargers lose their power."""
        self._program.end(signal.SIGKILL)

    def _noted(self, line: str, record: str | None) -> bool | None:
        entry = json.loads(line)
        self.told.append(entry)
        return True if record in (None, entry["record"]) else None


def install(running: server.Server, chargers: int) -> None:
    """Register the chargers of a fleet, and a card for each."""
    for charger_id in simulator.numbered(fleet.PREFIX, chargers):
        running.post("/chargers", {"id": charger_id, "connectors": [{"id": 1}]})
        running.post("/tokens", {"id_token": fleet.token_of(charger_id)})


@contextlib.contextmanager
def everywhere(running: server.Server, chargers: int, seed: int, protocol: str = "1.6") -> Iterator[Charging]:
    """A session at each of so many chargers; what goes on is gone afterwards."""
    install(running, chargers)
    charging = Charging(running.ocpp_url, chargers, seed, protocol, running.data.with_suffix(".fleet.log"))
    try:
        charging.acknowledged(chargers, "start")
        yield charging
    finally:
        charging.kill()
