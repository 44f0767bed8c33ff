"""What a charger means to do later: actions with their time, in simulated seconds.

Owned by `charger`, used by everything that waits: reservations that expire, firmware that is to be installed, monitors
that report now and then. Pure: who owns it looks at `due` and calls `run`.
"""

import heapq
import itertools
from collections.abc import Callable

_NEVER = float("inf")


class Entry:
    """One intention; `cancel` forgets it."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """It will not happen."""
        self.action = None


class Agenda:
    """Intentions in the order of their times."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Entry]] = []
        self._numbers = itertools.count()

    @property
    def due(self) -> float:
        """When the next one comes; infinite without any."""
        while self._entries and self._entries[0][2].action is None:
            heapq.heappop(self._entries)
        return self._entries[0][0] if self._entries else _NEVER

    def at(self, when: float, action: Callable[[], None]) -> Entry:
        """Do this then."""
        entry = Entry(action)
        heapq.heappush(self._entries, (when, next(self._numbers), entry))
        return entry

    def run(self, now: float) -> None:
        """Do everything whose time has come."""
        while self.due <= now:
            _, _, entry = heapq.heappop(self._entries)
            action, entry.action = entry.action, None
            if action is not None:
                action()
