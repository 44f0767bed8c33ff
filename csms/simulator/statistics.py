"""What a fleet has done so far, in plain counts. Written by `link`, read by whoever shows progress."""

import collections
import dataclasses


@dataclasses.dataclass(slots=True)
class Statistics:
    """Counts over all chargers of a fleet."""

    online: int = 0
    connects: int = 0
    drops: int = 0
    """Links that ended, whoever ended them."""
    failed_connects: int = 0
    refused: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    """HTTP statuses other than 101 that answered the upgrade."""
    frames_in: int = 0
    frames_out: int = 0
