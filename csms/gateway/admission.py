"""Lets handshakes in at a pace, first come first served, so that a reconnect storm ends.

Called by the server before TLS and HTTP. Ten thousand handshakes at once would each take as long as all together, run
into their timeouts and begin again; in single file the first are done at once and the last ones wait, before their
own time runs. Never refuses anybody.
"""

from collections import OrderedDict

import trio

from csms.gateway import pacing

PATIENCE = 1.0  # seconds that one handshake may keep a slot; a stalled one goes on without, and holds nobody up


class Admission:
    """At most `at_once` handshakes that make progress, and `rate` a second (0 = any)."""

    def __init__(self, at_once: int, rate: float) -> None:
        self._at_once = at_once
        self._pace = pacing.Pace(rate, burst=at_once)
        self._turn = trio.StrictFIFOLock()
        self._inside: OrderedDict[object, float] = OrderedDict()  # ticket -> when its patience ends
        self._left = trio.Event()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turn.statistics().tasks_waiting

    async def enter(self) -> object:
        """Wait for a turn; returns the ticket for leave()."""
        async with self._turn:
            await trio.sleep(self._pace.take(trio.current_time()))
            while self._full():
                await self._room()
            ticket = object()
            self._inside[ticket] = trio.current_time() + PATIENCE
            return ticket

    def leave(self, ticket: object) -> None:
        """The handshake is over, well or badly."""
        if self._inside.pop(ticket, None) is not None:
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
