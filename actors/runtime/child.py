"""Child: a supervisor's record of one child, and the task that runs an incarnation of it, contained.

An exception of a child never leaves its task. It is not started with `nursery.start`, which loses the reason of a
failed init and leaves the task under its starter: it is start_soon, one scope shielded from birth (init deadline, stop
grace and kill in one), the acknowledgement as a state, and all that must happen at the end synchronously, in `finally`.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, Any

import trio

from actors.runtime import report
from actors.runtime.errors import NotRunning, Parked, StartFailed
from actors.runtime.mailbox import Mailbox
from actors.runtime.process import ChildType, Process
from actors.runtime.reason import SHUTDOWN, Kind, Reason, describe, unwrap
from actors.runtime.ref import Ref

if TYPE_CHECKING:
    from actors.runtime.parent import Owner
    from actors.runtime.spec import ChildSpec


class State(enum.StrEnum):
    """Where a child is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"  # ended; due to start again
    PARKED = "parked"  # ended too often; waits for a person
    STOPPED = "stopped"  # ended for good


class Decision(enum.StrEnum):
    """What a supervisor decides about a child that ended."""

    RESTART = "restart"
    PARK = "park"
    REMOVE = "remove"  # it ended by itself, for good
    STOPPED = "stopped"  # it was asked to
    ESCALATE = "escalate"  # too often: the supervisor itself gives up


class _Moment:
    """Something that happens once and that tasks wait for: the start or the end of one incarnation."""

    __slots__ = ("error", "event", "reason")

    def __init__(self) -> None:
        self.event = trio.Event()
        self.reason: Reason | None = None
        self.error: BaseException | None = None


