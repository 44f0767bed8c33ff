"""Simulated time: trio's clock, perhaps faster.

Everything a charger does is timed by this clock, in Unix seconds. It follows trio's clock, so tests with a virtual
one are exact, and `speed` makes an hour of charging pass in a minute.
"""

import time
from datetime import UTC, datetime, timedelta

import trio

_EPOCH = datetime.fromtimestamp(0, UTC)


class Clock:
    """`speed` simulated seconds pass in a real one, beginning at `start` (Unix seconds; None = now).

    Make it inside the event loop.
    """

    def __init__(self, speed: float = 1.0, start: float | None = None) -> None:
        self.speed = speed
        self._start = time.time() if start is None else start
        self._origin = trio.current_time()

    def now(self) -> float:
        """The simulated time in Unix seconds."""
        return self._start + (trio.current_time() - self._origin) * self.speed

    def deadline(self, at: float) -> float:
        """The moment of trio's clock at which the simulated time is `at`."""
        return self._origin + (at - self._start) / self.speed


def moment(text: str) -> float:
    """The Unix seconds of an RFC 3339 text; without an offset it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def stamp(at: float) -> str:
    """A simulated moment as the RFC 3339 text that chargers send: UTC, milliseconds, Z."""
    nearest = _EPOCH + timedelta(milliseconds=round(at * 1000))
    return nearest.isoformat(timespec="milliseconds").replace("+00:00", "Z")
