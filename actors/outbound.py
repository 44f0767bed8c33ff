"""Outbound: the calls that a charger was sent or will be, one at a time (rules 1 and 3). Used by the charger only.

A plain object without tasks: the actor sends what `next` gives, and tells what came of it. A timeout frees the slot; a
late result is ignored, never matched to the next call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from actors import alarm, runtime
from csms.domain import commands
from csms.protocol.versions import Order

LIMIT = 50
"""Calls that may wait for a charger that is slow to answer."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of a command. `error` is the CALLERROR that a charger answered a raw call with."""

    command_id: str
    status: str
    detail: str = ""
    response: dict[str, Any] | None = None
    refused: bool = False
    error: commands.CallFailure | None = None


@dataclass(slots=True, eq=False)
class Pending:
    """One call on its way; `later` is None where nobody waits for the outcome."""

    command_id: str
    command: commands.AnyCommand
    order: Order
    later: runtime.Later[Executed] | None
    session_id: str | None = None
    credential: str | None = None
    """The stored form of the password that it sets (rule 8)."""
    alarm: alarm.Alarm | None = None

    def answer(self, executed: Executed) -> None:
        """Tell whoever waits; one that an actor's crash has told already hears nothing more."""
        if self.later is not None and not self.later.done:
            self.later.answer(executed)

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that nothing came of it."""
        if self.later is not None and not self.later.done:
            self.later.fail(error)


class Outbound:
    """The queue of one link. `current` is the call that the charger has not answered yet."""

    def __init__(self) -> None:
        self.current: Pending | None = None
        self._waiting: deque[Pending] = deque()

    def __len__(self) -> int:
        return len(self._waiting) + (self.current is not None)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all calls, sent or waiting."""
        return frozenset(pending.command_id for pending in self._all())

    @property
    def credentials(self) -> frozenset[str]:
        """The stored forms of the passwords that they set."""
        return frozenset(pending.credential for pending in self._all() if pending.credential is not None)

    @property
    def full(self) -> bool:
        """True when no more calls may wait."""
        return len(self) >= LIMIT

    def add(self, pending: Pending) -> None:
        """Queue a call."""
        self._waiting.append(pending)

    def next(self) -> Pending | None:
        """The call to send now; None while one is out or nothing waits."""
        if self.current is not None or not self._waiting:
            return None
        self.current = self._waiting.popleft()
        return self.current

    def sent(self, command_id: str) -> Pending | None:
        """The current call if it has this id; None for a late or foreign answer."""
        return self.current if self.current is not None and self.current.command_id == command_id else None

    def take(self, command_id: str) -> Pending | None:
        """The same, and the slot is free again."""
        current = self.sent(command_id)
        if current is None:
            return None
        self.current = None
        if current.alarm is not None:
            current.alarm.cancel()
        return current

    def drop(self, command_id: str) -> Pending | None:
        """Remove a call wherever it is: sent or still waiting."""
        found = self.take(command_id)
        if found is None:
            found = next((pending for pending in self._waiting if pending.command_id == command_id), None)
            if found is not None:
                self._waiting.remove(found)
        return found

    def clear(self) -> list[Pending]:
        """All calls, sent or waiting, when the link is gone."""
        gone = self._all()
        for pending in gone:
            if pending.alarm is not None:
                pending.alarm.cancel()
        self.current = None
        self._waiting.clear()
        return gone

    def _all(self) -> list[Pending]:
        return [*([] if self.current is None else [self.current]), *self._waiting]
