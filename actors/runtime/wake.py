"""What a waiting task is woken with: trio wants an outcome, and the general ones cost as much as a message's handling.

Used by mailboxes and envelopes. Unlike outcome.Value these may be unwrapped again, which trio never does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any, Final, TypeVar

import outcome

R = TypeVar("R")
T = TypeVar("T")


class Answer(outcome.Outcome[R]):
    """A value."""

    __slots__ = ("value",)

    def __init__(self, value: R) -> None:
        self.value = value

    def unwrap(self) -> R:
        """The value."""
        return self.value

    def send(self, gen: Generator[T, R, object]) -> T:
        """Resume a generator with it."""
        return gen.send(self.value)

    async def asend(self, agen: AsyncGenerator[T, R]) -> T:
        """Resume an asynchronous generator with it."""
        return await agen.asend(self.value)


NOTHING: Final[Answer[Any]] = Answer(None)
"""Look around you: one for all wake-ups that tell nothing."""
