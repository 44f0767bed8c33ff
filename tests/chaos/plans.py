"""How large a day is and how bad, and when what happens. Times of day are in seconds since midnight.

Used by day.py, which says what each of these things is.
"""

from __future__ import annotations

import random
from typing import NamedTuple

HOUR_S = 3600.0
LONGEST = 1 / 12
"""The part of a day for which anything lasts at most."""
QUIET = 0.1
"""The last part of a day, in which nothing happens but what people do: the server lives on."""


class Plan(NamedTuple):
    """A day. From `kill` on the numbers say how often each thing happens."""

    chargers: int
    begin: float
    hours: float
    speed: float
    """Seconds of the day in one of ours."""
    hurry: float = 1.0
    """So many times as many people come as usual."""
    kill: int = 0
    die: int = 0
    storm: int = 0
    maintenance: int = 0
    strike: int = 0
    step: int = 0
    full: int = 0
    lock: int = 0
    long_lock: int = 0
    vanish: int = 0
    outage: int = 0
    power: int = 0
    clocks: int = 0

    @property
    def end(self) -> float:
        """When it is over."""
        return self.begin + self.hours * HOUR_S

    @property
    def longest(self) -> float:
        """Seconds for which anything lasts at most."""
        return self.hours * HOUR_S * LONGEST

    def events(self, dice: random.Random) -> list[tuple[float, str]]:
        """What happens when."""
        stretch = self.hours * HOUR_S * (1 - QUIET - LONGEST)
        names = [name for name in EVENTS for _ in range(getattr(self, name))]
        return sorted((self.begin + dice.uniform(0.02, 1) * stretch, name) for name in names)


EVENTS = Plan._fields[Plan._fields.index("kill") :]

SMALL = Plan(
    chargers=20,
    begin=17.5 * HOUR_S,
    hours=0.5,
    speed=300.0,
    hurry=6.0,
    kill=1,
    strike=6,
    step=1,
    full=1,
    lock=1,
    vanish=2,
    outage=1,
    power=1,
    clocks=1,
)
"""What takes long and has a test of its own is left out."""
FULL = Plan(
    chargers=200,
    begin=0.0,
    hours=24.0,
    speed=90.0,
    kill=16,
    die=8,
    storm=3,
    maintenance=2,
    strike=120,
    step=6,
    full=6,
    lock=12,
    long_lock=2,
    vanish=48,
    outage=12,
    power=24,
    clocks=16,
)
