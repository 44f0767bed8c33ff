"""Parent: what both kinds of supervisor share. One task that owns a nursery of contained children.

A child's own task calls `decide` when it ends, synchronously; the supervisor's loop then stops and starts what is due.
So each decision is taken once, in order, and no timer tasks exist.
"""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import trio

from actors.runtime import report
from actors.runtime.child import Child, Decision
from actors.runtime.process import ChildType, Process
from actors.runtime.reason import SHUTDOWN, Kind, Reason
from actors.runtime.spec import ChildSpec

if TYPE_CHECKING:
    from actors.runtime.system import System

STUCK_EVERY = 5.0  # seconds between two reports of a task that ignores its cancellation


class Owner(Protocol):
    """Who decides about a child."""

    closing: bool

    @property
    def system(self) -> System:
        """The system that the child belongs to."""

    def decide(self, child: Child, reason: Reason) -> Decision:
        """What becomes of the child that just ended. Must not wait."""

    def after(self, child: Child, decision: Decision, /) -> None:
        """The decision is carried out and visible."""


class Parent(Process):
    """The base of Supervisor and DynamicSupervisor. One object may be run again after it ended."""

    child_type = ChildType.SUPERVISOR

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.closing = True  # not taking children
        self._nursery: trio.Nursery | None = None
        self._context = contextvars.Context()
        self._wake = trio.Event()

    def get_state(self) -> object:
        """The states of the children by id."""
        return {id_: str(child.state) for id_, child in self.children.items()}

    def decide(self, child: Child, reason: Reason) -> Decision:
        """What becomes of a child that just ended."""
        raise NotImplementedError

    def after(self, child: Child, decision: Decision, /) -> None:
        """A decision was carried out: let the loop look."""
        self._wake.set()
        if decision is Decision.PARK:
            self._parked(child)

    async def _main(self, child: Child) -> Reason:
        self.children = {}
        self._context = contextvars.copy_context()
        self._wake = trio.Event()
        async with trio.open_nursery() as self._nursery:
            self.closing = False
            try:
                await self._begin()
                child.started()
                await self._work()
            finally:
                self.closing = True
                with trio.CancelScope(shield=True):
                    await self._stop_all()
        return SHUTDOWN

    def _stop(self) -> None:
        scope = self.ref._mailbox.child.scope
        if scope is not None:
            scope.cancel()

    def _parked(self, child: Child) -> None:
        """A child was parked."""

    async def _begin(self) -> None:
        """Before the start is acknowledged."""

    async def _work(self) -> None:
        """The loop: until cancelled, or GaveUp."""
        raise NotImplementedError

    async def _stop_all(self) -> None:
        """Stop all children; they are shielded, so nothing else ends them."""
        raise NotImplementedError

    def _adopt(self, spec: ChildSpec[Any]) -> Child:
        child = Child(spec, f"{self.name}/{spec.id}" if self.name else spec.id, self)
        self.children[spec.id] = child
        return child

    def _begin_child(self, child: Child) -> None:
        assert self._nursery is not None
        self._context.run(child.begin, self._nursery)  # not in the starter's context: a child outlives any request

    async def _sleep(self, until: float) -> None:
        """Until something happened to a child, or the time has come."""
        with trio.move_on_at(until):
            await self._wake.wait()
        if self._wake.is_set():
            self._wake = trio.Event()

    async def _stop_children(self, children: Sequence[Child], *, for_good: bool = True) -> None:
        """Stop these together and wait until each has really ended."""
        for child in children:
            child.stop(for_good=for_good)
        for child in children:
            await gone(child)

    def _revives(self, child: Child, reason: Reason) -> bool:
        """It passivated while a message came in: it must go on, and that is no failure."""
        return reason.kind is Kind.IDLE and bool(child.mailbox.queue)


async def gone(child: Child) -> None:
    """Wait for the end of the incarnation that was asked to stop, and say so if it takes too long."""
    incarnation, asked_at, pause = child.incarnation, trio.current_time(), child.spec.grace + STUCK_EVERY
    while child.has_task and child.incarnation == incarnation:
        with trio.move_on_after(pause):
            await child.wait_exit()
            return
        report.stuck(child, trio.current_time() - asked_at)
        pause = STUCK_EVERY
