"""Offloop: long texts are read in a thread, so that everybody else goes on meanwhile. Used by the charger actor.

Not faster, but in slices: Python's threads take turns every few milliseconds, and a megabyte takes a tenth of a second
or two. Short texts, which is nearly all that chargers send, are read where they are.
"""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import trio

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LONG = 131_072
"""Characters: thirty milliseconds at the very most. What a fleet brings along after an outage is shorter, and is not to
wait for a single thread."""

_turn = trio.CapacityLimiter(1)


async def reading(text: str, read: Callable[[*Ts], T], *args: *Ts) -> T:
    """What `read` makes of its arguments; in a thread where `text` is long, one at a time of all chargers'."""
    if len(text) < LONG:
        return read(*args)
    return await trio.to_thread.run_sync(read, *args, limiter=_turn)
