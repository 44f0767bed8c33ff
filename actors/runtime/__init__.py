"""An Erlang-style actor runtime on trio: actors, refs, supervisors. Imports nothing of the application.

    class Counter(Actor):
        def __init__(self) -> None:
            self.count = 0

        async def on_add(self, amount: int) -> int:
            self.count += amount
            return self.count

    async with System([ChildSpec("counter", Counter)]) as system:
        counter = system.registry.lookup("counter", Counter)
        total = await counter.call(Counter.on_add, 2)

Where things are: `actor` (what to subclass), `ref` (call and cast), `message` (Later), `spec`, `supervisor` and
`dynamic` (who restarts what), `child` (how one is contained), `system` (the whole), `sys` (what can be asked of each).

Refs and mailboxes outlive restarts by the child's own supervisor. When a supervisor itself is replaced, its children
are new ones: old refs raise NotRunning (never handled), and the name leads to the new ref.
"""

from actors.runtime import sys
from actors.runtime.actor import Actor
from actors.runtime.child import Decision, State
from actors.runtime.dynamic import DynamicSupervisor
from actors.runtime.errors import (
    ActorCrashed,
    ActorError,
    AlreadyStarted,
    CallsItself,
    CallTimeout,
    GaveUp,
    MailboxFull,
    NameTaken,
    NeverHandled,
    NotRunning,
    OutcomeUnknown,
    Parked,
    StartFailed,
    StartRefused,
    TooManyChildren,
    UnknownChild,
)
from actors.runtime.mailbox import Overflow, Traced
from actors.runtime.message import Later
from actors.runtime.process import ChildType, Process, Task
from actors.runtime.reason import Kind, Reason
from actors.runtime.ref import Ref
from actors.runtime.registry import Registry
from actors.runtime.report import CrashReport, DeadLetters
from actors.runtime.restart import Backoff, Restart, Strategy
from actors.runtime.spec import ChildSpec
from actors.runtime.supervisor import Supervisor
from actors.runtime.system import System
from actors.runtime.timers import Expires, Timers

__all__ = [
    "Actor",
    "ActorCrashed",
    "ActorError",
    "AlreadyStarted",
    "Backoff",
    "CallTimeout",
    "CallsItself",
    "ChildSpec",
    "ChildType",
    "CrashReport",
    "DeadLetters",
    "Decision",
    "DynamicSupervisor",
    "Expires",
    "GaveUp",
    "Kind",
    "Later",
    "MailboxFull",
    "NameTaken",
    "NeverHandled",
    "NotRunning",
    "OutcomeUnknown",
    "Overflow",
    "Parked",
    "Process",
    "Reason",
    "Ref",
    "Registry",
    "Restart",
    "StartFailed",
    "StartRefused",
    "State",
    "Strategy",
    "Supervisor",
    "System",
    "Task",
    "Timers",
    "TooManyChildren",
    "Traced",
    "UnknownChild",
    "sys",
]
