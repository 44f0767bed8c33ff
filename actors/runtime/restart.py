"""Restart policies: when a child is restarted, how often, and after which pause. Pure: the caller brings the time.

Used by child specs and both supervisors; never starts anything itself.
"""

from __future__ import annotations

import enum
import math
import random
from collections import deque
from dataclasses import dataclass

from actors.runtime.reason import Reason


class Restart(enum.Enum):
    """When a child that ended by itself is started again (OTP's rules)."""

    PERMANENT = "permanent"  # always, after a normal end too
    TRANSIENT = "transient"  # after an abnormal end only
    TEMPORARY = "temporary"  # never

    def after(self, reason: Reason) -> bool:
        """Whether a child of this kind that ended for `reason` is restarted."""
        return self is Restart.PERMANENT or (self is Restart.TRANSIENT and reason.abnormal)


class Strategy(enum.Enum):
    """Whom a static supervisor restarts with a child that ended."""

    ONE_FOR_ONE = "one_for_one"  # that child
    ONE_FOR_ALL = "one_for_all"  # all children
    REST_FOR_ONE = "rest_for_one"  # that child and those started after it


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pause before a restart: `min` seconds, doubled for each failure in a row up to `max`, plus up to `jitter`
    (a fraction) more. A child that ran `reset_after` seconds begins anew at `min`."""

    min: float = 0.2
    max: float = 30.0
    jitter: float = 0.2
    reset_after: float = 60.0

    def delay(self, failures: int, rng: random.Random) -> float:
        """Seconds to wait after the `failures`-th failure in a row (1 = the first)."""
        doublings = min(failures - 1, 64)  # beyond that a float overflows, and max has long won
        pause = min(self.max, self.min * math.ldexp(1.0, doublings))
        return pause * (1.0 + self.jitter * rng.random())


class Intensity:
    """At most `limit` restarts within any `period` seconds (OTP's intensity and period)."""

    __slots__ = ("_times", "limit", "period")

    def __init__(self, limit: int, period: float) -> None:
        self.limit = limit
        self.period = period
        self._times: deque[float] = deque()

    def allows(self, now: float) -> bool:
        """Count a restart at `now`; False when that is one too many."""
        times = self._times
        times.append(now)
        while now - times[0] > self.period:
            times.popleft()
        return len(times) <= self.limit
