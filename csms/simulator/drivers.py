"""Scripts that play the people at a charger: a generator that acts, then yields what it waits for.

Used by `charger`, written in `profiles`. No task per driver: the charger looks whenever something happened to it.
"""

import dataclasses
from collections.abc import Callable, Generator
from typing import TypeAlias


@dataclasses.dataclass(frozen=True, slots=True)
class Wait:
    """Go on after `seconds` of simulated time, or as soon as `until` is true."""

    seconds: float
    until: Callable[[], bool] | None = None


Script: TypeAlias = Generator[Wait, None, None]


class Driver:
    """A running script."""

    def __init__(self, script: Script, now: float) -> None:
        self._script: Script | None = script
        self._until: Callable[[], bool] | None = None
        self.due = now
        """When to look at the latest (simulated Unix seconds)."""

    def step(self, now: float) -> bool:
        """Let the script act if its wait is over; tells whether it did."""
        if self._script is None or not (now >= self.due or (self._until is not None and self._until())):
            return False
        try:
            wait = next(self._script)
        except StopIteration:
            self._script, self._until, self.due = None, None, float("inf")
        else:
            self._until, self.due = wait.until, now + wait.seconds
        return True
