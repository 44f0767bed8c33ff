"""Conversation: the life of one connection, from its attachment to its end. Run by the gateway, one task each.

A connection is a contained task, not a supervised actor. It hands each frame to the charger's actor and sends the
reply; when the actor crashes on a frame, the frame is tried once more, and then kept aside rather than lost. One that
nobody had the time for is nobody's fault: it is not acknowledged, and the charger sends it again.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import trio

from actors import runtime
from actors.chargers import charger
from actors.chargers.transactions import SessionUnavailable
from actors.connections import quarantine
from actors.connections.link import Link
from actors.services import Services
from csms import gateway, protocol
from csms.protocol import frames
from csms.storage import errors

HANDLING_SECONDS = 60.0
"""How long a frame may wait for its actor, restarts included."""
BUSY_SECONDS = 1.0
"""The pause before a frame is given again to an actor whose mailbox was full."""
LEAVING_SECONDS = 5.0

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)


class Conversation:
    """Everything between one socket and its charger's actor."""

    def __init__(self, services: Services, connection: gateway.Connection) -> None:
        self._services = services
        self._connection = connection
        self._identity = connection.identity
        self._link = Link(connection, protocol.version(connection.subprotocol))
        self._ref: runtime.Ref[charger.Charger] | None = None

    async def run(self) -> None:
        """Until the connection is closed, from whichever side. Raises gateway.ConnectionClosed."""
        reason = "the connection was closed"
        try:
            if await self._attached():
                for number in itertools.count(1):
                    await self._frame(number, await self._connection.receive())
        except gateway.ConnectionClosed as closed:
            reason = closed.reason or reason
            raise
        finally:
            await self._leave(reason)

    async def _attached(self) -> bool:
        try:
            await self._tell(charger.Charger.on_attach, self._link)
        except (runtime.ActorError, errors.StorageError) as error:
            logger.error("attach_failed charger=%s reason=%s", self._identity, error)
            self._connection.close(1013, "not ready, come back later")
            return False
        return True

    async def _frame(self, number: int, text: str) -> None:
        reply: str | None = None
        try:
            reply = await self._reply(number, text)
        except errors.Fenced:
            self._connection.close(1000, "a newer connection of this charger took over")
        except errors.StorageUnavailable:
            self._connection.close(1013, "nothing can be stored now, come back later")
        if reply is not None:
            await self._connection.send(reply)
            if self._link.owes:
                self._link.owes = False
                await self._followed_up()

    async def _followed_up(self) -> None:
        try:
            await self._tell(charger.Charger.on_replied, self._link)
        except (runtime.ActorError, errors.StorageError) as error:
            logger.error("follow_up_failed charger=%s reason=%s", self._identity, error)

    async def _reply(self, number: int, text: str) -> str | None:
        try:
            return await self._tell(charger.Charger.on_frame, self._link, number, text)
        except (runtime.ActorError, SessionUnavailable) as failure:
            if not _overdue(failure):
                return await self._kept_aside(text, failure)
            logger.error("frame_overdue charger=%s reason=%s", self._identity, failure)
            self._connection.close(1013, "busy, come back later")
            return None

    async def _tell(
        self, message: Callable[Concatenate[charger.Charger, P], Coroutine[Any, Any, R]], *args: P.args, **kw: P.kwargs
    ) -> R:
        """Handling is idempotent, so what a crash cut short is simply told again."""
        try:
            return await (await self._actor()).call(message, *args, **kw)
        except (runtime.ActorError, SessionUnavailable) as error:
            logger.warning("told_again charger=%s reason=%s", self._identity, error)
            if isinstance(error, runtime.MailboxFull):
                await trio.sleep(BUSY_SECONDS)
        return await (await self._actor()).call(message, *args, **kw)

    async def _actor(self) -> runtime.Ref[charger.Charger]:
        if self._ref is None or not self._ref.alive:
            self._ref = (await charger.ensure(self._services, self._identity)).within(HANDLING_SECONDS)
        return self._ref

    async def _kept_aside(self, text: str, failure: Exception) -> str | None:
        logger.error("frame_failed charger=%s reason=%s", self._identity, failure)
        version = self._link.version
        call = version.parse(text)
        if not isinstance(call, frames.Call):
            return None
        if call.action not in quarantine.TRANSACTION_ACTIONS:
            return version.error(call.message_id, "InternalError", "the server failed on this message; send it again")
        answer = await quarantine.keep(self._services, self._identity, call.action, text, (str(failure),))
        return version.reply(call, answer)

    async def _leave(self, reason: str) -> None:
        """Tell the actor, also when the server is stopping; one that cannot be told must not find a dead link later."""
        with trio.move_on_after(LEAVING_SECONDS, shield=True):
            try:
                await self._tell(charger.Charger.on_detach, self._link, reason)
            except (runtime.ActorError, errors.StorageError) as error:
                logger.info("detach_failed charger=%s reason=%s", self._identity, error)
        if self._services.links.get(self._identity) is self._link:
            del self._services.links[self._identity]


def _overdue(failure: BaseException | None) -> bool:
    """Whether nothing failed and it only took too long, here or in an actor behind this one."""
    while failure is not None:
        if isinstance(failure, runtime.CallTimeout | runtime.MailboxFull):
            return True
        failure = failure.__cause__
    return False
