"""Charger: one actor per charger, whether connected or only asked about. Plumbing between link, reports and orders.

A connection is not the charger: the actor outlives its sockets, and a crash keeps the socket. `attach` bumps a link
epoch: the newest socket wins, frames of an older one are dropped, and the close of an old one is a no-op. Without a
link the actor passivates: its sessions have actors of their own, and all it knows is in the log.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

from actors import alarm, runtime
from actors.chargers import errands, remote_start, reports, transactions, unanswered
from actors.chargers.orders import CannotOrder, Ended, Orders, expressing, new_command_id
from actors.chargers.orders import NoSuchSession as NoSuchSession
from actors.chargers.outbound import Executed, Pending
from actors.chargers.passwords import Passwords
from actors.chargers.preparation import prepared
from actors.chargers.profiles import Profiles
from actors.chargers.record import Record
from actors.chargers.remote_start import Begun as Begun
from actors.chargers.remote_start import TokenRefused as TokenRefused
from actors.connections import offloop, patience
from actors.connections.link import Link
from actors.recording import journal
from actors.services import Services
from actors.upkeep import uploads
from csms.domain import charger, commands, events, facts, quirk
from csms.domain.session import ACTIVE
from csms.protocol import frames, replies, versions
from csms.storage import errors, lookups
from csms.storage.reference import chargers

SUPERVISOR = "chargers"
IDLE_SECONDS = 300.0
SETTLE_SECONDS = 5.0
"""How long after a start, or the end of a link, what was left open in the log gets its end."""
SYSTEM = "system"
MANY_CALLS = 20
"""What an order may take that a charger can only be given in several calls: each has its own time for an answer."""
NEVER_CACHED = frozenset({"Heartbeat", "MeterValues", "TransactionEvent"})
"""A repeated heartbeat wants the time of now; repeated meter values are found by the log (rule 11), as long frames."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """What the actor knows now."""

    state: charger.Charger
    online: bool
    last_seen_at: datetime | None


# -- Client ------------------------------------------------------------------------------------------------------------


async def ensure(services: Services, charger_id: str) -> runtime.Ref[Charger]:
    """The charger's actor, started or woken; `charger_id` in its stored spelling. Raises runtime.ActorError."""
    ref = services.registry.lookup(f"{SUPERVISOR}/{charger_id}", Charger)
    if ref is not None and ref.alive:
        return ref
    spec = runtime.ChildSpec(
        charger_id, lambda: Charger(services, charger_id), restart=runtime.Restart.TRANSIENT, init_timeout=math.inf
    )
    return await services.chargers.ensure_child(spec)


async def execute(services: Services, ref: runtime.Ref[Charger], command: commands.AnyCommand, *, by: str) -> Executed:
    """Order `command` and wait for the charger's answer. Raises CannotOrder and runtime.ActorError."""
    calls = MANY_CALLS if isinstance(command, commands.GetConfiguration) else 1
    return await ref.within(calls * services.settings.command_timeout + 10).call(Charger.on_execute, command, by)


