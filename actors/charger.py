"""Charger: one actor per charger, whether connected or only asked about. Plumbing between link, reports and orders.

A connection is not the charger: the actor outlives its sockets, and a crash keeps the socket. `attach` bumps a link
epoch: the newest socket wins, frames of an older one are dropped, and the close of an old one is a no-op. Without a
link, an open transaction or an order the actor passivates.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import trio

from actors import alarm, reports, runtime, trace, transactions
from actors.orders import CannotOrder, Ended, Orders, new_command_id
from actors.outbound import Executed, Pending
from actors.record import Record
from actors.services import Services
from csms import gateway
from csms.domain import authorization, charger, commands, events, facts
from csms.domain.session import ACTIVE
from csms.protocol import frames, replies, versions
from csms.storage import errors, lookups

SUPERVISOR = "chargers"
IDLE_SECONDS = 300.0
SEND_SECONDS = 10.0
"""A peer that takes no frame for so long is gone."""
CONFIGURE_SECONDS = 5.0
"""How long after the first accepted boot we read the configuration (rule 21)."""
STATUS_SECONDS = 30.0
"""How long after a connection we ask for a status that did not come (rule 21)."""
SYSTEM = "system"
NEVER_CACHED = frozenset({"Heartbeat", "MeterValues"})
"""A repeated heartbeat wants the time of now; repeated meter values are found by the log (rule 11)."""

logger = logging.getLogger(__name__)


class Connection(Protocol):
    """What the actor needs of a gateway's connection."""

    async def send(self, text: str) -> None:
        """Write one frame."""

    def close(self, code: int, reason: str) -> None:
        """Close it, from any task, without waiting."""


@dataclass(slots=True, eq=False)
class Link:
    """One socket of a charger and what was agreed on it. Kept outside the actor, so that a crash keeps it."""

    connection: Connection
    version: versions.Version
    replies: replies.ReplyCache
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """A remote start on its way."""

    session_id: str
    command_id: str


@dataclass(frozen=True, slots=True)
class Live:
    """What the actor knows now."""

    state: charger.Charger
    online: bool
    last_seen_at: datetime | None


class TokenRefused(CannotOrder):
    """The token may not start a session; `status` is the OCPP authorization status."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class NoSuchSession(CannotOrder):
    """The session does not run on this charger now."""


# -- Client ------------------------------------------------------------------------------------------------------------


async def ensure(services: Services, charger_id: str) -> runtime.Ref[Charger]:
    """The charger's actor, started or woken; `charger_id` in its stored spelling. Raises runtime.ActorError."""
    ref = services.registry.lookup(f"{SUPERVISOR}/{charger_id}", Charger)
    if ref is not None and ref.alive:
        return ref
    spec = runtime.ChildSpec(charger_id, lambda: Charger(services, charger_id), restart=runtime.Restart.TRANSIENT)
    return await services.chargers.ensure_child(spec)


async def execute(services: Services, ref: runtime.Ref[Charger], command: commands.AnyCommand, *, by: str) -> Executed:
    """Order `command` and wait for the charger's answer. Raises CannotOrder and runtime.ActorError."""
    return await ref.within(services.settings.command_timeout + 10).call(Charger.on_execute, command, by)


async def start_session(
    ref: runtime.Ref[Charger], *, connector_id: int | None, evse_id: int | None = None, id_token: facts.IdToken, by: str
) -> Begun:
    """Make a pending session and order the remote start; does not wait for the charger. Raises CannotOrder."""
    return await ref.within(30).call(Charger.on_start_session, connector_id, evse_id, id_token, by)


async def stop_session(services: Services, ref: runtime.Ref[Charger], session_id: str, *, by: str) -> Executed:
    """Order the remote stop of a running session and wait for the answer. Raises CannotOrder."""
    return await ref.within(services.settings.command_timeout + 10).call(Charger.on_stop_session, session_id, by)


async def live(ref: runtime.Ref[Charger]) -> Live:
    """What the actor knows now."""
    return await ref.call(Charger.on_live)


# -- Process -----------------------------------------------------------------------------------------------------------


