"""Outbound: the calls that a charger was sent or will be, one at a time (rules 1 and 3). Used by the charger only.

A plain object without tasks: the actor sends what `next` gives, and tells what came of it. A timeout frees the slot; a
late result is ignored, never matched to the next call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
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
    """One order on its way; `later` is None where nobody waits for the outcome.

    `order` is the call to make now; `answers` are those to the calls before it, where it takes several.
    """

    command_id: str
    command: commands.AnyCommand
    order: Order
    later: runtime.Later[Executed] | None
    session_id: str | None = None
    credential: str | None = None
    """The stored form of the password that it sets (rule 8)."""
    credential_waits: bool = False
    """It counts only when the charger connects anew."""
    profile: int | None = None
    """The security profile that it tells the charger to use (rule 57)."""
    alarm: alarm.Alarm | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def message_id(self) -> str:
        """The OCPP message id of the call to make now."""
        return f"{self.command_id}.{len(self.answers)}" if self.answers else self.command_id

    def advance(self, answer: dict[str, Any]) -> None:
        """This call was answered: the next one is due. Only where `order` has a rest."""
        first, *rest = self.order.rest
        self.order = Order(first.action, first.payload, tuple(rest))
        self.answers.append(answer)
        self.stop_clock()

    def whole(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answers to all its calls as one: their lists are joined, all else is as in the last one."""
        joined: dict[str, Any] = {}
        for each in (*self.answers, answer):
            for name, value in each.items():
                known = joined.get(name)
                joined[name] = known + value if isinstance(known, list) and isinstance(value, list) else value
        return joined

    def stop_clock(self) -> None:
        """Its time for an answer does not run any more."""
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm = None

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

    def sent(self, message_id: str) -> Pending | None:
        """The current call if it has this id; None for a late or foreign answer."""
        return self.current if self.current is not None and self.current.message_id == message_id else None

    def take(self, message_id: str) -> Pending | None:
        """The same, and the slot is free again."""
        current = self.sent(message_id)
        if current is None:
            return None
        self.current = None
        current.stop_clock()
        return current

    def drop(self, message_id: str) -> Pending | None:
        """Remove a call wherever it is: sent or still waiting."""
        found = self.take(message_id)
        if found is None:
            found = next((pending for pending in self._waiting if pending.message_id == message_id), None)
            if found is not None:
                self._waiting.remove(found)
        return found

    def clear(self) -> list[Pending]:
        """All calls, sent or waiting, when the link is gone."""
        gone = self._all()
        for pending in gone:
            pending.stop_clock()
        self.current = None
        self._waiting.clear()
        return gone

    def _all(self) -> list[Pending]:
        return [*([] if self.current is None else [self.current]), *self._waiting]
