"""DynamicSupervisor: children that come and go, each restarted on its own account. It parks, it never escalates.

A shared intensity would let one bad child take down all its siblings, so failures are counted per child: each one
backs off, and after `park_after` failures in a row (never having run `reset_after` seconds) it is parked until
`restart_child`.
One supervisor loop serves any number of children: an idle one costs its own task and nothing else.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from typing import TypeVar

import trio

from actors.runtime.child import Child, Decision, State
from actors.runtime.errors import AlreadyStarted, CallTimeout, NotRunning, Parked, TooManyChildren, UnknownChild
from actors.runtime.parent import Parent
from actors.runtime.process import Process
from actors.runtime.reason import Reason
from actors.runtime.ref import Ref
from actors.runtime.restart import Backoff
from actors.runtime.spec import ChildSpec

P = TypeVar("P", bound=Process)

START_SECONDS = 10.0
"""How long `ensure_child` waits, whatever the child's own `init_timeout`: a caller must not hang with it."""


class DynamicSupervisor(Parent):
    """Children started at run time. Make one object, let the spec's `start` return it, and keep it as the handle.

    backoff      pause before restarts, for specs that bring none
    park_after   failures in a row after which a child is parked
    max_children how many may exist, parked ones included
    drain_batch  at the end, children are stopped this many at a time, `drain_pause` seconds apart, last started first
    on_parked    called with (child id, reason) when a child is parked; must not wait
    """

    def __init__(
        self,
        *,
        backoff: Backoff | None = None,
        park_after: int = 8,
        max_children: int | None = None,
        drain_batch: int = 500,
        drain_pause: float = 0.0,
        on_parked: Callable[[str, Reason], None] | None = None,
    ) -> None:
        super().__init__()
        self.backoff = backoff or Backoff()
        self.park_after = park_after
        self.max_children = max_children
        self.on_parked = on_parked
        self._drain_batch, self._drain_pause = drain_batch, drain_pause
        self._due: list[tuple[float, int, Child]] = []  # heap; an entry counts while the child's due equals it
        self._order = itertools.count()

    # -- Client ---------------------------------------------------------------

    async def start_child(self, spec: ChildSpec[P]) -> Ref[P]:
        """Start a child and wait until its init is done.

        Raises AlreadyStarted, TooManyChildren, NotRunning (this supervisor is not), and StartFailed: then the child
        backs off and is tried again (a temporary one is gone). A cancelled caller does not stop the child.
        """
        if self.closing:
            raise NotRunning(self._own_name())
        if (known := self.children.get(spec.id)) is not None:
            raise AlreadyStarted(known.name, known.ref)
        if self.max_children is not None and len(self.children) >= self.max_children:
            raise TooManyChildren(self._own_name(), self.max_children)
        child = self._adopt(spec)
        ref = child.ref
        try:
            self._begin_child(child)
        except BaseException:
            del self.children[spec.id]  # NameTaken: it never was
            child.bury()
            raise
        await child.wait_started()
        return ref

    async def ensure_child(self, spec: ChildSpec[P], *, within: float = START_SECONDS) -> Ref[P]:
        """The ref of the child of that id: started if there is none, waited for while it starts or is ending.

        Of one that backs off, the ref: calls wait. Raises Parked for a parked one, CallTimeout for one that is not
        there `within` so many seconds (it goes on starting), else as `start_child`.
        """
        with trio.move_on_after(within):
            return await self._ensured(spec)
        raise CallTimeout(f"{self._own_name()}/{spec.id}", within)

    async def _ensured(self, spec: ChildSpec[P]) -> Ref[P]:
        while (child := self.children.get(spec.id)) is not None and child.state is State.STOPPING:
            await child.wait_exit()
        if child is None:
            return await self.start_child(spec)
        if child.state is State.PARKED:
            raise Parked(child.name, child.last_reason)
        ref = child.ref
        await child.wait_started()
        return ref

    async def stop_child(self, child_id: str) -> None:
        """Stop a child for good, waiting for its end; a parked or restarting one is forgotten. Raises UnknownChild."""
        child = self._child(child_id)
        if child.has_task:
            await self._stop_children([child])
        else:
            del self.children[child_id]
            child.forget()
            child.bury()

    async def restart_child(self, child_id: str) -> None:
        """Start a parked child (its count anew), or at once one that backs off. Raises UnknownChild, StartFailed."""
        child = self._child(child_id)
        if self.closing:
            raise NotRunning(self.name)
        if child.state in (State.PARKED, State.RESTARTING):
            child.failures = 0
            self._begin_child(child)
        await child.wait_started()

    # -- Decisions ------------------------------------------------------------

    def decide(self, child: Child, reason: Reason) -> Decision:
        """Restart on the child's own account, or park it."""
        if self.closing or child.stopping:
            return self._drop(child, Decision.STOPPED)
        if self._revives(child, reason):
            return self._restart_in(child, 0.0)
        if not child.spec.restart.after(reason):
            return self._drop(child, Decision.REMOVE)
        backoff = child.spec.backoff or self.backoff
        child.failures = 1 if child.ran_for(trio.current_time()) >= backoff.reset_after else child.failures + 1
        if child.failures >= self.park_after:
            return Decision.PARK
        return self._restart_in(child, backoff.delay(child.failures, self.system.rng))

    def after(self, child: Child, decision: Decision, /) -> None:
        """A decision was carried out: let the loop look, and keep nothing of who is gone."""
        super().after(child, decision)
        if decision in (Decision.REMOVE, Decision.STOPPED):
            child.bury()

    def _parked(self, child: Child) -> None:
        if self.on_parked is not None and child.last_reason is not None:
            self.system.contained(self.on_parked, child.spec.id, child.last_reason)

    def _drop(self, child: Child, decision: Decision) -> Decision:
        del self.children[child.spec.id]
        return decision

    def _restart_in(self, child: Child, pause: float) -> Decision:
        child.due = trio.current_time() + pause
        heapq.heappush(self._due, (child.due, next(self._order), child))
        return Decision.RESTART

    # -- The loop -------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            await self._sleep(self._due[0][0] if self._due else math.inf)
            while self._due and self._due[0][0] <= trio.current_time():
                due, _, child = heapq.heappop(self._due)
                if child.state is State.RESTARTING and child.due == due:
                    self._begin_child(child)

    async def _stop_all(self) -> None:
        self._due.clear()
        order = list(reversed(self.children.values()))
        for start in range(0, len(order), self._drain_batch):
            if start and self._drain_pause:
                await trio.sleep(self._drain_pause)
            batch = [child for child in order[start : start + self._drain_batch] if child.state is not State.STOPPED]
            await self._stop_children(batch)
            for child in batch:
                if child.state is not State.STOPPED:
                    child.forget()

    def _child(self, child_id: str) -> Child:
        try:
            return self.children[child_id]
        except KeyError:
            raise UnknownChild(self._own_name(), child_id) from None

    def _own_name(self) -> str:
        return self.name if hasattr(self, "ref") else "a supervisor that was never started"
