"""Alarm: a message to an actor, later. For what time alone decides; costs no task.

The message is a cast: an actor that is gone when the time comes has nothing to be told. One that is too busy is told
a little later: a timeout that got lost would leave its slot taken for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from actors import runtime

P = ParamSpec("P")
A = TypeVar("A", bound=runtime.Actor)

BUSY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Alarm:
    """Set by `after`; `cancel` it when it is not needed any more."""

    __slots__ = ("_args", "_key", "_kwargs", "_message", "_ref", "_timers")

    def __init__(
        self,
        actor: runtime.Actor,
        seconds: float,
        message: Callable[..., Coroutine[Any, Any, object]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self._ref, self._message, self._args, self._kwargs = actor.ref, message, args, kwargs
        self._timers = actor.system.timers
        self._key = self._timers.add(max(0.0, seconds), self)

    def cancel(self) -> None:
        """Do not send it; no error when it was sent."""
        self._timers.discard(self._key, self)

    def expire(self) -> None:
        """The time has come (the runtime's timers call this)."""
        try:
            self._ref.cast(self._message, *self._args, **self._kwargs)
        except runtime.MailboxFull:
            self._key = self._timers.add(BUSY_SECONDS, self)
        except runtime.NeverHandled as error:
            logger.debug("alarm_dropped actor=%s reason=%s", error.name, error)


def after(
    actor: A,
    seconds: float,
    message: Callable[Concatenate[A, P], Coroutine[Any, Any, object]],
    *args: P.args,
    **kw: P.kwargs,
) -> Alarm:
    """Cast `message` to `actor` in `seconds`."""
    return Alarm(actor, seconds, message, args, kw)
