"""Bucketed deadlines: one task for all the deadlines of a system, where a trio deadline each costs a third of a call.

Used for calls, Laters and idle actors. An entry expires never early and at most a tick (1/64 s) late.
"""

from __future__ import annotations

import heapq
import logging
import math
from typing import Protocol

import trio

logger = logging.getLogger(__name__)

TICKS = 64  # a second; a power of two, so that bucket times are exact
FAR = 128 * TICKS  # behind the next bucket: an empty one is not kept until its time, which may be a day away


class Expires(Protocol):
    """Something with a deadline. `expire` runs in the timer task, so it must not block; what it raises is logged."""

    def expire(self) -> None:
        """The time has come."""


class Timers:
    """Deadlines by bucket: adding and discarding are a dict operation each."""

    __slots__ = ("_buckets", "_keys", "_wake", "now")

    def __init__(self) -> None:
        self.now = trio.lowlevel.current_clock().current_time
        self._buckets: dict[int, dict[Expires, None]] = {}  # a dict for its order
        self._keys: list[int] = []  # heap of the bucket keys
        self._wake: trio.Event | None = None

    def add(self, seconds: float, entry: Expires) -> int:
        """Call `entry.expire()` in `seconds`, unless discarded; returns the key for that (never 0)."""
        key = int((self.now() + seconds) * TICKS) + 1
        bucket = self._buckets.get(key)
        if bucket is None:
            self._open(key, entry)
        else:
            bucket[entry] = None
        return key

    def discard(self, key: int, entry: Expires) -> None:
        """Forget `entry`, which `add` put under `key`; no error if it expired already."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.pop(entry, None)
            if not bucket and key - self._keys[0] > FAR:
                self._close(key)

    def pending(self) -> int:
        """How many entries wait (for tests and statistics)."""
        return sum(map(len, self._buckets.values()))

    async def run(self) -> None:
        """Expire what is due, for ever."""
        while True:
            self._wake = trio.Event()
            until = self._keys[0] / TICKS if self._keys else math.inf
            with trio.move_on_at(until):
                await self._wake.wait()
            self._expire_due()

    def _open(self, key: int, entry: Expires) -> None:
        self._buckets[key] = {entry: None}
        earliest = not self._keys or key < self._keys[0]
        heapq.heappush(self._keys, key)
        if earliest and self._wake is not None:
            self._wake.set()

    def _close(self, key: int) -> None:
        """Its key stays in the heap until most of them are of buckets that are gone."""
        del self._buckets[key]
        if len(self._keys) > 2 * len(self._buckets) + TICKS:
            self._keys = list(self._buckets)
            heapq.heapify(self._keys)

    def _expire_due(self) -> None:
        while self._keys and self._keys[0] / TICKS <= self.now():
            key = self._keys[0]
            bucket = self._buckets.setdefault(key, {})
            for entry in list(bucket):
                if entry in bucket:  # else an entry before it has discarded it
                    del bucket[entry]
                    _expire(entry)
            del self._buckets[key]
            heapq.heappop(self._keys)


def _expire(entry: Expires) -> None:
    try:
        entry.expire()
    except Exception:
        logger.exception("timers.expire_failed entry=%r", entry)
