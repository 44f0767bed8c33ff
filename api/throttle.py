"""Slow guessing down: counts failures in a sliding window. Pure; the login resource owns one and passes the time in."""

from collections import OrderedDict
from collections.abc import Hashable

CAPACITY = 10_000


class Throttle:
    """At most `limit` failures a key within `window_s` seconds; the oldest keys are forgotten first."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit = limit
        self.window_s = window_s
        self._failures: OrderedDict[Hashable, list[float]] = OrderedDict()

    def wait_s(self, key: Hashable, now: float) -> float:
        """Seconds until `key` may try again; 0 when it may now."""
        recent = [at for at in self._failures.get(key, ()) if at > now - self.window_s]
        if len(recent) < self.limit:
            return 0.0
        return recent[-self.limit] + self.window_s - now

    def failed(self, key: Hashable, now: float) -> None:
        """Count a failure."""
        recent = [at for at in self._failures.pop(key, ()) if at > now - self.window_s]
        self._failures[key] = [*recent, now][-self.limit :]
        while len(self._failures) > CAPACITY:
            self._failures.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)
