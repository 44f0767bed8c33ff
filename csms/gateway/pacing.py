"""How fast: a rate with a burst, as arithmetic on one float, pure; the clock is an argument.

Called by connections (frames a second of each charger) and by the admission (handshakes a second). Never sleeps: it
says how long to wait.
"""


class Pace:
    """At most `rate` a second after a `burst` of so many at once (the generic cell rate algorithm); rate 0 never waits.

    It queues instead of refusing: every take() moves the next one further out, so callers are served in the order
    they asked.
    """

    __slots__ = ("_burst", "_due", "_interval")

    def __init__(self, rate: float, burst: float | None = None) -> None:
        if rate < 0:
            raise ValueError(f"a rate is 0 (off) or more a second, not {rate}")
        self._interval = 1 / rate if rate else 0.0
        self._burst = max(1.0, rate if burst is None else burst) * self._interval
        self._due = 0.0

    def take(self, now: float, count: float = 1) -> float:
        """Take so many, and return the seconds to wait before using them: as for one, the next ones wait for the rest.

        So a big one alone is served as fast as a small one.
        """
        due = max(self._due, now)
        self._due = due + count * self._interval
        return max(0.0, due + self._interval - self._burst - now)

    def give_back(self, count: float = 1) -> None:
        """The last ones taken were not used after all."""
        self._due -= count * self._interval

    def idle(self, now: float) -> bool:
        """Whether it is as good as new, so that it may be forgotten."""
        return self._due <= now


class Paces:
    """One Pace a key, kept over reconnects, so that reconnecting does not refill it."""

    __slots__ = ("_paces", "_rate")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._paces: dict[str, Pace] = {}

    def __len__(self) -> int:
        return len(self._paces)

    def of(self, key: str) -> Pace:
        """The pace of that key; a new one if it is not known (any more)."""
        found = self._paces.get(key)
        if found is None:
            found = self._paces[key] = Pace(self._rate)
        return found

    def forget_idle(self, now: float, using: frozenset[str] | set[str]) -> None:
        """Drop the paces that nobody is using and that are as good as new."""
        for key in [key for key, pace in self._paces.items() if key not in using and pace.idle(now)]:
            del self._paces[key]
