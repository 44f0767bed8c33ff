"""Compressed time, the same in all processes of a day: a small file that a keeper writes and clocks read.

A day's time runs `speed` times as fast as ours while every member keeps up. Where one does not (its loop is late, its
writer waits for the disk, its chargers wait for an answer), time runs slower until it does: nobody is blamed for what
the machine lacks. The keeper is the test; members are the processes with a `Clock`.
"""

from __future__ import annotations

import math
import mmap
import os
import pathlib
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import trio

TICK_S = 0.005
"""How often the keeper looks, in real seconds; no more than twice this passes at a time, whoever is late."""
SIGN_S = 0.002
"""How often a member gives a sign at most, in real seconds."""
NAP_S = 0.01
"""How long a loop without anything to do sleeps at most, in real seconds."""
LATE_S = 0.06
"""Real seconds after which a member that gave no sign is behind."""
SLOWER = 0.1
"""How much slower time runs then; with 90 as the speed 30 seconds are more than three of ours."""

SERVER, NETWORK = 0, 1
"""The members."""


class Sky(NamedTuple):
    """What the keeper says. `seconds` were it at `written` (the machine's monotonic clock), and `speed` is theirs."""

    written: float
    seconds: float
    speed: float
    step: float
    """Seconds by which the server's wall clock is wrong."""
    full: bool
    """The server's disk is full."""
    strikes: int
    """Faults that the server was to inject into its actors so far."""


_SKY = struct.Struct("=dddddQ")
_EDITION = struct.Struct("=Q")
"""Stands before and behind the sky: both agree unless it is being written."""
_SIGNS = struct.Struct("=ddQ")
"""Of a member: when its loop turned, since when something waits in it (0: nothing does), and its process id."""
_MEMBERS = 2
_BODY = slice(_EDITION.size, _EDITION.size + _SKY.size)
_BEFORE, _BEHIND = slice(0, _BODY.start), slice(_BODY.stop, _BODY.stop + _EDITION.size)
_SIZE = _BEHIND.stop + _MEMBERS * _SIGNS.size


class _File:
    """The file, shared through memory."""

    def __init__(self, path: pathlib.Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)
        self._editions = 0

    def sky(self) -> Sky:
        while True:  # against the order of writing
            behind, body, before = self._memory[_BEHIND], self._memory[_BODY], self._memory[_BEFORE]
            if before == behind:
                return Sky(*_SKY.unpack(body))

    def say(self, sky: Sky) -> None:
        self._editions += 1
        self._memory[_BEFORE] = _EDITION.pack(self._editions)
        self._memory[_BODY] = _SKY.pack(*sky)
        self._memory[_BEHIND] = _EDITION.pack(self._editions)

    def signs(self, member: int) -> tuple[float, float, int]:
        turned, since, pid = _SIGNS.unpack(self._memory[self._of(member)])
        return float(turned), float(since), int(pid)

    def sign(self, member: int, turned: float, since: float, pid: int) -> None:
        self._memory[self._of(member)] = _SIGNS.pack(turned, since, pid)  # torn, it is a moment's mistake

    @staticmethod
    def _of(member: int) -> slice:
        begin = _BEHIND.stop + member * _SIGNS.size
        return slice(begin, begin + _SIGNS.size)


def _since(sky: Sky, now: float) -> float:
    """The time of day, in seconds."""
    return sky.seconds + min(max(0.0, now - sky.written), 2 * TICK_S) * sky.speed


class Clock(trio.abc.Clock):
    """A member's clock, for trio.run. Its time is Unix seconds."""

    def __init__(self, path: pathlib.Path, member: int) -> None:
        self._file, self._member, self._pid = _File(path), member, os.getpid()
        self.waits: Callable[[], bool] = lambda: False
        """Whether anybody in this process waits for another one now."""
        self._working = self._since = self._signed = self._latest = 0.0

    def start_clock(self) -> None:
        """Nothing to prepare."""

    def current_time(self) -> float:
        """The time now. Called by trio whenever its loop turns, which is what the keeper wants to know."""
        now = time.monotonic()
        if now - self._signed > SIGN_S:
            self._signed = now
            self._since = (self._since or now) if self.waits() else 0.0
            self._file.sign(self._member, now, self._working or self._since, self._pid)
        self._latest = max(self._latest, _since(self._file.sky(), now))
        return self._latest

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Real seconds to sleep; never long, for the speed may change."""
        sky = self._file.sky()
        return min(NAP_S, max(0.0, deadline - _since(sky, time.monotonic())) / sky.speed)

    @property
    def sky(self) -> Sky:
        """What the keeper says."""
        return self._file.sky()

    def seconds(self) -> float:
        """The time now, for a thread or before the loop runs."""
        return _since(self._file.sky(), time.monotonic())

    @contextmanager
    def working(self) -> Iterator[None]:
        """The one thread whose work the loop waits for is at it."""
        self._working = time.monotonic()
        try:
            yield
        finally:
            self._working = 0.0


class Keeper:
    """Makes the file. Time is `start` (Unix seconds) until it is told to pass; with `running` it does by itself."""

    def __init__(self, path: pathlib.Path, start: float, speed: float) -> None:
        self.path = path
        self.speed = speed
        self.slow_s = 0.0
        """Real seconds in which time ran slower."""
        path.write_bytes(bytes(_SIZE))
        self._file = _File(path)
        self._file.say(Sky(time.monotonic(), start, 1.0, step=0.0, full=False, strikes=0))
        self._changing = threading.Lock()
        self._patient = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time passes meanwhile."""
        over = threading.Event()
        thread = threading.Thread(target=self._run, args=(over,), name="keeper")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def advance(self, now: float) -> None:
        """Let the time since the last call pass; `now` is the machine's monotonic clock."""
        with self._changing:
            sky = self._file.sky()
            speed = 1.0 if self._patient else self.speed * SLOWER if self._late(now) else self.speed
            if speed < self.speed:
                self.slow_s += now - sky.written
            self._file.say(sky._replace(written=now, seconds=_since(sky, now), speed=speed))

    def seconds(self) -> float:
        """The time now."""
        return _since(self._file.sky(), time.monotonic())

    def wait_until(self, at: float) -> None:
        """Let time pass until it is `at`."""
        while self.seconds() < at:
            time.sleep(TICK_S)

    def absent(self, member: int) -> None:
        """Nobody waits for this member until its clock runs again."""
        self._file.sign(member, math.inf, 0.0, 0)

    def pid(self, member: int) -> int:
        """The process of a member whose clock runs."""
        return self._file.signs(member)[2]

    def change(self, *, step: float | None = None, full: bool | None = None, strike: bool = False) -> None:
        """Say something else to the server."""
        with self._changing:
            sky = self._file.sky()
            step, full = sky.step if step is None else step, sky.full if full is None else full
            self._file.say(sky._replace(step=step, full=full, strikes=sky.strikes + strike))

    @contextmanager
    def in_real_time(self) -> Iterator[None]:
        """Time runs as fast as ours meanwhile."""
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

    def _run(self, over: threading.Event) -> None:
        while not over.wait(TICK_S):
            self.advance(time.monotonic())

    def _late(self, now: float) -> bool:
        return any(
            now - turned > LATE_S or (since > 0 and now - since > LATE_S)
            for turned, since, _ in map(self._file.signs, range(_MEMBERS))
        )