class Charger(runtime.Actor):
    """Everything one charger says and is told, in order."""

    answers = (CannotOrder, transactions.SessionUnavailable, errors.Fenced, errors.StorageUnavailable)
    capacity = 256

    def __init__(self, services: Services, charger_id: str) -> None:
        self._services = services
        self.id = charger_id
        self._link: Link | None = services.links.get(charger_id)
        self._last_seen: datetime | None = None
        self._record = Record(services, charger_id)
        self._transactions = transactions.Transactions(services, charger_id)
        self._reports = reports.Reports(services, self._record, self._transactions)
        self._orders = Orders(self._record, self._send, self._call_begun)

    async def init(self) -> None:
        """Rebuild from the log; orders that a crash left without an outcome get one."""
        await self._record.load()
        await self._transactions.load()
        await self._read_reference()
        if self._link is not None:
            self._orders.version = self._link.version
        lost = self._record.state.open_commands
        detail = "the server restarted before the charger answered; the outcome is unknown"
        await self._record.append(
            [events.CommandEnded(command_id=c, status="unknown", detail=detail) for c in lost], fenced=False
        )

    def idle_after(self) -> float | None:
        """Passivate when nobody is connected, nothing charges and nothing is ordered."""
        quiet = self._link is None and not self._transactions.busy and not len(self._orders.queue)
        return IDLE_SECONDS if quiet else None

    # -- The link ------------------------------------------------------------------------------------------------------

    async def on_attach(self, link: Link) -> int:
        """A new socket: it becomes the charger's link, and the old one is closed. Returns its epoch."""
        old, was_online = self._link, self._record.state.online
        link.epoch = self._record.epoch + 1
        connected = events.Connected(epoch=link.epoch, protocol=link.version.name)
        changed = not was_online or self._record.state.protocol != link.version.name
        await self._record.claim(link.epoch, [connected] if changed else [])
        self._link = self._services.links[self.id] = link
        await self._orders.link_lost()
        self._orders.version = link.version
        if old is not None:
            old.connection.close(1000, "a newer connection of this charger took over")
        self._reports.reported.clear()
        self._seen()
        alarm.after(self, STATUS_SECONDS, Charger.on_status_missing, link.epoch)
        return link.epoch

    async def on_detach(self, epoch: int, reason: str) -> None:
        """A socket is gone; only the newest one's end says anything about the charger."""
        if self._link is None or self._link.epoch != epoch:
            return
        self._link = None
        self._services.links.pop(self.id, None)
        self._orders.version = None
        await self._orders.link_lost()
        await self._record.append([events.Disconnected(epoch=epoch, reason=reason)])

    async def on_frame(self, epoch: int, text: str) -> str | None:
        """Handle one frame; the reply to send, or None. Raises what `answers` names: the caller may try once more."""
        link = self._link
        if link is None or link.epoch != epoch:
            return None
        now = self._seen()
        message = link.version.parse(text)
        self._services.traces.add(self.id, now, "in", trace.masked(text))
        reply: str | None
        match message:
            case frames.Call():
                reply = await self._reply(link, message, text)
            case frames.CallResult() | frames.CallError():
                await self._outcome(message)
                return None
            case frames.Fault():
                logger.info("frame_refused charger=%s reason=%s", self.id, message.reason)
                reply = message.reply
            case _:
                logger.info("frame_ignored charger=%s kind=%s", self.id, type(message).__name__)
                return None
        if reply is not None:
            self._services.traces.add(self.id, now, "out", reply)
        return reply

    async def _reply(self, link: Link, call: frames.Call, text: str) -> str:
        repeatable = call.action not in NEVER_CACHED
        if repeatable and (known := link.replies.find(call)) is not None:
            return known
        if not charger.may_report(self._reports.registration, call.action, self._orders.triggered):
            return link.version.error(call.message_id, "SecurityError", "the charger's registration is not accepted")
        fact = link.version.fact(call, text)
        if isinstance(fact, versions.CallFault):
            return link.version.error(call.message_id, fact.code, fact.description)
        first = isinstance(fact, facts.Boot) and not self._record.state.accepted
        answer = await self._reports.answer(fact)
        reply = link.version.reply(call, answer)
        if repeatable:
            link.replies.keep(call, reply)
        if first and self._record.state.accepted:
            alarm.after(self, CONFIGURE_SECONDS, Charger.on_configure, link.epoch)
        return reply

    async def _outcome(self, message: frames.CallResult | frames.CallError) -> None:
        ended = await self._orders.answered(message)
        match ended:
            case Ended(command=commands.RemoteStart(), session_id=str() as session_id, outcome=outcome) if (
                outcome.refused
            ):
                await self._transactions.fail(session_id, f"the charger refused the remote start: {outcome.status}")
            case Ended(command=commands.GetConfiguration()):
                for key, value in charger.missing_settings(self._record.state.configuration, self._sample_interval):
                    await self._try(commands.SetConfiguration(key=key, value=value))
        await self._orders.pump()

    # -- Orders --------------------------------------------------------------------------------------------------------

    async def on_execute(self, command: commands.AnyCommand, by: str) -> runtime.Later[Executed]:
        """Order a command; the answer comes when the charger's does."""
        later = runtime.Later[Executed]()
        await self._orders.order(command, by=by, registration=self._reports.registration, later=later)
        return later

    async def on_start_session(
        self, connector_id: int | None, evse_id: int | None, id_token: facts.IdToken, by: str
    ) -> Begun:
        """Order a remote start for a token that may charge."""
        token = await self._reports.token(id_token)
        verdict = authorization.decide(token, self._services.now())
        if not verdict.accepted:
            decided = events.AuthorizationDecided(token=token.ref, status=verdict.status, reason=verdict.reason)
            await self._record.append([decided], fenced=False)
            raise TokenRefused(verdict.status, verdict.reason)
        session_id, command_id = "s" + secrets.token_hex(10), new_command_id()
        requested = events.SessionRequested(
            charger_id=self.id,
            token=token.ref,
            token_type=token.type,
            driver_id=token.driver_id,
            station_id=self._reports.station_id,
            command_id=command_id,
            connector_id=connector_id,
            evse_id=evse_id,
        )
        await self._transactions.request(session_id, requested)
        order = commands.RemoteStart(id_token=id_token, connector_id=connector_id, evse_id=evse_id)
        try:
            await self._order(order, by=by, command_id=command_id, session_id=session_id)
        except CannotOrder as error:
            await self._transactions.fail(session_id, error.detail)
            raise
        return Begun(session_id, command_id)

    async def on_stop_session(self, session_id: str, by: str) -> runtime.Later[Executed]:
        """Order the end of a running transaction."""
        state = self._transactions.open.get(session_id)
        if state is None or state.status != ACTIVE or state.transaction_id is None:
            raise NoSuchSession("the session is not running on this charger: nothing to stop")
        later = runtime.Later[Executed]()
        order = commands.RemoteStop(transaction_id=state.transaction_id)
        await self._order(order, by=by, later=later, session_id=session_id)
        return later

    async def on_unanswered(self, command_id: str) -> None:
        """The time for an answer is over."""
        await self._orders.unanswered(command_id, self._services.settings.command_timeout)
        await self._orders.pump()

    async def on_configure(self, epoch: int) -> None:
        """After the first accepted boot: learn the charger's configuration and make it report energy (rule 21)."""
        if self._link is None or self._link.epoch != epoch:
            return
        if not self._record.state.configuration:
            await self._try(commands.GetConfiguration())

    async def on_status_missing(self, epoch: int) -> None:
        """No status since the connection: ask for it (rule 21)."""
        if self._link is None or self._link.epoch != epoch or self._reports.registration != "accepted":
            return
        for connector_id in self._reports.connectors - self._reports.reported:
            await self._try(commands.Trigger(message="StatusNotification", connector_id=connector_id))

    async def on_changed(self) -> None:
        """The reference data of this charger changed."""
        before = self._reports.registration
        await self._read_reference()
        if self._reports.registration != before:
            await self._record.append(
                [events.RegistrationChanged(registration=self._reports.registration)], fenced=False
            )
            if before != "accepted" and self._link is not None:
                await self._try(commands.Trigger(message="BootNotification"), registration="pending")

    async def on_live(self) -> Live:
        """What is known now."""
        return Live(self._record.state, self._link is not None, self._last_seen or self._record.state.last_seen_at)

    async def on_close(self, code: int, reason: str) -> None:
        """Close the charger's socket (credentials changed, charger deleted, ...)."""
        if self._link is not None:
            self._link.connection.close(code, reason)

    def status_state(self) -> Any:
        """Without tokens and secrets."""
        return {
            "id": self.id,
            "online": self._link is not None,
            "epoch": self._record.epoch,
            "open_sessions": list(self._transactions.open),
            "calls_waiting": len(self._orders.queue),
        }

    def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Frames are in the trace, masked; tokens are nowhere."""
        return method

    # -- Inside --------------------------------------------------------------------------------------------------------

    async def _order(self, command: commands.AnyCommand, **how: Any) -> str:
        return await self._orders.order(command, registration=self._reports.registration, **how)

    async def _try(self, command: commands.AnyCommand, *, registration: str | None = None) -> None:
        """An order of our own: it is recorded, and when it cannot be sent nobody waits for it."""
        try:
            await self._orders.order(command, by=SYSTEM, registration=registration or self._reports.registration)
        except CannotOrder as error:
            logger.info("own_order_not_sent charger=%s reason=%s", self.id, error.detail)

    async def _send(self, text: str) -> None:
        link = self._link
        if link is None:
            return
        self._services.traces.add(self.id, self._services.now(), "out", trace.masked(text))
        try:
            with trio.fail_after(SEND_SECONDS):
                await link.connection.send(text)
        except trio.TooSlowError:
            link.connection.close(1001, "the charger takes no frames")
        except gateway.ConnectionClosed:
            logger.info("call_not_sent charger=%s", self.id)  # the connection's end is about to be told: on_detach

    def _call_begun(self, pending: Pending) -> None:
        timeout = self._services.settings.command_timeout
        pending.alarm = alarm.after(self, timeout, Charger.on_unanswered, pending.command_id)

    async def _read_reference(self) -> None:
        record = await self._services.readers.read(lookups.known_charger, self.id)
        if record is not None:
            self._reports.registration = record.registration
            self._reports.station_id = record.station_id
            self._reports.connectors = frozenset(each.id for evse in record.evses for each in evse.connectors)

    @property
    def _sample_interval(self) -> int:
        return int(self._services.settings.sample_interval)

    def _seen(self) -> datetime:
        self._last_seen = self._services.now()
        return self._last_seen
