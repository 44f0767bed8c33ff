"""Lets handshakes in at a pace, first come first served, so that a reconnect storm ends.

Called by the upgrader before TLS and HTTP. Ten thousand handshakes at once would each take as long as all together, run
into their timeouts and begin again; in single file the first are done at once and the last ones wait, before their
own time runs. Never refuses anybody.
"""

from collections import OrderedDict
from collections.abc import Callable

import trio

from csms.gateway import pacing

PATIENCE = 1.0  # seconds that one handshake may keep a slot; a stalled one goes on without, and holds nobody up


class Turn:
    """A handshake that was let in. It counts until it is over, but not while it waits for its client."""

    __slots__ = ("_inside", "_left", "_over")

    def __init__(self, inside: OrderedDict["Turn", float], left: Callable[[], None]) -> None:
        self._inside = inside
        self._left = left
        self._over = False
        self.resume()

    def pause(self) -> None:
        """It waits for its client."""
        if self._inside.pop(self, None) is not None:
            self._left()

    def resume(self) -> None:
        """It goes on, at once: only beginners wait for a place."""
        if not self._over:
            self._inside[self] = trio.current_time() + PATIENCE

    def leave(self) -> None:
        """It is over, well or badly."""
        self._over = True
        self.pause()


class Admission:
    """At most `at_once` handshakes that make progress, and `rate` a second (0 = any)."""

    def __init__(self, at_once: int, rate: float) -> None:
        self._at_once = at_once
        self._pace = pacing.Pace(rate, burst=at_once)
        self._turn = trio.StrictFIFOLock()
        self._inside: OrderedDict[Turn, float] = OrderedDict()  # when the patience of each ends
        self._left = trio.Event()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turn.statistics().tasks_waiting

    async def enter(self) -> Turn:
        """Wait for a turn; who gets it must leave() it."""
        async with self._turn:
            await trio.sleep(self._pace.take(trio.current_time()))
            while self._full():
                await self._room()
            return Turn(self._inside, self._somebody_left)

    def _somebody_left(self) -> None:
        self._left.set()

    def _full(self) -> bool:
        now = trio.current_time()
        while self._inside and next(iter(self._inside.values())) <= now:
            self._inside.popitem(last=False)
        return len(self._inside) >= self._at_once

    async def _room(self) -> None:
        self._left = trio.Event()
        with trio.move_on_at(next(iter(self._inside.values()))):
            await self._left.wait()