class Child:
    """One child through all its incarnations."""

    __slots__ = (
        "_acked", "_crash", "_exit", "_start", "due", "failures", "incarnation", "kind", "last_reason", "mailbox",
        "name", "owner", "process", "ref", "scope", "spec", "started_at", "state", "stopping", "taken_down", "task",
    )  # fmt: skip

    def __init__(self, spec: ChildSpec[Any], name: str, owner: Owner) -> None:
        self.spec = spec
        self.name = name
        self.owner = owner
        self.mailbox = Mailbox(owner.system, self)
        self.ref: Ref[Any] = Ref(self.mailbox)
        self.state = State.STOPPED
        self.process: Process | None = None
        self.kind: type[Process] | None = None
        self.task: trio.lowlevel.Task | None = None
        self.scope: trio.CancelScope | None = None
        self.incarnation = 0
        self.failures = 0  # in a row; kept by dynamic supervisors
        self.started_at = 0.0
        self.due = 0.0  # when to start again, while restarting
        self.last_reason: Reason | None = None
        self.stopping = False  # asked to stop
        self.taken_down = False  # to be stopped and restarted with a sibling
        self._acked = False
        self._crash: report.Crash | None = None
        self._start: _Moment | None = None
        self._exit: _Moment | None = None

    # -- For supervisors ---------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether it has started and was not asked to stop."""
        return self.state is State.RUNNING

    @property
    def has_task(self) -> bool:
        """Whether an incarnation exists, in whatever state."""
        return self.scope is not None

    @property
    def queued(self) -> int:
        """How many messages wait; none for a child that is gone for good."""
        return 0 if self.state is State.STOPPED else len(self.mailbox.queue)

    @property
    def acknowledged(self) -> bool:
        """Whether this incarnation (or the last one) got through its init."""
        return self._acked

    def ran_for(self, now: float) -> float:
        """Seconds that the incarnation which ends now has run."""
        return now - self.started_at if self._acked else 0.0

    def begin(self, nursery: trio.Nursery) -> None:
        """Start an incarnation; `wait_started` tells what became of it. Raises NameTaken."""
        if self.name:  # the root has none
            self.owner.system.registry.register(self.name, self.ref)
        self.mailbox.renew()
        self.incarnation += 1
        self.state = State.STARTING
        self.stopping = self.taken_down = self._acked = False
        self._crash = None
        self._start = _Moment()
        self.scope = trio.CancelScope(shield=True, deadline=trio.current_time() + self.spec.init_timeout)
        nursery.start_soon(self._run, name=self.name)

    def stop(self, *, for_good: bool) -> None:
        """Ask it to end within its grace. `for_good`: refuse new messages from now on."""
        self.mailbox.closed = self.mailbox.closed or for_good
        if self.stopping or self.scope is None:
            return
        self.stopping = True
        self.mailbox.stop = self.mailbox.stop or SHUTDOWN
        self.leave()
        if self.process is not None:
            self.process._stop()

    def forget(self) -> None:
        """Gone for good without a task to end: it was waiting for a restart, or parked."""
        self._settle(Decision.STOPPED)

    def bury(self) -> None:
        """Nobody can start it again. Refs that are left lead to its mailbox and this record, but there is no way back:
        the two would keep each other, and the last messages, until all garbage is collected, which hardly ever happens.
        """
        self.mailbox.last.clear()
        del self.mailbox, self.ref

    async def wait_started(self) -> None:
        """Until init is acknowledged; at once if no start is under way. Raises StartFailed."""
        start = self._start
        if start is None:
            return
        await start.event.wait()
        if start.reason is not None:
            raise StartFailed(self.name, start.reason) from start.error

    async def wait_exit(self) -> Reason:
        """Until this incarnation has ended; at once, with the last reason, if none exists."""
        if not self.has_task:
            return self.last_reason or SHUTDOWN
        exit_ = self._exit = self._exit or _Moment()
        await exit_.event.wait()
        assert exit_.reason is not None
        return exit_.reason

    def refusal(self) -> NotRunning:
        """The error for a message that is never handled."""
        if self.state is State.PARKED:
            return Parked(self.name, self.last_reason)
        return NotRunning(self.name, SHUTDOWN if self.stopping else self.last_reason)

    # -- For the process inside --------------------------------------------

    def started(self) -> None:
        """The process says that it runs."""
        if self._acked or self.scope is None:
            return
        self._acked = True
        self.started_at = trio.current_time()
        if not self.stopping:
            self.state = State.RUNNING
            self.scope.deadline = math.inf
        if self._start is not None:
            self._start.event.set()
            self._start = None

    def leave(self) -> None:
        """It is about to end: from now on it has its grace."""
        self.state = State.STOPPING
        if self.scope is not None:
            self.scope.deadline = min(self.scope.deadline, trio.current_time() + self.spec.grace)

    def crashed(self, error: BaseException) -> None:
        """Keep what is known of the first error, as text; its caller hears of it at once."""
        if self._crash is None:
            kind = Kind.CRASHED if self._acked else Kind.INIT_FAILED
            self._crash = report.Crash.of(self, Reason(kind, describe(error)), error)
            if self._start is not None:
                self._start.error = unwrap(error)
            self.mailbox.fail_open(self._crash.reason)

    def note_crash(self, note: str) -> None:
        """Add a line to the crash report."""
        if self._crash is not None:
            self._crash.traceback += f"\n{note}"

    def ending(self, returned: Reason) -> Reason:
        """The reason, seen from what is known now; `returned` is what the process said."""
        if self._crash is not None:
            return self._crash.reason
        if self.scope is not None and self.scope.cancelled_caught:
            return self._cancelled()
        if not self._acked and not self.stopping:
            return Reason(Kind.INIT_FAILED, "it ended before it acknowledged its start; call started()")
        return returned

    # -- The task ----------------------------------------------------------

    async def _run(self) -> None:
        assert self.scope is not None
        self.task = trio.lowlevel.current_task()
        returned = Reason(Kind.KILLED, "the whole program is going down")
        try:
            try:
                with self.scope:
                    returned = await self._live()
            except* Exception as group:  # noqa: BLE001 - the containment: also the half of a mixed group that is no Cancelled
                self.crashed(group)
        except BaseException:  # KeyboardInterrupt, SystemExit: the nursery is about to fall
            self.owner.closing = True
            raise
        finally:
            self._ended(self.ending(returned))

    async def _live(self) -> Reason:
        process = self.spec.start()
        if not isinstance(process, Process):
            raise TypeError(f"start of {self.name} made a {type(process).__name__}; make an Actor, Task or supervisor")
        if process.child_type is not self.spec.type:
            raise TypeError(f"{self.name} is a {process.child_type.value}; its spec says type={self.spec.type}")
        process.ref = self.ref
        self.process, self.kind = process, type(process)
        if self.stopping:
            process._stop()
        return await process._main(self)

    def _cancelled(self) -> Reason:
        if not self.stopping and not self._acked:
            return Reason(Kind.INIT_FAILED, f"init took longer than {self.spec.init_timeout:g} s")
        if self.stopping and (self.spec.grace == 0 or self.spec.type is ChildType.SUPERVISOR):
            return SHUTDOWN  # cancelling is how these are asked
        return Reason(Kind.KILLED, f"it did not end within its grace of {self.spec.grace:g} s")

    def _ended(self, reason: Reason) -> None:
        crash = self._crash or (report.Crash.of(self, reason) if reason.abnormal else None)
        self.last_reason = reason
        self.process = self.task = self.scope = self._crash = None
        decision = self.owner.decide(self, reason)
        self._settle(decision)
        start, self._start = self._start, None
        if start is not None:
            start.reason = reason
            start.event.set()
        if crash is not None:
            self.owner.system.crashed(crash.report(decision))
        self.owner.after(self, decision)

    def _settle(self, decision: Decision) -> None:
        """Become what was decided. First the name, then whoever could see that it is gone."""
        self.state = _STATES[decision]
        self.stopping = self.taken_down = False
        if decision is Decision.PARK:
            self.mailbox.close()
        elif decision is not Decision.RESTART:
            self.owner.system.registry.release(self.ref)
            self.mailbox.close()
        self.mailbox.fail_open(self.last_reason or SHUTDOWN)
        exit_, self._exit = self._exit, None
        if exit_ is not None:
            exit_.reason = self.last_reason
            exit_.event.set()


_STATES = {
    Decision.RESTART: State.RESTARTING,
    Decision.PARK: State.PARKED,
    Decision.REMOVE: State.STOPPED,
    Decision.STOPPED: State.STOPPED,
    Decision.ESCALATE: State.STOPPED,
}
