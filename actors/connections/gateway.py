"""Gateway: the chargers' front door as a supervised task: who may come in, and on which ports.

What is said once they are in is conversation.py's.
"""

from __future__ import annotations

import logging
from functools import partial

import trio

from actors import runtime
from actors.alerts import raise_alert
from actors.connections import patience
from actors.connections.conversation import Conversation
from actors.connections.refusals import Refusals
from actors.recording import journal
from actors.services import Services
from csms import config, credentials, gateway, protocol
from csms.pki import presented, store
from csms.storage import errors, lookups
from csms.storage.reference import chargers

logger = logging.getLogger(__name__)


class Door:
    """What the gateway asks and does; `open` says whether anything can be stored. `tls` is None where wss is off."""

    def __init__(self, services: Services, tls: gateway.Tls | None = None) -> None:
        self._services = services
        self._tls = tls
        self._refusals = Refusals(partial(_alert, services), lambda: services.now())
        self.open = True

    def accepting(self) -> bool:
        """False while nothing can be stored: chargers come back later and queue what they have."""
        return self.open

    async def credentials(self, identity: str) -> gateway.Known | gateway.Unknown:
        """The stored charger of this identity, or what the policy for unknown ones says."""
        known = await self._services.look_ups.read(lookups.known_charger, identity)
        if known is not None:
            ping_interval, offline_after = patience.limits(self._services.settings, known.ping_interval_s)
            good = known.credentials.good
            return gateway.Known(
                known.id,
                known.security_profile,
                good,
                ping_interval,
                offline_after,
                known.next_security_profile,
                await self._common_names(known),
                self._services.settings.operator_name,
            )
        if await self._services.look_ups.read(chargers.find, identity) is not None:
            return gateway.Unknown(decommissioned=True)
        policy = self._services.settings.unknown_chargers
        if policy is config.UnknownChargers.REJECT:
            return gateway.Unknown()
        return await self._let_in(identity, "accepted" if policy is config.UnknownChargers.ACCEPT else "pending")

    async def shown(self, certificate: presented.Presented) -> gateway.Shown:
        """Whose it is if it is ours, and whether we, or the authority that made it, said that it is good no more."""
        if self._tls is not None and self._tls.revoked(certificate.certificate):
            return gateway.Shown(certificate, revoked=True)
        ours = await self._services.look_ups.read(lookups.certificate, certificate.serial_number)
        if ours is None:
            return gateway.Shown(certificate)
        return gateway.Shown(certificate, ours.revoked_at is not None, ours.charger_id)

    def refused(self, identity: str | None, why: str, remote: str) -> None:
        """Somebody was not let in: operations hear of it when it is not a mistake."""
        self._refusals.refused(identity, why, remote)

    async def _common_names(self, known: chargers.Charger) -> tuple[str, ...]:
        """What its certificate may name (rule 53): its serial number as registered, else as it reported it."""
        if 3 not in (known.security_profile, known.next_security_profile):
            return ()
        name = known.serial_number
        if name is None:
            name = await self._services.look_ups.read(lookups.serial_number, known.id)
        return () if name is None else (name,)

    async def _let_in(self, identity: str, registration: str) -> gateway.Known | gateway.Unknown:
        try:
            await journal.write(self._services.journal, chargers.add, {"id": identity, "registration": registration})
        except errors.AlreadyExists:
            return await self.credentials(identity)  # its other socket was faster
        except errors.InvalidValue as error:
            logger.info("unknown_charger_refused charger=%r reason=%s", identity, error)
            return gateway.Unknown()
        logger.info("unknown_charger_added charger=%s registration=%s", identity, registration)
        return gateway.Known(identity)

    async def run(self, connection: gateway.Connection) -> None:
        """One connection, from its first frame to its last."""
        self._refusals.signed_in(connection.identity)
        await Conversation(self._services, connection).run()


def _alert(services: Services, kind: str, subject: str, detail: str, alert_id: bytes) -> None:
    # The registry is looked up now: it is set after the door is made.
    raise_alert(services.registry, kind, subject, detail, alert_id)


def tls(settings: config.Settings) -> gateway.Tls | None:
    """What wss shows and trusts; None where no port is set. Raises gateway.BadListener."""
    return None if settings.ocpps_port is None else gateway.Tls(partial(files, settings))


def files(settings: config.Settings) -> gateway.Files:
    """The files that there are: the settings', else our own authority's."""
    own = store.Store(settings.data / "pki", settings.operator_name)
    pairs = [*zip(settings.tls_certificate, settings.tls_key, strict=True)] or own.server_files
    authorities = [own.chain_file] if own.begun else []
    return gateway.Files(pairs, (*authorities, *settings.tls_client_ca), settings.tls_client_crl)


def listeners(settings: config.Settings, secured: gateway.Tls | None = None) -> list[gateway.Listener]:
    """Plain ws, and wss beside it where a port for it is set."""
    plain = [gateway.Listener(settings.ocpp_host, settings.ocpp_port)]
    if settings.ocpps_port is None or secured is None:
        return plain
    return [*plain, gateway.Listener(settings.ocpp_host, settings.ocpps_port, secured.current, "--ocpps-port")]


def options(settings: config.Settings) -> gateway.Options:
    """The gateway's numbers as set."""
    ping_interval, offline_after = patience.limits(settings)
    return gateway.Options(
        ping_interval=ping_interval,
        offline_after=offline_after,
        message_limit=settings.message_limit,
        frame_rate=settings.frame_rate_limit,
        handshake_timeout=settings.handshake_timeout,
        handshakes_per_second=settings.handshake_rate,
        trusted_proxies=settings.trusted_proxies,
    )


class Front:
    """The gateway of a node through its restarts: keeps the sockets' ports, so that port 0 is picked once."""

    def __init__(self, services: Services) -> None:
        self.tls = tls(services.settings)
        self.door = Door(services, self.tls)
        self._settings = services.settings
        self._listeners = listeners(services.settings, self.tls)
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

    def reload(self) -> bool:
        """Load the certificates now, and tell what is wrong with them; whether they changed."""
        return self.tls is not None and self.tls.reload()

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
