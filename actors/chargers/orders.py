"""Orders: what people and programs tell a charger to do. One half of the charger actor; reports.py is the other.

A call to the charger never blocks the mailbox: it waits in the outbound queue with a Later for its caller. Who ordered
what, and what became of it, are records like any other; a timeout is an unknown outcome and is recorded as one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from actors import runtime
from actors.chargers.outbound import Executed, Pending
from actors.chargers.passwords import Passwords, complete
from actors.chargers.profiles import Profiles
from actors.chargers.record import Record
from actors.connections.link import Link
from csms.domain import abilities, charger, commands, configuration, consequences, events, quirk
from csms.protocol import frames, outcomes, versions
from csms.storage import errors

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
    """It was sent, and no answer came in time: the outcome is unknown."""


class LinkLost(NoAnswer):
    """It was sent, and then the link was lost: the outcome is unknown, and the charger is offline besides."""


class NoSuchSession(CannotOrder):
    """The session does not run on this charger now."""


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
    """The orders of one charger, the `peer`; their queue is the link's.

    `begun` hears of a call just before `send` writes it.
    """

    def __init__(
        self,
        record: Record,
        passwords: Passwords,
        profiles: Profiles,
        send: Callable[[Link, str], Awaitable[None]],
        begun: Callable[[Pending], None],
    ) -> None:
        self._record = record
        self._passwords = passwords
        self._profiles = profiles
        self._send = send
        self._begun = begun
        self.peer = versions.ANYBODY

    async def order(
        self,
        link: Link | None,
        command: commands.AnyCommand,
        *,
        by: str,
        registration: str,
        later: runtime.Later[Executed] | None = None,
        command_id: str = "",
        session_id: str | None = None,
    ) -> None:
        """Record the order and queue its call on the link, if there is one. Raises CannotOrder, recorded too."""
        command_id = command_id or new_command_id()
        command, made = complete(command)
        requested = events.CommandRequested(
            command_id=command_id, command=name_of(command), by=by, arguments=arguments_of(command)
        )
        try:
            link, call = self._expressed(link, command, registration)
            profile = await self._permitted_profile(link.version, call)
            credential = await self._offered(link.version.password(call), made=made)
            waits = link.version.password_waits(call)
            if profile is not None:
                await self._profiles.offer(profile)
        except CannotOrder as error:
            ended = events.CommandEnded(command_id=command_id, status=_status(error), detail=error.detail)
            await self._record.append([requested, ended], command=command_id, fenced=False)
            raise
        await self._record.append([requested], command=command_id)
        link.calls.add(Pending(command_id, command, call, later, session_id, credential, waits, profile))
        await self.pump(link)

    async def pump(self, link: Link) -> None:
        """Send the next call if the charger owes us no answer (rule 1)."""
        pending = link.calls.next()
        if pending is not None:
            await self._call(link, pending)

    async def answered(
        self, link: Link, message: frames.CallResult | frames.CallError, allowed: frozenset[quirk.Quirk]
    ) -> Ended | None:
        """A CALLRESULT or CALLERROR came; None for a late or foreign one, or when more calls follow.

        `allowed` is what the charger may deviate in (rule 17).
        Its call stays the current one until `link.calls.take`, so that an answer that is told again after a crash of
        the actor is handled to its end.
        """
        pending = link.calls.sent(message.message_id)
        if pending is None:
            logger.info("late_answer_ignored charger=%s message_id=%.36s", self._record.charger_id, message.message_id)
            return None
        failure = None
        if isinstance(message, frames.CallError):
            outcome = link.version.outcome_of_error(pending.order, message)
            said = charger.without_secrets(outcome.response)
            failure = commands.CallFailure(message.code, said["error_description"], said["error_details"])
        else:
            outcome = link.version.outcome(pending.order, message.payload)
        if outcomes.agreed(outcome):
            link.triggered |= consequences.asked_for(pending.order.action, pending.order.payload)
        learnt = self._learnt(link, pending, outcome, allowed)
        try:
            if pending.order.rest and outcomes.agreed(outcome):
                await self._goes_on(link, pending, outcome, learnt)
                return None
            if pending.answers and outcome.status != "error":
                outcome = msgspec.structs.replace(outcome, response=pending.whole(outcome.response))
            await self._ended(pending, outcome, learnt)
        except errors.StorageUnavailable as error:
            pending.fail(error)
            raise
        told = charger.without_secrets(outcome.response)
        pending.answer(Executed(pending.command_id, outcome.status, outcome.detail, told, outcome.refused, failure))
        return Ended(pending.command, pending.session_id, outcome)

    async def unanswered(self, link: Link, message_id: str, seconds: float) -> commands.AnyCommand | None:
        """No answer in time: free the slot; the order that came to nothing."""
        pending = link.calls.drop(message_id)
        if pending is not None:
            detail = f"the charger did not answer within {seconds:g} s; the outcome is unknown"
            await self._failed([(pending, "timeout", NoAnswer(detail))])
        return None if pending is None else pending.command

    async def lost(self, link: Link) -> None:
        """The link is gone: all its calls fail at once (rule 3); what was never sent, as if it had been offline."""
        sent = link.calls.current
        lost = LinkLost("the charger's connection was lost; the outcome is unknown")
        never = Offline("the charger's connection was lost before this was sent: try again when it is connected")
        await self._failed(
            (pending, "connection_lost", lost) if pending is sent else (pending, "offline", never)
            for pending in link.calls.clear()
        )

    async def _offered(self, password: bytes | None, *, made: bool) -> str | None:
        """A call that sets the charger's password: that is good here before it is sent (rule 8)."""
        if password is None:
            return None
        if self._passwords.full:
            raise QueueFull(
                "the charger did not say what became of earlier passwords: another may be sent when it has signed in"
                " again, so reset it or wait for its next connection"
            )
        return await self._passwords.offer(password, made=made)

    async def _permitted_profile(self, version: versions.Version, call: versions.Order) -> int | None:
        """A call that tells the charger to use another security profile: which (rule 57). Raises NotExpressible."""
        wanted = version.profile(call)
        if wanted is None:
            return None
        if (objection := await self._profiles.objection(wanted, version.name)) is not None:
            raise NotExpressible(objection)
        return wanted

    async def _call(self, link: Link, pending: Pending) -> None:
        self._begun(pending)
        await self._send(link, link.version.call(pending.message_id, pending.order))

    async def _goes_on(
        self, link: Link, pending: Pending, outcome: commands.Outcome, learnt: list[events.AnyEvent]
    ) -> None:
        """One of several calls was answered: what it told is kept, and the next one goes out."""
        await self._record.append(learnt, command=pending.command_id, fenced=False)
        pending.advance(outcome.response)
        await self._call(link, pending)

    async def _ended(self, pending: Pending, outcome: commands.Outcome, learnt: list[events.AnyEvent]) -> None:
        if not self._open(pending):
            return
        if pending.credential is not None:
            await self._passwords.answered(pending.credential, outcome.status, waits=pending.credential_waits)
        if pending.profile is not None:
            await self._profiles.answered(pending.profile, outcome.status)
        match pending.order:
            case versions.Order("CustomerInformation", {"requestId": int(asked), "report": True}) if outcomes.agreed(
                outcome
            ):
                await self._record.asked_customer(asked)
        response = charger.masked(outcome.response)
        ended = events.CommandEnded(
            command_id=pending.command_id, status=outcome.status, detail=outcome.detail, response=response
        )
        await self._record.append([*learnt, ended], command=pending.command_id, fenced=False)

    @staticmethod
    def _learnt(
        link: Link, pending: Pending, outcome: commands.Outcome, allowed: frozenset[quirk.Quirk]
    ) -> list[events.AnyEvent]:
        """What an answer says about the charger itself."""
        learnt: list[events.AnyEvent] = []
        if isinstance(pending.command, commands.GetConfiguration):
            learnt += configuration.read(outcome.response)
        if outcome.status == "error":
            return learnt
        for each in link.version.written(pending.order, outcome.response, allowed):
            shown = charger.MASK if charger.is_secret(each.key) else each.value
            learnt.append(events.ConfigurationChanged(key=each.key, value=shown, reboot_required=each.reboot))
        if changes := link.version.learnt(pending.order, outcome.response, allowed):
            learnt.append(events.InventoryChanged(changes=changes))
        return learnt

    def _open(self, pending: Pending) -> bool:
        """False when its outcome is recorded: a crash came between that and the end of its handling."""
        return pending.command_id in self._record.state.open_commands

    def _expressed(
        self, link: Link | None, command: commands.AnyCommand, registration: str
    ) -> tuple[Link, versions.Order]:
        if link is None:
            raise Offline("the charger is offline: try again when it is connected")
        forbidden = charger.may_order(registration, name_of(command), charger.triggers(command))
        if forbidden is not None:
            raise NotAllowed(forbidden)
        if link.calls.full:
            raise QueueFull("too many calls wait for this charger: try again when it has answered some")
        with expressing(command):
            order = link.version.order(command, self.peer)
        if not isinstance(order, versions.Order):
            raise NotExpressible(order.detail)
        lacking = abilities.lacking(command, self._record.state.configuration)
        if lacking is not None:
            raise NotExpressible(f"{lacking} If it can do it all the same, send {order.action} raw.")
        return link, order

    async def _failed(self, calls: Iterable[tuple[Pending, str, CannotOrder]]) -> None:
        calls = list(calls)
        for pending, _, error in calls:  # whoever waits hears of it at once, whatever the disk does
            pending.fail(error)
        for pending, status, error in calls:
            if self._open(pending):
                ended = events.CommandEnded(command_id=pending.command_id, status=status, detail=error.detail)
                await self._record.append([ended], command=pending.command_id, fenced=False)


@contextmanager
def expressing(command: commands.AnyCommand) -> Iterator[None]:
    """While an order is put into words: a value that nobody can calculate with costs the order and not the actor."""
    try:
        yield
    except (ArithmeticError, ValueError) as error:
        logger.exception("order_not_expressed command=%s", name_of(command))
        raise NotExpressible(f"the order cannot be expressed: {error}; look at its numbers and times") from error


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
