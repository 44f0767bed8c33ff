"""Process: what a child runs. The base of actors, tasks and supervisors; the application subclasses those instead."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, Self

import trio

from actors.runtime.reason import NORMAL, SHUTDOWN, Reason

if TYPE_CHECKING:
    from actors.runtime.child import Child
    from actors.runtime.ref import Ref
    from actors.runtime.system import System


class ChildType(enum.Enum):
    """Whether a child is itself a supervisor (and then takes as long to stop as its own children need)."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"


class Process:
    """One incarnation of a child; `ref` is set before anything of it runs."""

    child_type: ClassVar[ChildType] = ChildType.WORKER
    ref: Ref[Self]

    @property
    def name(self) -> str:
        """The path of ids from the root, such as `chargers/CP-01`."""
        return self.ref.name

    @property
    def system(self) -> System:
        """The system that this runs in: registry, supervisors, clock."""
        return self.ref._mailbox.system

    @property
    def restarted(self) -> bool:
        """Whether an incarnation came before this one; what that had asked of others may still be under way."""
        return self.ref._mailbox.child.incarnation > 1

    def get_state(self) -> object:
        """All state, for `sys.get_state`; by default the attributes."""
        return {key: value for key, value in vars(self).items() if key != "ref"}

    def status_state(self) -> object:
        """The state as it may stand in status and crash reports: leave secrets out. By default all of it."""
        return self.get_state()

    async def _main(self, child: Child) -> Reason:
        """Live: call `child.started()` once running, and return how it ended."""
        raise NotImplementedError

    def _stop(self) -> None:
        """Ask it to end, from another task; the grace runs already."""
        raise NotImplementedError


class Task(Process):
    """A child that is no actor: an async function, such as a listener or an HTTP server.

        async def serve(task: Task) -> None:
            listeners = await trio.open_tcp_listeners(0)
            task.started()                      # acknowledges the start
            ... until task.stopping.wait() returns

        ChildSpec("http", partial(Task, serve))

    Asked to stop, `stopping` is set and after the spec's `shutdown` seconds the function is cancelled; one that
    does not look at `stopping` takes `shutdown=0`.
    """

    def __init__(self, body: Callable[[Task], Awaitable[None]]) -> None:
        self.stopping = trio.Event()
        self._body = body
        self._child: Child | None = None

    def started(self) -> None:
        """Acknowledge the start: whoever waits for it goes on. Calling it again does nothing."""
        if self._child is not None:
            self._child.started()

    def get_state(self) -> object:
        """Whether it was asked to stop; the rest is the function's own."""
        return {"stopping": self.stopping.is_set()}

    async def _main(self, child: Child) -> Reason:
        self._child = child
        await self._body(self)
        return SHUTDOWN if self.stopping.is_set() else NORMAL

    def _stop(self) -> None:
        self.stopping.set()
