"""A day of a network, with all bad days in one: the processes that it happens to, and what happens to them.

Used by test_day.py. The server, the chargers and the strangers have a process each (compressed.py, network.py,
strangers.py); this one keeps the time (hours.py) and is the fate of all of them, by a plan (plans.py).
"""

from __future__ import annotations

import bisect
import json
import math
import os
import pathlib
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from csms import simulator
from tests.chaos import compressed, habits, hostile, hours, network, plans
from tests.chaos.test_busy import Holder
from tests.e2e import lines, server

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
"""A Monday."""
HOUR_S = 3600.0
NIGHT_S = 300.0
"""Longer than any limit after which the server decides what became of something."""
OVERTAKEN_S, OVERTAKEN_REAL_S = 300.0, 10.0
"""What should have happened so long ago does not happen: seconds of the day, and of ours, whichever is longer."""
PATIENCE_S = 300.0
"""Real seconds; only what hangs takes so long, whatever else the machine has to do."""
LOOK_S, SETTLED = 0.5, 10
"""Real seconds between looks at what the server uses, and how many of them in a row must show nothing less."""
LONG_LOCK_S, SHORT_LOCK_S = 12.0, 0.5
"""Real seconds for which another process holds the write lock: longer and shorter than the server waits."""


class Use(NamedTuple):
    """What the server uses: bytes, and numbers of the others."""

    memory: int
    files: int
    tasks: int
    actors: int


