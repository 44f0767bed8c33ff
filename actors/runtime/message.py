"""Envelope: one message on its way. Later: an answer that comes after the handler has returned.

Envelopes are made by refs and opened by actors; applications only see Later. Nothing here waits: an answer wakes the
caller's task directly, with no task, channel or event per call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import outcome
import trio

from actors.runtime.errors import CallTimeout
from actors.runtime.wake import Answer

if TYPE_CHECKING:
    from actors.runtime.mailbox import Mailbox

R = TypeVar("R")


class Envelope:
    """A cast, or a call whose task waits. `task` is that task until it is answered, timed out or cancelled."""

    __slots__ = ("args", "expects_answer", "kwargs", "later", "mailbox", "method", "seconds", "task", "timer")

    def __init__(
        self,
        mailbox: Mailbox,
        method: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        task: trio.lowlevel.Task | None = None,
    ) -> None:
        self.mailbox = mailbox
        self.method = method
        self.args = args
        self.kwargs = kwargs
        self.task = task
        self.expects_answer = task is not None
        self.seconds = 0.0
        self.timer = 0
        self.later: Later[Any] | None = None

    def answer(self, value: Any) -> None:
        """Wake the caller with `value`; a late answer is counted."""
        self._end(Answer(value))

    def fail(self, error: BaseException) -> None:
        """Wake the caller with `error`."""
        self._end(outcome.Error(error))

    def start_deadline(self, seconds: float) -> None:
        """Fail with CallTimeout in `seconds`."""
        self.seconds = seconds
        self.timer = self.mailbox.system.timers.add(seconds, self)

    def expire(self) -> None:
        """The deadline has come: the caller goes, and with it a Later that has no deadline of its own."""
        self.timer = 0
        self.fail(CallTimeout(self.mailbox.name, self.seconds))
        self._leave()

    def abort(self, _raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        """The caller was cancelled (trio calls this)."""
        self.task = None
        self._discard_timer()
        self._leave()
        return trio.lowlevel.Abort.SUCCEEDED

    def _leave(self) -> None:
        if self.later is not None:
            self.later._caller_left()

    def _end(self, result: outcome.Outcome[Any]) -> None:
        task = self.task
        if task is None:
            if self.expects_answer:
                self.mailbox.system.dead_letters.late_answers += 1
            return
        self.task = None
        self._discard_timer()
        trio.lowlevel.reschedule(task, result)

    def _discard_timer(self) -> None:
        if self.timer:
            self.mailbox.system.timers.discard(self.timer, self)
            self.timer = 0


class Later(Generic[R]):
    """The answer to a call, given after its handler returned, so that the handler never blocks the mailbox.

        async def on_reset(self, kind: Kind) -> Later[Accepted]:
            later = Later[Accepted](timeout=30, on_end=lambda: self.pending.pop(key, None))
            self.pending[key] = later
            return later

    timeout   seconds, counted from the handler's return, after which the caller gets CallTimeout. Without one the
              Later ends when its caller goes (its own deadline, or cancelled); with one it lives on until then.
    on_end    called once, synchronously and between the actor's steps, however it ends, so that the place where
              it is kept can be cleared: a timed-out one leaves no slot behind.

    When the actor ends, the callers of its open Laters get ActorCrashed.
    """

    __slots__ = ("_early", "_envelope", "_mailbox", "_on_end", "_timeout", "_timer", "done")

    def __init__(self, timeout: float | None = None, on_end: Callable[[], object] | None = None) -> None:
        self.done = False  # answered, failed, timed out or left by its caller
        self._timeout = timeout
        self._on_end = on_end
        self._early: outcome.Outcome[R] | None = None  # an answer given before the handler returned
        self._envelope: Envelope | None = None
        self._mailbox: Mailbox | None = None
        self._timer = 0

    def answer(self, value: R) -> None:
        """Give the caller its answer. One for a Later that is done already is dropped and counted."""
        self._end(Answer(value))

    def fail(self, error: Exception) -> None:
        """Make the caller's `call` raise `error` (one of the actor's `answers`, usually)."""
        self._end(outcome.Error(error))

    def expire(self) -> None:
        """Its own timeout has come."""
        assert self._mailbox is not None
        if self._envelope is not None and self._envelope.task is None:
            self._envelope = None  # nobody waits, so nothing is late
        self.fail(CallTimeout(self._mailbox.name, self._timeout or 0.0))

    def _bind(self, envelope: Envelope) -> None:
        """The handler returned this: from now on the answer goes to the envelope's caller."""
        if self._early is not None:
            envelope._end(self._early)
            return
        self._mailbox = envelope.mailbox
        self._mailbox.laters.add(self)
        self._envelope = envelope
        envelope.later = self
        if self._timeout is not None:
            self._timer = self._mailbox.system.timers.add(self._timeout, self)
        elif envelope.task is None:
            self._caller_left()

    def _caller_left(self) -> None:
        if self._timeout is None:
            self._envelope = None
            self.fail(LookupError("the caller left"))

    def _end(self, result: outcome.Outcome[R]) -> None:
        if self.done:
            if self._mailbox is not None:
                self._mailbox.system.dead_letters.late_answers += 1
            return
        self.done = True
        if self._mailbox is None:
            self._early = result
        else:
            self._close(self._mailbox, result)
        if self._on_end is not None:
            self._on_end()

    def _close(self, mailbox: Mailbox, result: outcome.Outcome[R]) -> None:
        mailbox.laters.discard(self)
        mailbox.system.timers.discard(self._timer, self)
        envelope, self._envelope = self._envelope, None
        if envelope is not None:
            envelope.later = None
            envelope._end(result)
