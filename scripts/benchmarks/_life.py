"""One charger's days: it charges, rests, beats, loses its connection, comes back from the same place or from another.

Used by soak.py, on top of _charger.py. All that it does by chance is thrown by dice of its own.
"""

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from scripts.benchmarks import _servers
from scripts.benchmarks._charger import Charger

LOST = 0.15
"""The chance that a charger loses its connection while it charges, and again while it rests."""
POWER_W = 11_000


class Pace(NamedTuple):
    """Seconds between the samples of a session, of a session, and of the rest after it; the last two on average."""

    sample_s: float
    charging_s: float
    resting_s: float


@dataclass
class Tally:
    """What all chargers did so far: `open` sessions now, `took` the seconds of each answer since somebody looked."""

    messages: int = 0
    sessions: int = 0
    open: int = 0
    returns: int = 0
    took: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def token(number: int) -> str:
    """The card that is used at this charger and nowhere else."""
    return f"CARD-{number}"


class Life:
    """BENCH-`number`, from its first connection until everything is `over`."""

    def __init__(
        self, server: _servers.Server, number: int, pace: Pace, tally: Tally, turns: asyncio.Semaphore
    ) -> None:
        self._server = server
        self._name, self._token = f"BENCH-{number}", token(number)
        self._pace, self._tally, self._turns = pace, tally, turns
        self._dice = random.Random(number)
        self._charger: Charger
        self._meter_wh = 0
        self._over: asyncio.Event

    async def run(self, over: asyncio.Event) -> None:
        """Live. What goes wrong is noted, and the charger comes back; its session is over then."""
        self._over = over
        async with self._turns:
            await self._arrive()
        await self._pause(self._dice.uniform(0, self._pace.charging_s + self._pace.resting_s))  # not in step
        while not over.is_set():
            begun = self._tally.open
            try:
                await self._charge()
                await self._rest()
            except ConnectionError as error:
                self._tally.failures.append(str(error))
                self._tally.open = min(self._tally.open, begun)
                await self._arrive()
        await self._charger.close()

    async def _arrive(self) -> None:
        self._charger = Charger(self._server, self._name)
        await self._charger.connect()
        await self._charger.boot()
        await self._charger.report()

    async def _charge(self) -> None:
        await self._status("Preparing")
        await self._say("Authorize", idTag=self._token)
        now = _now()
        start = {"connectorId": 1, "idTag": self._token, "meterStart": self._meter_wh, "timestamp": now}
        transaction = (await self._say("StartTransaction", **start))["transactionId"]
        self._tally.open += 1
        await self._status("Charging")
        samples = max(1, round(self._about(self._pace.charging_s) / self._pace.sample_s))
        lost = self._dice.randrange(samples) if self._dice.random() < LOST else None
        begun = time.monotonic()
        for number in itertools.takewhile(lambda _: not self._over.is_set(), range(samples)):
            # By the charger's own clock, not by when it was answered: who is answered together would go on together.
            await self._pause(begun + (number + 1) * self._pace.sample_s - time.monotonic())
            if number == lost:
                await self._come_back()
            await self._say("MeterValues", connectorId=1, transactionId=transaction, meterValue=[self._sample()])
        await self._status("Finishing")
        stop = {"idTag": self._token, "meterStop": self._meter_wh, "timestamp": _now(), "reason": "EVDisconnected"}
        await self._say("StopTransaction", transactionId=transaction, **stop)
        await self._status("Available")
        self._tally.open -= 1
        self._tally.sessions += 1

    async def _rest(self) -> None:
        seconds = self._about(self._pace.resting_s)
        await self._pause(seconds / 2)
        await self._say("Heartbeat")
        if self._dice.random() < LOST:
            await self._come_back()
        await self._pause(seconds / 2)

    async def _come_back(self) -> None:
        """On a new connection: half of the time the old one has gone without the server's knowledge."""
        old = self._charger
        if self._dice.random() < 0.5:
            await old.close()
        self._charger = Charger(self._server, self._name)
        await self._charger.connect()
        await self._say("Heartbeat")
        await old.close()
        self._tally.returns += 1

    def _sample(self) -> dict[str, Any]:
        self._meter_wh += round(POWER_W * self._pace.sample_s / 3600) + 1
        values = [
            {"value": str(self._meter_wh), "unit": "Wh"},
            {"value": str(POWER_W + self._dice.randrange(100)), "measurand": "Power.Active.Import", "unit": "W"},
            {"value": "42", "measurand": "SoC", "unit": "Percent"},
        ]
        return {"timestamp": _now(), "sampledValue": values}

    async def _status(self, status: str) -> None:
        await self._say("StatusNotification", connectorId=1, errorCode="NoError", status=status)

    async def _say(self, action: str, **payload: Any) -> Any:
        before = time.perf_counter()
        answer = await self._charger.call(action, payload)
        self._tally.took.append(time.perf_counter() - before)
        self._tally.messages += 1
        return answer

    def _about(self, seconds: float) -> float:
        return seconds * self._dice.uniform(0.5, 1.5)

    async def _pause(self, seconds: float) -> None:
        """Sleep, or until everything is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass


def _now() -> str:
    return datetime.now(UTC).isoformat()
