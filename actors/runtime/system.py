"""System: one running tree of supervisors with its registry, timers, dead letters and counters.

Opened by the composition root (and by tests). Inside the block the tree runs; leaving it drains: children stop in
reverse order of start. A drain that outlives `hard_deadline` dumps all stacks and exits the process, since trio cannot
kill a task.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import random
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, ParamSpec, Self

import trio

from actors.runtime import report, tree
from actors.runtime.child import Child, Decision
from actors.runtime.errors import GaveUp, StartFailed
from actors.runtime.parent import gone
from actors.runtime.process import ChildType
from actors.runtime.reason import Reason
from actors.runtime.registry import Registry
from actors.runtime.restart import Restart, Strategy
from actors.runtime.spec import ChildSpec
from actors.runtime.supervisor import Supervisor
from actors.runtime.timers import Timers

logger = logging.getLogger(__name__)
P = ParamSpec("P")

EXIT_STUCK = 70  # EX_SOFTWARE: the process was ended by its hard deadline


class System:
    """`async with System(children) as system:` runs the root supervisor with these children.

    children, strategy, intensity, period
                    of the root supervisor; when that gives up, the block is cancelled and GaveUp raised
    hard_deadline   seconds (of real time) that the drain may take
    on_crash        called with each CrashReport (its `decision` tells of parking); must not wait
    rng             for the jitter of backoffs

    Raises StartFailed if a child of the root cannot start.
    """

    def __init__(
        self,
        children: Iterable[ChildSpec[Any]],
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: int = 3,
        period: float = 5.0,
        hard_deadline: float = 60.0,
        on_crash: Callable[[report.CrashReport], None] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.registry = Registry()
        self.dead_letters = report.DeadLetters()
        self.crashes = 0
        self.rng = rng or random.Random()  # noqa: S311 - jitter, not a secret
        self.timers: Timers
        self._hard_deadline = hard_deadline
        self._on_crash = on_crash
        self._body = trio.CancelScope()
        self._supervisor = Supervisor(children, strategy=strategy, intensity=intensity, period=period)
        self._root: Child
        self._running: AbstractAsyncContextManager[System] | None = None

    async def __aenter__(self) -> Self:
        self._running = self._run()
        await self._running.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        assert self._running is not None
        return bool(await self._running.__aexit__(kind, error, trace))

    def stop(self) -> None:
        """End the block (its body is cancelled) and drain."""
        self._body.cancel()

    def snapshot(self) -> dict[str, Any]:
        """The tree as JSON-able data; see `tree.view` for the fields."""
        return tree.view(self._root)

    def contained(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run an application's callback; its error is logged and stays there."""
        try:
            call(*args, **kwargs)
        except Exception:
            logger.exception("actor.callback_failed callback=%r", call)

    def crashed(self, crash: report.CrashReport) -> None:
        """A child ended abnormally: count, log and tell."""
        self.crashes += 1
        crash.log()
        if self._on_crash is not None:
            self.contained(self._on_crash, crash)

    @asynccontextmanager
    async def _run(self) -> AsyncIterator[System]:
        self.timers = Timers()
        owner = _Root(self)
        spec = ChildSpec(
            "root", lambda: self._supervisor, Restart.TEMPORARY, type=ChildType.SUPERVISOR, init_timeout=3600
        )
        self._root = Child(spec, "", owner)
        error: BaseException | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.timers.run)
            try:
                self._root.begin(nursery)
                await self._root.wait_started()
                with self._body:
                    yield self
            except BaseException as caught:  # noqa: BLE001 - raised below, unchanged: the nursery would wrap it in a group
                error = caught
            await self._drain()
            nursery.cancel_scope.cancel()
        if error is not None:
            raise _first(error)
        if owner.gave_up is not None:
            raise GaveUp("", "root", owner.gave_up)

    async def _drain(self) -> None:
        with trio.CancelScope(shield=True), self._last_resort():
            self._root.stop(for_good=True)
            await gone(self._root)

    @contextmanager
    def _last_resort(self) -> Iterator[None]:
        """A thread, since the loop itself may be what is stuck."""
        timer = threading.Timer(self._hard_deadline, self._exit)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _exit(self) -> None:
        """Not through logging: whoever is stuck may hold its lock."""
        stacks = [
            f"{child.name or 'root'} ({child.state}):\n{report.stack_of(child.task)}" for child in tree.walk(self._root)
        ]
        text = f"system.hard_deadline: still not stopped after {self._hard_deadline:g} s; exiting\n{''.join(stacks)}"
        os.write(2, text.encode(errors="replace"))
        faulthandler.dump_traceback(file=sys.__stderr__ or 2)
        os._exit(EXIT_STUCK)


class _Root:
    """The owner of the root supervisor: nobody restarts that one."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.closing = False
        self.gave_up: Reason | None = None

    def decide(self, child: Child, reason: Reason) -> Decision:
        """It was stopped, or it gave up and the system ends."""
        if child.stopping:
            return Decision.STOPPED
        self.gave_up = reason
        return Decision.ESCALATE

    def after(self, _child: Child, decision: Decision, /) -> None:
        """Without a root there is nothing left to do."""
        if decision is Decision.ESCALATE:
            self.system.stop()


def _first(error: BaseException) -> BaseException:
    """Of nested failed starts, the one that says what failed."""
    while isinstance(error, StartFailed) and isinstance(error.__cause__, StartFailed):
        error = error.__cause__
    return error
