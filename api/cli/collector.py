"""Python's garbage collector, set up for a process that lives for months with a large and quiet heap.

Called once, when everything listens. What a frame needs is freed by counting references, and the handling of frames
leaves no cycles behind, so that collections find nothing; with Python's own thresholds looking for it took a quarter
of the server's time, and seconds at a stretch with thousands of chargers.
"""

import gc

YOUNG = 10_000
"""New containers, less those gone, after which the youngest are looked at: a few milliseconds."""
MIDDLE = 5
"""Looks at the youngest after which the middle ones are looked at too: tens of milliseconds when a fleet connects."""
OLD = 10_000
"""Looks at the middle ones before all is: hardly ever, for it stops everybody."""


def settle() -> None:
    """Keep what is loaded by now out of all further collections, and make these rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
