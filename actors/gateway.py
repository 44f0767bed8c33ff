"""Gateway: the chargers' front door as a supervised task, and the life of one connection.

A connection is a contained task, not a supervised actor. It hands each frame to the charger's actor and sends the
reply; when the actor crashes on a frame, the frame is tried once more, and then kept aside rather than lost.
"""

from __future__ import annotations

import logging

import trio

from actors import charger, journal, quarantine, runtime
from actors.services import Services
from actors.transactions import SessionUnavailable
from csms import config, credentials, gateway, protocol
from csms.protocol import frames, replies, versions
from csms.storage import errors, lookups
from csms.storage.reference import chargers

HANDLING_SECONDS = 60.0
"""How long a frame may wait for its actor, restarts included."""
LEAVING_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Door:
    """What the gateway asks and does; `open` says whether anything can be stored."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.open = True

    def accepting(self) -> bool:
        """False while nothing can be stored: chargers come back later and queue what they have."""
        return self.open

    async def credentials(self, identity: str) -> gateway.Known | gateway.Unknown:
        """The stored charger of this identity, or what the policy for unknown ones says."""
        known = await self._services.readers.read(lookups.known_charger, identity)
        if known is not None:
            return gateway.Known(known.id, known.security_profile, (known.credential,) if known.credential else ())
        policy = self._services.settings.unknown_chargers
        if policy is config.UnknownChargers.REJECT:
            return gateway.Unknown()
        registration = "accepted" if policy is config.UnknownChargers.ACCEPT else "pending"
        await journal.write(self._services.journal, chargers.add, {"id": identity, "registration": registration})
        logger.info("unknown_charger_added charger=%s registration=%s", identity, registration)
        return gateway.Known(identity)

    async def run(self, connection: gateway.Connection) -> None:
        """One connection, from its first frame to its last."""
        version = protocol.version(connection.subprotocol)
        link = charger.Link(connection, version, replies.ReplyCache())
        try:
            ref = (await charger.ensure(self._services, connection.identity)).within(HANDLING_SECONDS)
            epoch = await ref.call(charger.Charger.on_attach, link)
        except (runtime.ActorError, errors.StorageError) as error:
            logger.error("attach_failed charger=%s reason=%s", connection.identity, error)
            connection.close(1013, "not ready, come back later")
            return
        reason = "the connection was closed"
        try:
            while True:
                await self._frame(ref, link, epoch, connection, await connection.receive())
        except gateway.ConnectionClosed as closed:
            reason = closed.reason or reason
            raise
        finally:
            await self._leave(connection.identity, epoch, reason)

    async def _frame(
        self,
        ref: runtime.Ref[charger.Charger],
        link: charger.Link,
        epoch: int,
        connection: gateway.Connection,
        text: str,
    ) -> None:
        try:
            reply = await self._tried_twice(ref, link, epoch, connection.identity, text)
        except errors.Fenced:
            connection.close(1000, "a newer connection of this charger took over")
            return
        except errors.StorageUnavailable:
            connection.close(1013, "nothing can be stored now, come back later")
            return
        if reply is not None:
            await connection.send(reply)

    async def _tried_twice(
        self, ref: runtime.Ref[charger.Charger], link: charger.Link, epoch: int, identity: str, text: str
    ) -> str | None:
        """Handling is idempotent, so a frame whose actor crashed is simply given again."""
        failure: Exception
        for attempt in range(2):
            try:
                if attempt:
                    again = await charger.ensure(self._services, identity)
                    ref = again.within(HANDLING_SECONDS)
                return await ref.call(charger.Charger.on_frame, epoch, text)
            except (runtime.ActorError, SessionUnavailable) as error:
                logger.warning("frame_failed charger=%s attempt=%d reason=%s", identity, attempt + 1, error)
                failure = error
        return await self._kept_aside(link.version, identity, text, failure)

    async def _kept_aside(self, version: versions.Version, identity: str, text: str, failure: Exception) -> str | None:
        message = version.parse(text)
        if not isinstance(message, frames.Call):
            return None
        if message.action not in quarantine.TRANSACTION_ACTIONS:
            return version.error(
                message.message_id, "InternalError", "the server failed on this message; send it again"
            )
        answer = await quarantine.keep(self._services, identity, message.action, text, (str(failure),))
        return version.reply(message, answer)

    async def _leave(self, identity: str, epoch: int, reason: str) -> None:
        """Tell the actor, also when the server is stopping; an actor that is gone needs no telling."""
        with trio.move_on_after(LEAVING_SECONDS, shield=True):
            try:
                ref = await charger.ensure(self._services, identity)
                await ref.call(charger.Charger.on_detach, epoch, reason)
            except (runtime.ActorError, errors.StorageError) as error:
                logger.info("detach_failed charger=%s reason=%s", identity, error)


def listeners(settings: config.Settings) -> list[gateway.Listener]:
    """Plain ws, and wss beside it where a port for it is set."""
    plain = [gateway.Listener(settings.ocpp_host, settings.ocpp_port)]
    if settings.ocpps_port is None:
        return plain
    context = gateway.server_context(settings.tls_certificate, settings.tls_key)
    return [*plain, gateway.Listener(settings.ocpp_host, settings.ocpps_port, context, "--ocpps-port")]


def options(settings: config.Settings) -> gateway.Options:
    """The gateway's numbers as set."""
    return gateway.Options(
        ping_interval=settings.ping_interval,
        offline_after=settings.offline_after,
        message_limit=settings.message_limit,
        frame_rate=settings.frame_rate_limit,
        trusted_proxies=settings.trusted_proxies,
    )


class Front:
    """The gateway of a node through its restarts: keeps the sockets' ports, so that port 0 is picked once."""

    def __init__(self, services: Services) -> None:
        self.door = Door(services)
        self._settings = services.settings
        self._listeners = listeners(services.settings)
        self.gateway: gateway.Gateway | None = None

    async def serve(self, task: runtime.Task) -> None:
        """The body of the supervised task."""
        async with trio.open_nursery() as nursery:
            running: gateway.Gateway = await nursery.start(self._run)
            self.gateway = running
            self._listeners = [
                gateway.Listener(each.host, endpoint.port, each.tls, each.flag)
                for each, endpoint in zip(self._listeners, running.endpoints, strict=True)
            ]
            task.started()
            await task.stopping.wait()
            self.door.open = False
            await running.drain(pause=0.05)
            nursery.cancel_scope.cancel()

    def healthy(self, healthy: bool) -> None:
        """Nothing can be stored: send chargers away (1013), so that they queue offline; or let them in again."""
        self.door.open = healthy
        if not healthy and self.gateway is not None:
            self.gateway.close_all(1013, "nothing can be stored now, come back later")

    async def _run(self, task_status: trio.TaskStatus[gateway.Gateway]) -> None:
        await gateway.serve(
            self.door,
            self._listeners,
            choose=protocol.choose,
            verify=credentials.verify,
            numbers=options(self._settings),
            task_status=task_status,
        )
