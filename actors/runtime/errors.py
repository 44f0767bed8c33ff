"""The errors of the runtime: what went wrong with a message or a child, and whether sending again is safe.

Raised by refs, supervisors and the system; nothing here knows of chargers or HTTP.

    ActorError
    |- NeverHandled             the message was certainly not handled: sending it again is safe
    |  |- NotRunning            the actor is gone, or was never there
    |  |  `- Parked             it failed too often and waits for a person
    |  `- MailboxFull           it is too busy
    |- OutcomeUnknown           the message may have been handled: look before you repeat it
    |  |- ActorCrashed          the actor ended while it had the message in hand
    |  `- CallTimeout           no answer came in time
    |- StartFailed              the child did not get through its init
    |- StartRefused             the supervisor did not even try
    |  |- AlreadyStarted
    |  `- TooManyChildren
    |- UnknownChild             no child of that id
    |- NameTaken                the registry has that name already
    |- CallsItself              an actor that waits for itself would wait for ever
    `- GaveUp                   a supervisor restarted too often and escalated
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actors.runtime.reason import Reason
    from actors.runtime.ref import Ref


class ActorError(Exception):
    """Any error of the runtime; `name` is the actor (or supervisor) that it is about."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class NeverHandled(ActorError):
    """The message was not handled and never will be: it is safe to send it again."""


class NotRunning(NeverHandled):
    """There is no such actor now. Look its name up again, or start it; `reason` says how it ended (None: never ran)."""

    def __init__(self, name: str, reason: Reason | None = None) -> None:
        super().__init__(
            name, f"{name} is not running ({reason or 'it was never started'}); look it up again or start it"
        )
        self.reason = reason


class Parked(NotRunning):
    """The actor failed too often and is out of service until somebody calls `restart_child`."""

    def __init__(self, name: str, reason: Reason | None = None) -> None:
        ActorError.__init__(self, name, f"{name} is parked ({reason}); mend the cause, then restart_child")
        self.reason = reason


class MailboxFull(NeverHandled):
    """The actor has `capacity` messages waiting. Slow down, or answer "busy"."""

    def __init__(self, name: str, capacity: int) -> None:
        super().__init__(name, f"mailbox of {name} is full ({capacity} messages wait); send less or later")
        self.capacity = capacity


class OutcomeUnknown(ActorError):
    """The message may or may not have taken effect: read the state before you repeat it."""


class ActorCrashed(OutcomeUnknown):
    """The actor ended while it had this call in hand; `reason` says how."""

    def __init__(self, name: str, reason: Reason) -> None:
        super().__init__(name, f"{name} ended in the middle of the call ({reason}); its outcome is unknown")
        self.reason = reason


class CallTimeout(OutcomeUnknown):
    """No answer within `seconds`. The actor may still handle the call; its late answer is dropped and counted."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(name, f"{name} did not answer within {seconds:g} s; the outcome is unknown")
        self.seconds = seconds


class StartFailed(ActorError):
    """The child ended before its start was acknowledged; `reason` and `__cause__` say why."""

    def __init__(self, name: str, reason: Reason) -> None:
        super().__init__(name, f"{name} could not start: {reason}")
        self.reason = reason


class StartRefused(ActorError):
    """The supervisor did not try to start the child."""


class AlreadyStarted(StartRefused):
    """A child of that id is there already; `ref` is its ref."""

    def __init__(self, name: str, ref: Ref[Any]) -> None:
        super().__init__(name, f"{name} is started already; use its ref, or ensure_child")
        self.ref = ref


class TooManyChildren(StartRefused):
    """The dynamic supervisor has `limit` children; raise max_children or stop some."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name, f"{name} has {limit} children, which is its max_children; stop some or raise it")
        self.limit = limit


class UnknownChild(ActorError):
    """The supervisor `name` has no child `child_id`."""

    def __init__(self, name: str, child_id: str) -> None:
        super().__init__(name, f"{name} has no child {child_id!r}; see snapshot()")
        self.child_id = child_id


class NameTaken(ActorError):
    """Another child holds this name; ids must be unique below one supervisor."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"the name {name} is taken by another child; choose another id")


class CallsItself(ActorError):
    """A handler called its own ref, which could never be answered; call the method, or cast."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"{name} calls itself and would wait for ever; await the method itself, or cast")


class GaveUp(ActorError):
    """A supervisor restarted more often than its intensity allows; `reason` is that of the last child that ended."""

    def __init__(self, name: str, child: str, reason: Reason) -> None:
        super().__init__(name, f"{name or 'root'} gave up: {child} ended too often, last with: {reason}")
        self.child = child
        self.reason = reason
