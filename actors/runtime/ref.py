"""Ref: the address of an actor, which stays valid through its restarts. Typed: a wrong message is a mypy error.

Got from `start_child`, `ensure_child` or the registry; held by whoever sends. Gives no access to the actor's state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import trio

from actors.runtime.errors import CallsItself
from actors.runtime.message import Envelope, Later
from actors.runtime.process import Process
from actors.runtime.reason import Reason

if TYPE_CHECKING:
    from actors.runtime.mailbox import Mailbox

A_co = TypeVar("A_co", bound=Process, covariant=True)
P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_SECONDS = 5.0  # the deadline of a call that names none, as in OTP


class Ref(Generic[A_co]):
    """Where to send messages for one child.

    energy = await session.call(Session.on_energy)
    answer = await charger.within(30).call(Charger.on_reset, kind)
    charger.cast(Charger.on_tick)
    """

    __slots__ = ("_mailbox", "_seconds")

    def __init__(self, mailbox: Mailbox, seconds: float = DEFAULT_SECONDS) -> None:
        self._mailbox = mailbox
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The actor's name: the path of ids from the root."""
        return self._mailbox.name

    @property
    def alive(self) -> bool:
        """Whether an incarnation runs right now (not starting, restarting, parked or gone)."""
        return self._mailbox.child.running

    def within(self, seconds: float) -> Ref[A_co]:
        """The same actor with another deadline for calls; `math.inf` for none."""
        return Ref(self._mailbox, seconds)

    @overload
    async def call(
        self, message: Callable[Concatenate[A_co, P], Coroutine[Any, Any, Later[R]]], *args: P.args, **kwargs: P.kwargs
    ) -> R: ...

    @overload
    async def call(
        self, message: Callable[Concatenate[A_co, P], Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> R: ...

    async def call(self, message: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any) -> Any:
        """Send `message` (an unbound handler, such as `Charger.on_reset`) and wait for its answer.

        Waits through a restart of the actor while the message is still queued. Raises NotRunning or MailboxFull
        (never handled), ActorCrashed or CallTimeout (outcome unknown), and whatever the actor declares in `answers`.
        """
        mailbox = self._mailbox
        task = trio.lowlevel.current_task()
        if task is mailbox.child.task:
            raise CallsItself(mailbox.name)
        envelope = Envelope(mailbox, message.__name__, args, kwargs, task)
        mailbox.put(envelope)
        if self._seconds != math.inf:
            envelope.start_deadline(self._seconds)
        return await trio.lowlevel.wait_task_rescheduled(envelope.abort)

    def cast(
        self, message: Callable[Concatenate[A_co, P], Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Send `message` and go on. Raises NotRunning or MailboxFull; nothing is heard of what becomes of it."""
        mailbox = self._mailbox
        mailbox.put(Envelope(mailbox, message.__name__, args, kwargs))

    async def wait_exit(self) -> Reason:
        """Wait until the incarnation that runs (or starts) now has ended; the reason of the last one if none does."""
        return await self._mailbox.child.wait_exit()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other._mailbox is self._mailbox

    def __hash__(self) -> int:
        return hash(self._mailbox)

    def __repr__(self) -> str:
        return f"<Ref {self.name} {self._mailbox.child.state}>"
