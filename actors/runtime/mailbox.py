"""Mailbox: the bounded queue of one child, which survives its restarts, and the control flags that go before data.

Refs put, the actor's loop takes, the child's record opens and closes. Putting never waits: a full mailbox refuses (or
drops the oldest cast), so two actors can never block each other, and a capacity of 0 does not exist.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from actors.runtime.errors import ActorCrashed, MailboxFull
from actors.runtime.wake import NOTHING

if TYPE_CHECKING:
    from actors.runtime.child import Child
    from actors.runtime.message import Envelope, Later
    from actors.runtime.reason import Reason
    from actors.runtime.system import System

LAST = 4  # messages that every actor remembers for crash reports


class Overflow(enum.Enum):
    """What a full mailbox does with one more message."""

    REJECT = "reject"  # raises MailboxFull to the sender
    DROP_OLDEST = "drop oldest"  # drops the oldest cast (never a call) and takes the new message


class Traced(NamedTuple):
    """What a tracer is shown: `event` is received or handled."""

    name: str
    event: str
    method: str
    args: tuple[Any, ...]


class Mailbox:
    """Messages for one child, and what the loop must look at before them.

    stop        why to end after the message in hand, or None
    suspended   hold back data until resumed
    closed      refuse new messages, with the child's `refusal()`
    """

    __slots__ = (
        "capacity", "child", "closed", "current", "dropped", "handled", "idle", "idle_at", "idle_timer",
        "last", "laters", "overflow", "queue", "stop", "suspended", "system", "tracer", "waiter",
    )  # fmt: skip

    def __init__(self, system: System, child: Child) -> None:
        self.system = system
        self.child = child
        self.queue: deque[Envelope] = deque()
        self.capacity = 128
        self.overflow = Overflow.REJECT
        self.closed = False
        self.stop: Reason | None = None
        self.suspended = False
        self.waiter: trio.lowlevel.Task | None = None
        self.current: Envelope | None = None
        self.laters: set[Later[Any]] = set()
        self.last: list[Envelope] = []
        self.handled = self.dropped = 0
        self.tracer: Callable[[Traced], None] | None = None
        self.idle = False
        self.idle_at: float | None = None
        self.idle_timer = 0

    @property
    def name(self) -> str:
        """The child's name."""
        return self.child.name

    def put(self, envelope: Envelope) -> None:
        """Queue a message. Raises NotRunning, Parked or MailboxFull; never waits."""
        if self.closed:
            raise self.child.refusal()
        if len(self.queue) >= self.capacity:
            self._make_room()
        self.queue.append(envelope)
        if self.tracer is not None:
            self.trace("received", envelope)
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            trio.lowlevel.reschedule(waiter, NOTHING)

    def take(self) -> Envelope | None:
        """The next message, now the one in hand; None when the loop must wait or end."""
        if not self.queue or self.suspended:
            return None
        self.current = envelope = self.queue.popleft()
        last = self.last
        if len(last) < LAST:
            last.append(envelope)
        else:
            last[self.handled % LAST] = envelope
        self.handled += 1
        return envelope

    def done(self, envelope: Envelope) -> None:
        """The message in hand is handled."""
        self.current = None
        if self.tracer is not None:
            self.trace("handled", envelope)

    async def wait(self, idle_after: float | None) -> None:
        """Until there is a message, a change of a flag, or `idle_after` seconds of silence (then `idle` is set)."""
        self.idle_at = None if idle_after is None else self.system.timers.now() + idle_after
        if idle_after is not None and not self.idle_timer:
            self.idle_timer = self.system.timers.add(idle_after, self)
        self.waiter = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abort)

    def expire(self) -> None:
        """The idle timer: it is not moved for each message, so look whether the silence really was that long."""
        self.idle_timer = 0
        if self.waiter is None or self.idle_at is None:
            return
        left = self.idle_at - self.system.timers.now()
        if left > 0:
            self.idle_timer = self.system.timers.add(left, self)
        elif not self.suspended:
            self.idle = True
            self.wake()

    def wake(self) -> None:
        """Let the loop look at its flags."""
        waiter, self.waiter = self.waiter, None
        if waiter is not None:
            trio.lowlevel.reschedule(waiter, NOTHING)

    @property
    def resting(self) -> bool:
        """Whether the loop has nothing to do but wait."""
        return self.stop is None and (self.suspended or not self.queue)

    def renew(self) -> None:
        """Ready for a new incarnation: the queue stays, the flags are cleared."""
        self.closed = self.suspended = self.idle = False
        self.stop = None

    def configure(self, capacity: int, overflow: Overflow) -> None:
        """What the actor declares. Raises ValueError for a capacity below 1, which could take no message at all."""
        if capacity < 1:
            raise ValueError(f"capacity of {self.name} is {capacity}; a mailbox holds at least 1 message")
        self.capacity, self.overflow = capacity, overflow

    def fail_open(self, reason: Reason) -> None:
        """The incarnation ended: fail the call in hand and all deferred ones with ActorCrashed."""
        current, self.current = self.current, None
        if current is not None and current.expects_answer:
            current.fail(ActorCrashed(self.name, reason))
        for later in list(self.laters):
            later.fail(ActorCrashed(self.name, reason))

    def close(self) -> None:
        """Nobody will ever handle what waits: calls fail as never handled, casts are dead letters."""
        self.closed = True
        while self.queue:
            envelope = self.queue.popleft()
            if envelope.task is not None:
                envelope.fail(self.child.refusal())
            else:
                self.system.dead_letters.add(self.name, envelope, str(self.child.last_reason))
        self.system.timers.discard(self.idle_timer, self)
        self.idle_timer = 0

    def trace(self, event: str, envelope: Envelope) -> None:
        """Show a step to the tracer, whose own errors are not the actor's."""
        if self.tracer is not None:
            self.system.contained(self.tracer, Traced(self.name, event, envelope.method, envelope.args))

    def _make_room(self) -> None:
        if self.overflow is Overflow.DROP_OLDEST:
            for index, envelope in enumerate(self.queue):
                if not envelope.expects_answer:
                    del self.queue[index]
                    self.dropped += 1
                    self.system.dead_letters.add(self.name, envelope, "mailbox full: dropped the oldest")
                    return
        raise MailboxFull(self.name, self.capacity)

    def _abort(self, _raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        self.waiter = None
        return trio.lowlevel.Abort.SUCCEEDED