class Day:
    """One day. `told` gets a line for all that happens, and for each hour."""

    def __init__(self, folder: pathlib.Path, plan: plans.Plan, seed: int, told: Callable[[str], None]) -> None:
        self.plan, self._seed, self._told = plan, str(seed), told
        self._dice = random.Random(seed)
        self._folder = folder
        self._later: list[tuple[float, Callable[[], None]]] = []
        self.book = folder / "book"
        self.happened: Counter[str] = Counter()
        """What happened, and how often."""
        self.misled: list[tuple[float, float]] = []
        """From when to when the server's clock was wrong, in Unix seconds."""
        self._stack = ExitStack()
        self.keeper = hours.Keeper(folder / "hours", MIDNIGHT + plan.begin, plan.speed)
        self._stack.enter_context(self.keeper.running())
        in_our_time = {"CSMS_COMMAND_TIMEOUT": max(30.0, plan.speed), "CSMS_HANDSHAKE_RATE": 600 / plan.speed}
        self.server = server.Server(folder / "data", {name: str(value) for name, value in in_our_time.items()})
        self._stack.callback(self.server.close)
        self._network: lines.Program
        self._strangers: lines.Program

    def __enter__(self) -> Day:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # -- Its course ----------------------------------------------------------------------------------------------------

    def morning(self) -> None:
        """The server, its chargers and cards, and everybody who has to do with it."""
        self._restart()
        self._install()
        chargers, urls = str(self.plan.chargers), (self.server.ocpp_url, self.server.http_url)
        measures = (str(self.plan.hurry), str(self.plan.longest), str(self.plan.speed))
        paths = (str(self.keeper.path), str(self.book))
        self._network = self._program("network", *paths, urls[0], chargers, self._seed, *measures)
        self._strangers = self._program("strangers", *urls, chargers, self._seed)
        self._strangers.tell(self.server.api.headers["Authorization"].removeprefix("Bearer "))
        self._everybody_back()

    def pass_by(self) -> None:
        """All that happens, to the end of the day."""
        for at, name in self.plan.events(self._dice):
            self._at(at, self._happening(at, name))
        for hour in range(int(self.plan.begin // HOUR_S) + 1, int(self.plan.end // HOUR_S) + 1):
            self._at(hour * HOUR_S, self._report)
        while self._later and self._later[0][0] <= self.plan.end:
            at, act = self._later.pop(0)
            self.keeper.wait_until(MIDNIGHT + at)
            act()
        self.keeper.wait_until(MIDNIGHT + self.plan.end)

    def strangers_leave(self) -> dict[str, Any]:
        """What they did."""
        self._strangers.tell("")
        told: dict[str, Any] = self._strangers.wait_for(json.loads)
        return told

    def night(self) -> dict[str, Any]:
        """Everybody goes home; back when all is delivered and nothing waits any more. What the chargers say then."""
        told = self._ask("leave")
        self.keeper.absent(hours.NETWORK)
        self.keeper.wait_until(self.keeper.seconds() + NIGHT_S)
        return told

    def strikes(self) -> int:
        """How many of the server's actors failed at an await because they were made to."""
        return self.server.data.with_suffix(".log").read_text("utf-8", "replace").count(compressed.STRUCK_RECORD)

    def tomorrow(self) -> None:
        """The server begins anew, with the same chargers."""
        self._stop()
        self._restart()

    def use(self) -> Use:
        """What the server uses, with all chargers connected and everybody gone who is about to go."""
        self._everybody_back()
        looks = [self._use()]
        while len(looks) < SETTLED or looks[-1].files < min(look.files for look in looks[-SETTLED:-1]):
            time.sleep(LOOK_S)
            looks.append(self._use())
        return min(looks, key=lambda look: look.files)

    def _use(self) -> Use:
        with self.keeper.in_real_time():
            metrics = self._metrics()
        pages = int(pathlib.Path(f"/proc/{self.keeper.pid(hours.SERVER)}/statm").read_text().split()[1])
        actors = metrics["csms_charger_actors"] + metrics["csms_session_actors"]
        files, tasks = metrics["process_open_fds"], metrics["csms_tasks"]
        return Use(pages * os.sysconf("SC_PAGE_SIZE"), int(files), int(tasks), int(actors))

    # -- What happens to the server ------------------------------------------------------------------------------------

    def kill(self) -> None:
        """kill -9."""
        self.server.kill()
        self._restart()

    def die(self) -> None:
        """The same, between a commit and its answers, soon after the start."""
        self.server.kill()
        with self.keeper.in_real_time(), suppress(AssertionError, httpx.HTTPError):
            self._spawn(self._dice.randint(20, 200))
            self.server.ready()
        assert self.server.ended() == -signal.SIGKILL
        self._restart()

    def storm(self) -> None:
        """SIGTERM while everybody comes back."""
        self.server.kill()
        self._restart()
        self._connected(self._dice.randint(1, self.plan.chargers // 2))
        self._stop()
        self._restart()

    def maintenance(self) -> None:
        """It is gone for a while, and everybody charges on."""
        self._stop()
        self.keeper.absent(hours.SERVER)
        self.keeper.wait_until(self.keeper.seconds() + self._dice.uniform(0, self.plan.longest / 2))
        self._restart()

    def strike(self) -> None:
        """One of its actors fails at one of its awaits."""
        self.keeper.change(strike=True)

    def step(self) -> None:
        """Its clock is an hour wrong for a while."""
        self.misled.append((self.keeper.seconds(), math.inf))
        self.keeper.change(step=self._dice.choice((HOUR_S, -HOUR_S)))
        self._in(self._dice.uniform(0.2, 1) * self.plan.longest, self._right_again)

    def full(self) -> None:
        """Its disk is full for a while."""
        self.keeper.change(full=True)
        self._in(self._dice.uniform(0, 0.1) * self.plan.longest, lambda: self.keeper.change(full=False))

    def lock(self) -> None:
        """Another process holds the write lock for a moment."""
        self._hold(SHORT_LOCK_S)

    def long_lock(self) -> None:
        """The same for longer than the server waits, so that it sends the chargers away."""
        self._hold(LONG_LOCK_S)

    # -- How it happens ------------------------------------------------------------------------------------------------

    def _happening(self, at: float, name: str) -> Callable[[], None]:
        def happens() -> None:
            if self.keeper.seconds() - MIDNIGHT - at > max(OVERTAKEN_S, OVERTAKEN_REAL_S * self.plan.speed):
                return  # something else took that long, and its like would come all at once now
            self._told(f"{self._time()}  {name}")
            self.happened[name] += 1
            if hasattr(self, name):
                getattr(self, name)()
            else:
                self._ask(name)

        return happens

    def _at(self, at: float, act: Callable[[], None]) -> None:
        bisect.insort(self._later, (at, act), key=lambda each: each[0])

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        self._at(self.keeper.seconds() - MIDNIGHT + seconds, act)

    def _right_again(self) -> None:
        self.keeper.change(step=0.0)
        now = self.keeper.seconds()
        self.misled = [(begin, min(end, now)) for begin, end in self.misled]

    def _hold(self, seconds: float) -> None:
        with self.keeper.in_real_time():  # as the server's database waits
            holder = Holder(self.server.data, self._folder / "holder.log")
            time.sleep(seconds)
            holder.end()

    def _spawn(self, commits: int = 0) -> None:
        self.keeper.change(full=False)  # it does not start on a full disk, and says so
        module = (sys.executable, "-m", "tests.chaos.compressed")
        self.server.spawn(*module, str(self.keeper.path), str(commits))

    def _stop(self) -> None:
        with self.keeper.in_real_time():
            assert self.server.stop() == 0

    def _restart(self) -> None:
        with self.keeper.in_real_time():
            self._spawn()
            self.server.ready()

    def _program(self, module: str, *arguments: str) -> lines.Program:
        command = [sys.executable, "-m", f"tests.chaos.{module}", *arguments]
        program = lines.Program(command, log=self._folder / f"{module}.log")
        self._stack.callback(program.end, signal.SIGKILL)
        return program

    def _install(self) -> None:
        for index, charger_id in enumerate(simulator.numbered(network.PREFIX, self.plan.chargers)):
            numbers = range(1, habits.site_of(index).connectors + 1)
            self.server.post("/chargers", {"id": charger_id, "connectors": [{"id": number} for number in numbers]})
            for number in numbers:
                self.server.post("/tokens", {"id_token": habits.token_of(charger_id, number)})
        self.server.post("/chargers", {"id": hostile.EVIL, "connectors": [{"id": 1}]})
        self.server.post("/tokens", {"id_token": "BLOCKED", "blocked": True})
        self.server.post("/tokens", {"id_token": "EXPIRED", "valid_to": "2026-01-01T00:00:00Z"})

    # -- What is known -------------------------------------------------------------------------------------------------

    def _ask(self, order: str) -> dict[str, Any]:
        """Give the chargers an order; their answer."""
        self._network.tell(order)
        told: dict[str, Any] = self._network.wait_for(json.loads)
        assert told.pop("order") == order
        return told

    def _everybody_back(self) -> None:
        self._connected(self.plan.chargers)

    def _connected(self, count: int) -> None:
        """Wait until so many chargers are."""
        end, there = time.monotonic() + PATIENCE_S, 0.0
        while there < count:
            assert time.monotonic() < end, f"only {there} of {count} chargers came back"
            time.sleep(0.05)
            with suppress(httpx.TransportError):  # in compressed time connections do not wait long for a request
                there = self._metrics()["csms_chargers_connected"]

    def _metrics(self) -> dict[str, float]:
        told = self.server.api.get(f"{self.server.http_url}/metrics").raise_for_status().text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in told if line[0] != "#")}

    def _time(self) -> str:
        return datetime.fromtimestamp(self.keeper.seconds(), UTC).strftime("%H:%M:%S")

    def _report(self) -> None:
        told = " ".join(f"{name}={count}" for name, count in self._ask("tell").items())
        self._told(f"{self._time()}  {told} slow_s={self.keeper.slow_s:.0f}")
