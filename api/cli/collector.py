"""Python's garbage collector, set up for a process that lives for months with a large and quiet heap.

Called once, when everything listens. What a frame needs is freed by counting references, and the handling of frames
leaves no cycles behind, so that collections find next to nothing; with Python's own thresholds looking for it took a
quarter of the server's time, and seconds at a stretch with thousands of chargers.

Python counts new containers less those gone. What the rings keep of each frame replaces something older, so that this
count stays low while all that is new piles up for one long look. So we look by the clock instead: often, at little.
"""

import gc
import itertools
from typing import NoReturn

import trio

YOUNG = 10_000
"""New containers, less those gone, after which Python itself looks at the youngest: when a fleet connects."""
MIDDLE = 5
"""Looks at the youngest after which Python looks at the middle ones too."""
OLD = 10_000
"""Looks at the middle ones before all is: hardly ever, for it stops everybody."""
EVERY_S = 0.1
"""Seconds between our looks at the youngest: a millisecond or two each."""
MIDDLE_EVERY = 10
"""Our looks at the youngest for each at the middle ones."""


def settle() -> None:
    """Keep what is loaded by now out of all further collections, and make these rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


async def tidy() -> NoReturn:
    """Look by the clock, for ever."""
    for number in itertools.count(1):
        await trio.sleep(EVERY_S)
        gc.collect(1 if number % MIDDLE_EVERY == 0 else 0)
    raise AssertionError("unreachable: counting does not end")
