"""Supervisor: a fixed list of children, started in order, stopped in reverse, restarted by a strategy.

More than `intensity` restarts in `period` seconds: it stops its children and ends, and its own supervisor decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import trio

from actors.runtime.child import Child, Decision, State
from actors.runtime.errors import GaveUp, StartFailed
from actors.runtime.parent import Parent
from actors.runtime.reason import Reason
from actors.runtime.restart import Intensity, Restart, Strategy
from actors.runtime.spec import ChildSpec


class Supervisor(Parent):
    """Runs `children`. A failed first start of one fails its own start, with the reason."""

    def __init__(
        self,
        children: Iterable[ChildSpec[Any]],
        *,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: int = 3,
        period: float = 5.0,
    ) -> None:
        super().__init__()
        self.specs = tuple(children)
        self.strategy = strategy
        self._limit, self._period = intensity, period
        self._intensity = Intensity(intensity, period)
        self._gave_up: GaveUp | None = None
        self._begun = False
        ids = [spec.id for spec in self.specs]
        if len(set(ids)) != len(ids):
            raise ValueError(f"children need different ids, got {ids}")

    # -- Decisions: called by the child's task when it ends -----------------

    def decide(self, child: Child, reason: Reason) -> Decision:
        """OTP's rules: restart type first, then intensity, then whom the strategy takes along."""
        first_start_failed = not self._begun and not child.acknowledged  # then this supervisor's own start fails
        if self.closing or first_start_failed or (child.stopping and not child.taken_down):
            return Decision.STOPPED
        if child.taken_down:
            return Decision.STOPPED if child.spec.restart is Restart.TEMPORARY else Decision.RESTART
        if self._revives(child, reason):
            child.due = trio.current_time()
            return Decision.RESTART
        if not child.spec.restart.after(reason):
            return Decision.REMOVE
        return self._restart(child, reason)

    def _restart(self, child: Child, reason: Reason) -> Decision:
        now = trio.current_time()
        if self._gave_up is not None or not self._intensity.allows(now):
            self._gave_up = self._gave_up or GaveUp(self.name, child.name, reason)
            return Decision.ESCALATE
        child.due = now + self._pause(child, now)
        self._take_along(child)
        return Decision.RESTART

    def _pause(self, child: Child, now: float) -> float:
        backoff = child.spec.backoff
        if backoff is None:
            return 0.0
        child.failures = 1 if child.ran_for(now) >= backoff.reset_after else child.failures + 1
        return backoff.delay(child.failures, self.system.rng)

    def _take_along(self, child: Child) -> None:
        """The group stops, and is due together: else a due sibling that waits for another makes the loop spin."""
        group = self._group(child)
        due = max([child.due, *(one.due for one in group if one.state is State.RESTARTING)])
        child.due = due
        for one in group:
            one.due = due
            if one.has_task:
                one.taken_down = True
            elif one.spec.restart is not Restart.TEMPORARY:
                one.state = State.RESTARTING  # one that had ended normally starts again with its group, as in OTP

    def _group(self, child: Child) -> list[Child]:
        others = list(self.children.values())
        match self.strategy:
            case Strategy.ONE_FOR_ONE:
                return []
            case Strategy.ONE_FOR_ALL:
                return [one for one in others if one is not child]
            case Strategy.REST_FOR_ONE:
                return others[others.index(child) + 1 :]

    # -- The loop: stops in reverse, starts in order --------------------------

    async def _begin(self) -> None:
        self._intensity = Intensity(self._limit, self._period)
        self._gave_up, self._begun = None, False
        for spec in self.specs:
            child = self._adopt(spec)
            self._begin_child(child)
            await child.wait_started()
        self._begun = True

    async def _work(self) -> None:
        while True:
            await self._sleep(self._next())
            await self._take_down()
            await self._start_due()

    def _next(self) -> float:
        """When there is something to do: now, at a due time, or when woken."""
        if self._gave_up is not None:
            raise self._gave_up
        if any(child.taken_down for child in self.children.values()):
            return -math.inf
        return min((one.due for one in self.children.values() if one.state is State.RESTARTING), default=math.inf)

    async def _take_down(self) -> None:
        for child in reversed(list(self.children.values())):
            if child.taken_down and self._gave_up is None:
                await self._stop_children([child], for_good=child.spec.restart is Restart.TEMPORARY)

    async def _start_due(self) -> None:
        for child in list(self.children.values()):
            if self._gave_up is not None or any(one.taken_down for one in self.children.values()):
                return
            if child.state is State.RESTARTING and child.due <= trio.current_time():
                self._begin_child(child)
                try:
                    await child.wait_started()
                except StartFailed:
                    return  # decide() has been asked already, and has made new due times

    async def _stop_all(self) -> None:
        for child in reversed(list(self.children.values())):
            await self._stop_children([child])
            if child.state is not State.STOPPED:
                child.forget()