async def start_session(
    ref: runtime.Ref[Charger], *, by: str, continues: str | None = None, **wanted: Unpack[remote_start.Wanted]
) -> Begun:
    """Make a pending session and order the remote start; does not wait for the charger. Raises CannotOrder."""
    return await ref.within(30).call(Charger.on_start_session, commands.RemoteStart(**wanted), by, continues)


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
        self._record = Record(services, charger_id)
        self._transactions = transactions.Transactions(services, charger_id)
        self._reports = reports.Reports(services, self._record, self._transactions)
        self._passwords = Passwords(services, charger_id)
        self._profiles = Profiles(services, charger_id)
        self._quirks: tuple[str, ...] | None = None
        self._replies = replies.ReplyCache()
        self._orders = Orders(self._record, self._passwords, self._profiles, self._send, self._call_begun)
        self._errands = errands.Errands(services, self._record, self._reports, self._later)

    async def init(self) -> None:
        """Rebuild from the log."""
        if self.restarted:
            await journal.settled(self._services.journal)
        found = await self._services.look_ups.read(lookups.beginning, self.id)
        self._record.begin(found.rebuilt)
        self._transactions.begin(found.sessions)
        self._refer(found.registered)
        if self._left_open():
            self._settle_soon()

    def idle_after(self) -> float | None:
        """Passivate when nobody is connected."""
        return IDLE_SECONDS if self._link is None else None

    # -- The link ------------------------------------------------------------------------------------------------------

    async def on_attach(self, link: Link) -> None:
        """A new socket: it becomes the charger's link, and the old one is closed (rule 4)."""
        old, before = self._link if self._link is not link else None, self._record.state
        link.epoch = self._record.epoch + 1
        connected = events.Connected(epoch=link.epoch, protocol=link.version.name)
        changed = not before.online or before.protocol != link.version.name
        await self._record.claim(link.epoch, [connected] if changed else [])
        await self._passwords.used(link.connection.credential, old.calls.credentials if old is not None else ())
        await self._profiles.used(link.connection.profile)
        await self._reports.certificates.used(link.connection.certificate)
        self._link = self._services.links[self.id] = link
        if link.version.lasting_ids:
            link.replies = self._replies
        self._seen()
        patience.follow(link, self._record.state, self._services.settings)
        self._errands.attached(link)
        if old is not None:
            old.connection.close(1000, "a newer connection of this charger took over")
            await self._orders.lost(old)

    async def on_detach(self, link: Link, reason: str) -> None:
        """A socket is gone; only the newest one's end says anything about the charger."""
        if link is not self._link:
            return
        self._link = None
        self._services.links.pop(self.id, None)
        self._settle_soon()
        await self._orders.lost(link)
        await self._record.append([events.Disconnected(epoch=self._record.state.epoch, reason=reason)])

    async def on_settle(self) -> None:
        """End in the log what a crash or a full disk left open; again and again until it can be stored."""
        try:
            await self._record.append(self._left_open(), fenced=False)
        except errors.StorageUnavailable:
            self._settle_soon()

    async def on_frame(self, link: Link, number: int, text: str) -> str | None:
        """Handle the `number`-th frame of a link; the reply to send, or None. Again is safe: nothing counts twice."""
        if link is not self._link:
            return None
        now = self._seen()
        message = await offloop.reading(text, link.version.parse, text)
        self._services.traces.add(self.id, now, "in", text)
        reply: str | None
        match message:
            case frames.Call():
                reply = await self._reply(link, message, text, reports.FrameId(link.epoch, number))
            case frames.CallResult() | frames.CallError():
                reply = unanswered.complaint(link, message, self._allowed)
                await self._outcome(link, message)
            case frames.Send():
                frame = reports.FrameId(link.epoch, number)
                await unanswered.send(self._services, self._reports, link, message, text, frame, self._allowed)
                return None
            case frames.CallResultError():
                await unanswered.complained(self._reports, link, message, reports.FrameId(link.epoch, number))
                return None
            case frames.Fault():
                logger.info("frame_refused charger=%s reason=%s", self.id, message.reason)
                reply = message.reply
        if reply is not None:
            self._services.traces.add(self.id, now, "out", reply)
        return reply

    async def _reply(self, link: Link, call: frames.Call, text: str, frame: reports.FrameId) -> str:
        if call.action == "BootNotification":
            self._replies.clear()
            link.replies.clear()
        repeatable = call.action not in NEVER_CACHED and len(text) < offloop.LONG
        if repeatable and (known := link.replies.find(call)) is not None:
            return known
        if not charger.may_report(self._reports.registration, call.action, link.triggered):
            return link.version.error(call.message_id, "SecurityError", "the charger's registration is not accepted")
        fact = await offloop.reading(text, link.version.fact, call, text, self._allowed)
        if isinstance(fact, versions.CallFault):
            return link.version.error(call.message_id, fact.code, fact.description)
        reply = link.version.reply(call, await self._reports.answer(fact, frame))
        if repeatable:
            link.replies.keep(call, reply)
        else:
            link.replies.note(call, reply)
        match fact:
            case facts.Boot():
                patience.follow(link, self._record.state, self._services.settings)
            case facts.SigningRequest():
                link.owes = bool(self._reports.certificates.due)
        link.reported |= self._reports.connectors(fact) & self._reports.topology.numbers
        self._errands.told(link, fact)
        return reply

    async def _outcome(self, link: Link, message: frames.CallResult | frames.CallError) -> None:
        ended = await self._orders.answered(link, message, self._allowed)
        match ended:
            case Ended(session_id=str() as session_id, command=commands.RemoteStart(), outcome=outcome):
                if outcome.refused or isinstance(message, frames.CallError):
                    await self._transactions.fail(session_id, f"the charger refused the remote start: {outcome.status}")
                else:
                    await self._reports.holdings.begun(self._transactions.open.get(session_id))
            case Ended(command=commands.SetConfiguration() | commands.Raw()):
                patience.follow(link, self._record.state, self._services.settings)
            case Ended(command=commands.SendCertificate() as sent, outcome=outcome):
                await self._reports.certificates.settled(sent, outcome.status)
        for order in await self._errands.ended(link, ended):
            await self._try(order)
        link.calls.take(message.message_id)
        await self._orders.pump(link)

    async def on_replied(self, link: Link) -> None:
        """An answer left after which something is due."""
        await self.on_errand(errands.Errands.signed, link)

    async def on_errand(self, errand: errands.Errand, about: Any) -> None:
        """Something is due that nobody ordered."""
        for order in await errand(self._errands, self._link, about):
            await self._try(order)

    # -- Orders --------------------------------------------------------------------------------------------------------

    async def on_execute(self, command: commands.AnyCommand, by: str) -> runtime.Later[Executed]:
        """Order a command; the answer comes when the charger's does."""
        later, command_id = runtime.Later[Executed](), new_command_id()
        if self._link is not None:
            command = await uploads.completed(self._services, self.id, await self._prepared(command), command_id)
        await self._order(command, by=by, later=later, command_id=command_id)
        return later

    async def on_start_session(self, wanted: commands.RemoteStart, by: str, continues: str | None = None) -> Begun:
        """Order a remote start for a token that may charge."""
        parts = self._services, self._record, self._reports, self._transactions
        begun, order = await remote_start.prepare(*parts, wanted, continues)
        try:
            await self._order(order, by=by, command_id=begun.command_id, session_id=begun.session_id)
        except CannotOrder as error:
            await self._transactions.fail(begun.session_id, error.detail)
            raise
        return begun

    async def on_stop_session(self, session_id: str, by: str) -> runtime.Later[Executed]:
        """Order the end of a running transaction."""
        state = self._transactions.open.get(session_id)
        if state is None or state.status != ACTIVE or state.transaction_id is None:
            raise NoSuchSession("the session is not running on this charger: nothing to stop")
        later = runtime.Later[Executed]()
        order = commands.RemoteStop(transaction_id=state.transaction_id)
        await self._order(order, by=by, later=later, session_id=session_id)
        return later

    async def on_unanswered(self, message_id: str) -> None:
        """The time for an answer is over."""
        if self._link is not None:
            link, seconds = self._link, self._services.settings.command_timeout
            command = await self._orders.unanswered(link, message_id, seconds)
            for order in await self._errands.unanswered(link, command):
                await self._try(order)
            await self._orders.pump(link)

    async def on_changed(self) -> None:
        """The reference data of this charger changed."""
        before = self._reports.registration
        if not self._refer(await self._services.look_ups.read(lookups.known_charger, self.id)):
            await self.on_close(1008, "the charger was removed")
        elif self._reports.registration != before:
            await self._record.append(
                [events.RegistrationChanged(registration=self._reports.registration)], fenced=False
            )
            if before != "accepted" and self._reports.registration != "rejected" and self._link is not None:
                await self._try(commands.Trigger(message="BootNotification"), registration="pending")

    async def on_live(self) -> Live:
        """What is known now."""
        seen = self._link.seen_at if self._link is not None else None
        return Live(self._record.state, self._link is not None, seen or self._record.state.last_seen_at)

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
            "calls_waiting": len(self._link.calls) if self._link else 0,
        }

    def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Frames are in the trace, masked; tokens are nowhere."""
        return method

    # -- Inside --------------------------------------------------------------------------------------------------------

    async def _order(self, command: commands.AnyCommand, *, registration: str | None = None, **how: Any) -> None:
        limits = charger.limits(self._record.state.configuration)
        self._orders.peer = versions.Peer(self._reports.topology, limits)
        await self._orders.order(self._link, command, registration=registration or self._reports.registration, **how)

    async def _try(self, command: commands.AnyCommand, *, registration: str | None = None) -> None:
        """An order of our own: it is recorded, and when it cannot be sent nobody waits for it."""
        try:
            await self._order(await self._prepared(command), by=SYSTEM, registration=registration)
        except CannotOrder as error:
            logger.info("own_order_not_sent charger=%s reason=%s", self.id, error.detail)

    async def _prepared(self, command: commands.AnyCommand) -> commands.AnyCommand:
        with expressing(command):
            return await prepared(self._services, self._reports, self._transactions, self._record.state, command)

    async def _send(self, link: Link, text: str) -> None:
        self._services.traces.add(self.id, self._services.now(), "out", text)
        await link.send(text)

    def _left_open(self) -> list[events.AnyEvent]:
        waiting = self._link.calls.ids if self._link else ()
        return charger.left_open(self._record.state, linked=self._link is not None, waiting=waiting)

    def _settle_soon(self) -> None:
        alarm.after(self, SETTLE_SECONDS, Charger.on_settle)

    def _later(self, seconds: float, errand: errands.Errand, about: Any) -> None:
        alarm.after(self, seconds, Charger.on_errand, errand, about)

    def _call_begun(self, pending: Pending) -> None:
        timeout = self._services.settings.command_timeout
        pending.alarm = alarm.after(self, timeout, Charger.on_unanswered, pending.message_id)

    def _refer(self, record: chargers.Charger | None) -> bool:
        """Take over what is registered; False: there is no such charger (any more)."""
        if record is None:
            return False
        self._passwords.pending = len(record.pending_credentials)
        self._profiles.known = record.profile
        self._reports.refer(record)
        self._quirks = record.quirks
        return True

    @property
    def _allowed(self) -> frozenset[quirk.Quirk]:
        """The deviations that are let through (rule 17)."""
        return quirk.allowed(self._quirks, self._record.state.vendor)

    def _seen(self) -> datetime:
        now = self._services.now()
        if self._link is not None:
            self._link.seen_at = now
        return now
