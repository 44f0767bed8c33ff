"""Orders: what people and programs tell a charger to do. One half of the charger actor; reports.py is the other.

A call to the charger never blocks the mailbox: it waits in the outbound queue with a Later for its caller. Who ordered
what, and what became of it, are records like any other; a timeout is an unknown outcome and is recorded as one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from actors import runtime
from actors.outbound import Executed, Outbound, Pending
from actors.record import Record
from csms.domain import charger, commands, events
from csms.protocol import frames, versions

logger = logging.getLogger(__name__)


class CannotOrder(Exception):
    """The order was not sent; the subclass says why and `detail` what to do."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Offline(CannotOrder):
    """The charger has no connection now."""


class NotAllowed(CannotOrder):
    """The charger's registration does not allow it."""


class NotExpressible(CannotOrder):
    """The charger's OCPP version cannot say this, or the payload is not valid for it."""


class QueueFull(CannotOrder):
    """Too many calls wait for this charger already."""


class NoAnswer(CannotOrder):
    """It was sent, and no answer came in time (or the link was lost): the outcome is unknown."""


def new_command_id() -> str:
    """Also the OCPP message id of the call, so at most 36 characters."""
    return "c" + secrets.token_hex(12)


@dataclass(frozen=True, slots=True)
class Ended:
    """An order that the charger answered."""

    command: commands.AnyCommand
    session_id: str | None
    outcome: commands.Outcome


class Orders:
    """The orders of one charger. `send` writes a frame to the link or raises OSError-like link errors to the actor."""

    def __init__(
        self, record: Record, send: Callable[[str], Awaitable[None]], begun: Callable[[Pending], None]
    ) -> None:
        self._record = record
        self._send = send
        self._begun = begun
        self.queue = Outbound()
        self.version: versions.Version | None = None
        self.triggered: set[str] = set()

    async def order(
        self,
        command: commands.AnyCommand,
        *,
        by: str,
        registration: str,
        later: runtime.Later[Executed] | None = None,
        command_id: str = "",
        session_id: str | None = None,
    ) -> str:
        """Record the order and queue its call; returns the command id. Raises CannotOrder, which is recorded too."""
        command_id = command_id or new_command_id()
        requested = events.CommandRequested(
            command_id=command_id, command=name_of(command), by=by, arguments=arguments_of(command)
        )
        try:
            pending = Pending(command_id, command, self._expressed(command, registration), later, session_id)
        except CannotOrder as error:
            ended = events.CommandEnded(command_id=command_id, status=_status(error), detail=error.detail)
            await self._record.append([requested, ended], command=command_id, fenced=False)
            raise
        await self._record.append([requested], command=command_id)
        self.queue.add(pending)
        await self.pump()
        return command_id

    async def pump(self) -> None:
        """Send the next call if the charger owes us no answer."""
        pending = self.queue.next()
        if pending is not None and self.version is not None:
            self._begun(pending)
            await self._send(self.version.call(pending.command_id, pending.order))

    async def answered(self, message: frames.CallResult | frames.CallError) -> Ended | None:
        """A CALLRESULT or CALLERROR came; None for a late or foreign one."""
        pending = self.queue.take(message.message_id)
        if pending is None or self.version is None:
            logger.info("late_answer_ignored charger=%s message_id=%s", self._record.charger_id, message.message_id)
            return None
        failure = None
        if isinstance(message, frames.CallError):
            outcome = self.version.outcome_of_error(pending.command, message)
            failure = commands.CallFailure(message.code, message.description, message.details)
        else:
            outcome = self.version.outcome(pending.command, message.payload)
        await self._ended(pending, outcome)
        if pending.later is not None:
            pending.later.answer(
                Executed(pending.command_id, outcome.status, outcome.detail, outcome.response, outcome.refused, failure)
            )
        return Ended(pending.command, pending.session_id, outcome)

    async def unanswered(self, command_id: str, seconds: float) -> None:
        """No answer in time: free the slot."""
        pending = self.queue.drop(command_id)
        if pending is not None:
            await self._lost(
                pending, "timeout", f"the charger did not answer within {seconds:g} s; the outcome is unknown"
            )

    async def link_lost(self) -> None:
        """The connection is gone: all calls fail at once."""
        self.triggered.clear()
        for pending in self.queue.clear():
            await self._lost(pending, "connection_lost", "the charger's connection was lost; the outcome is unknown")

    def _expressed(self, command: commands.AnyCommand, registration: str) -> versions.Order:
        if self.version is None:
            raise Offline("the charger is offline: try again when it is connected")
        message = command.message if isinstance(command, commands.Trigger) else None
        forbidden = charger.may_order(registration, name_of(command), message)
        if forbidden is not None:
            raise NotAllowed(forbidden)
        if self.queue.full:
            raise QueueFull("too many calls wait for this charger: try again when it has answered some")
        order = self.version.order(command)
        if not isinstance(order, versions.Order):
            raise NotExpressible(order.detail)
        return order

    async def _ended(self, pending: Pending, outcome: commands.Outcome) -> None:
        response = charger.masked(outcome.response)
        ended = events.CommandEnded(
            command_id=pending.command_id, status=outcome.status, detail=outcome.detail, response=response
        )
        await self._record.append([*self._learnt(pending, outcome), ended], command=pending.command_id, fenced=False)

    def _learnt(self, pending: Pending, outcome: commands.Outcome) -> list[events.AnyEvent]:
        """What an answer says about the charger itself."""
        match pending.command:
            case commands.GetConfiguration():
                return charger.configuration_read(outcome.response)
            case commands.SetConfiguration(key=key, value=value) if not outcome.refused:
                shown = charger.MASK if charger.is_secret(key) else value
                reboot = outcome.status == "reboot_required"
                return [events.ConfigurationChanged(key=key, value=shown, reboot_required=reboot)]
            case commands.Trigger(message=message) if not outcome.refused:
                self.triggered.add(message)
        return []

    async def _lost(self, pending: Pending, status: str, detail: str) -> None:
        ended = events.CommandEnded(command_id=pending.command_id, status=status, detail=detail)
        await self._record.append([ended], command=pending.command_id, fenced=False)
        if pending.later is not None:
            pending.later.fail(NoAnswer(detail))


def name_of(command: commands.AnyCommand) -> str:
    """The command's name; a raw one is named by its action."""
    return command.action if isinstance(command, commands.Raw) else str(command.__struct_config__.tag)


def arguments_of(command: commands.AnyCommand) -> dict[str, Any]:
    """The command's fields as recorded, without secrets and without tokens."""
    fields: dict[str, Any] = msgspec.to_builtins(command)
    fields.pop("command", None)
    return charger.masked(fields.pop("payload") if isinstance(command, commands.Raw) else fields)


def _status(error: CannotOrder) -> str:
    match error:
        case Offline():
            return "offline"
        case NotAllowed():
            return "not_allowed"
        case NotExpressible():
            return "not_supported"
        case _:
            return "failed"
