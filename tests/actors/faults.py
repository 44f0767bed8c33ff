"""Faults at the awaits of a node's actors: one exception each, at the place and the moment that a test names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Literal, NoReturn

import outcome
import pytest
import trio

from actors import runtime
from actors.connections import link

Moment = Literal["before", "waiting", "answer"]
"""before: it never begins to wait. waiting: it waits, and what it waits for goes on. answer: all is done but for it."""

_SEAMS: tuple[tuple[Any, str], ...] = (
    (trio.to_thread, "run_sync"),
    (runtime.Ref, "call"),
    (runtime.DynamicSupervisor, "ensure_child"),
    (link.Link, "send"),
)
"""All that an actor of the charging system ever awaits."""


class Injected(Exception):
    """What no actor expects."""


class Fault(trio.abc.Instrument):
    """Makes the `number`-th await of the tasks whose names begin with `actor` fail. `hit`: there were so many.

    `unstoppable`: it waited for a thread, which nobody can stop while it runs, so that nothing failed after all.

    What trio shields from cancellation is no place to fail at: nothing ever raises there, and trio relies on it.
    """

    def __init__(self, actor: str, moment: Moment, number: int) -> None:
        self._actor, self._moment, self._left = actor, moment, number
        self._waiting: set[trio.lowlevel.Task] = set()
        self.unstoppable = False

    @property
    def hit(self) -> bool:
        """Whether it failed there."""
        return self._left <= 0

    @contextmanager
    def injected(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
        """Count from here on."""
        with monkeypatch.context() as patch:
            for owner, name in _SEAMS if self._moment == "before" else ():
                patch.setattr(owner, name, self._failing(getattr(owner, name)))
            trio.lowlevel.add_instrument(self)
            try:
                yield self
            finally:
                trio.lowlevel.remove_instrument(self)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """It begins to wait."""
        if task._abort_func is None or not self._concerns(task):
            return
        if self._moment == "answer":
            self._waiting.add(task)
        elif self._moment == "waiting" and self._due():
            task._abort_func = self._watched(task._abort_func)
            task._attempt_abort(_fail)

    def _watched(self, abort: Callable[[Any], trio.lowlevel.Abort]) -> Callable[[Any], trio.lowlevel.Abort]:
        def watched(raise_cancel: Any) -> trio.lowlevel.Abort:
            outcome = abort(raise_cancel)
            self.unstoppable = outcome is trio.lowlevel.Abort.FAILED
            return outcome

        return watched

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """It has its answer."""
        if task in self._waiting:
            self._waiting.remove(task)
            if self._due():
                task._next_send = outcome.Error(Injected("instead of the answer"))

    def _failing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def fails(*args: Any, **kwargs: Any) -> Any:
            if self._concerns(trio.lowlevel.current_task()) and self._due():
                raise Injected("before it began")
            return await function(*args, **kwargs)

        return fails

    def _concerns(self, task: trio.lowlevel.Task) -> bool:
        return task.name.startswith(self._actor)

    def _due(self) -> bool:
        self._left -= 1
        return self._left == 0


def strike(ref: runtime.Ref[Any]) -> None:
    """Make the actor fail now, while it waits."""
    task = ref._mailbox.child.task
    assert task is not None
    task._attempt_abort(_fail)


def _fail() -> NoReturn:
    raise Injected("while it waited")
