"""Errands: what a charger is told though nobody ordered it. One object each; the charger actor sends the orders.

To tell its configuration and to be set so that live energy is seen, to tell statuses that did not come (rule 21), what
became of transactions (rule 44); a profile for a car, a signed certificate (rule 53). It sets the alarms, by `later`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from actors.chargers.inquiry import Inquiry
from actors.chargers.orders import Ended
from actors.chargers.record import Record
from actors.chargers.reports import Reports
from actors.connections.link import Link
from actors.services import Services
from csms.domain import commands, der_controls, events, facts
from csms.domain.transaction_decisions import STARTED

CONFIGURE_SECONDS = 5.0
"""How long after the first accepted boot we read the configuration."""
STATUS_SECONDS = 30.0
"""How long after a connection we ask for a status that did not come."""

NO_CREDIT = "NoCredit"
"""The authorization status of OCPP 2.x for who cannot pay."""

Orders: TypeAlias = Sequence[commands.AnyCommand]
Errand: TypeAlias = Callable[..., Awaitable[Iterable[commands.AnyCommand]]]
"""A method of Errands that takes the charger's link of now (None: offline), and what `later` was given besides."""


class Errands:
    """`later` has an errand run in so many seconds."""

    def __init__(
        self, services: Services, record: Record, reports: Reports, later: Callable[[float, Errand, Any], None]
    ) -> None:
        self._services = services
        self._record = record
        self._reports = reports
        self._inquiry = Inquiry(reports.transaction_events)
        self._later = later
        self._expiry: datetime | None = None
        """When the next alarm of a reservation is set to."""
        self._lapse: datetime | None = None
        """When that of a grid setting is."""
        self._reading: Link | None = None
        """Where the first configuration is under way, and how far it is: reads, and then settings."""
        self._step, self._missed = 0, False
        self._unset: set[str] = set()

    # -- What happened -------------------------------------------------------------------------------------------------

    def attached(self, link: Link) -> None:
        """There is a new link."""
        self._later(STATUS_SECONDS, Errands.statuses, link)
        self._configure_soon(link)
        self._expire_soon()
        self._reports.costs.attached()
        self._reports.allowances.attached()
        self.watch()
        if der_controls.SET in link.version.calls:
            self._later(CONFIGURE_SECONDS, Errands.lapsed, None)

    def told(self, link: Link, fact: facts.AnyFact) -> None:
        """The charger's report is recorded."""
        match fact:
            case facts.Boot():
                self._reading = None
                self._configure_soon(link)
                self._services.described(self._record.charger_id)
            case facts.Authorize() if commands.ShowPrice in link.version.outgoing:
                self._later(0, Errands.price, None)
            case facts.TransactionStart():
                self.watch()
            case facts.TransactionStop():
                self._later(0, Errands.final_cost, fact.transaction_id)
            case facts.TransactionEvent() | facts.AvailabilityReport():
                self._inquire(link)
                if isinstance(fact, facts.TransactionEvent) and (fact.id_token is not None or fact.kind == STARTED):
                    self.watch()
            case facts.ChargingNeeds():
                self._later(0, Errands.needs, fact)
            case facts.Notification(changes=changes) if any(each.kind == der_controls.KIND for each in changes):
                self._later(0, Errands.lapsed, None)

    async def ended(self, link: Link, ended: Ended | None) -> Orders:
        """An order was answered, or something else came of it: what to tell the charger next."""
        orders: Orders = ()
        if ended is not None:
            await self._inquiry.answered(ended.command, ended.outcome.response)
            if isinstance(ended.command, commands.GetConfiguration) and ended.command.keys in link.version.reads:
                orders = await self._go_on(link, ended.command.keys)
            if isinstance(ended.command, commands.SetConfiguration):
                await self._set(link, ended.command.key)
            if isinstance(ended.command, commands.ShowCost) and ended.outcome.refused:
                self._reports.costs.refused()
            self._sent(ended.command)
        self._expire_soon()
        self._inquire(link)
        return orders

    async def unanswered(self, link: Link, command: commands.AnyCommand | None) -> Orders:
        """An order was not answered in time: the first configuration goes on without it, and is not whole."""
        match command:
            case commands.GetConfiguration(keys=keys) if keys in link.version.reads:
                self._missed = True
                return await self._go_on(link, keys)
            case commands.SetConfiguration(key=key) if key in self._unset:
                self._missed = True
                await self._set(link, key)
        return ()

    def watch(self) -> None:
        """Some session may have begun, or have been given a cap: what it costs matters."""
        self._watch(self._reports.costs.due())
        self._guard(self._reports.allowances.due())

    # -- What is due ---------------------------------------------------------------------------------------------------

    async def configure(self, link: Link | None, booted: Link) -> Orders:
        """After an accepted boot: learn the charger's configuration and make it report energy."""
        if link is not booted or self._record.state.read_whole or self._reading is booted:
            return ()
        self._reading, self._step, self._missed = booted, 0, False
        return (commands.GetConfiguration(keys=booted.version.reads[0]),)

    async def statuses(self, link: Link | None, attached: Link) -> Orders:
        """Ask for each status that has not come since the connection."""
        if link is not attached or self._reports.registration != "accepted":
            return ()
        missing = sorted(self._reports.topology.numbers - attached.reported)
        return [commands.Trigger(message="StatusNotification", connector_id=number) for number in missing]

    async def costs(self, link: Link | None, due: datetime) -> Orders:
        """Show what running sessions cost, and stop those that reach their caps; without a link nothing can be told."""
        if link is None:
            return ()
        orders, again = await self._reports.costs.look(due)
        self._watch(again)
        return orders

    async def allowances(self, link: Link | None, due: datetime) -> Orders:
        """Stop running sessions that reach the limits of their tokens; without a link nothing can be told."""
        if link is None:
            return ()
        orders, again = await self._reports.allowances.look(due)
        self._guard(again)
        return orders

    async def limited(self, _: Link | None, __: object) -> Orders:
        """A token has other limits."""
        self._guard(self._reports.allowances.changed())
        return ()

    async def capped(self, _: Link | None, limit: tuple[str, Decimal | None]) -> Orders:
        """Somebody limits what a session costs. Raises NoSuchSession."""
        await self._reports.costs.cap(*limit)
        self.watch()
        return ()

    async def unpaid(self, _: Link | None, refused: tuple[str, str]) -> Orders:
        """What was to pay for a session was refused: the attempt is on record with the reason, and the charge ends."""
        session_id, reason = refused
        state = self._reports.costs.running(session_id)
        if state is None or state.transaction_id is None:
            return ()
        if state.token is not None:
            decided = events.AuthorizationDecided(token=state.token, status=NO_CREDIT, reason=reason)
            await self._record.append([decided], fenced=False)
        return (commands.RemoteStop(transaction_id=state.transaction_id),)

    async def price(self, link: Link | None, _: object) -> Orders:
        """A token that may charge was shown to a 1.6 charger: what it will cost."""
        order = self._reports.prices.take()
        return (order,) if order is not None and link is not None else ()

    async def final_cost(self, link: Link | None, transaction_id: str) -> Orders:
        """A 1.6 transaction ended."""
        return () if link is None else await self._reports.costs.final(transaction_id)

    async def unclear(self, link: Link | None, _: object) -> Orders:
        """Only the charger can tell what became of a transaction: ask."""
        order = self._inquiry.order()
        return (order,) if order is not None and link is not None and order.action in link.version.calls else ()

    async def needs(self, _: Link | None, fact: facts.ChargingNeeds) -> Orders:
        """A car told what it needs and was promised a charging profile."""
        wanted = await self._reports.holdings.wanted(fact)
        return () if wanted is None else (wanted,)

    async def outranked(self, link: Link | None, _: object) -> Orders:
        """The charger took a profile that people set: what a car was given for its needs must not count instead."""
        return () if link is None else await self._reports.holdings.outranked()

    async def expired(self, _: Link | None, __: object) -> Orders:
        """The time of a reservation is over (rule 39)."""
        self._expiry = None
        await self._reports.holdings.expire()
        self._expire_soon()
        return ()

    async def lapsed(self, _: Link | None, rang: datetime | None) -> Orders:
        """The time of a grid setting may be over; `rang`: what the alarm was set to."""
        if rang == self._lapse:
            self._lapse = None
        due = await self._reports.holdings.lapse()
        if due is not None and due != self._lapse:
            self._lapse = due
            self._later((due - self._services.now()).total_seconds(), Errands.lapsed, due)
        return ()

    async def signed(self, link: Link | None, answered: Link) -> Orders:
        """What the charger asked to have signed, once the answer to that has left."""
        return await self._reports.certificates.sign() if link is answered else ()

    # -- Inside --------------------------------------------------------------------------------------------------------

    async def _go_on(self, link: Link, keys: tuple[str, ...]) -> Orders:
        """One of the first orders to read is over: the next one, and after the last what must be set.

        Nothing where somebody else read the same; what was not answered is read again with the next connection.
        """
        if self._reading is not link or keys not in link.version.reads[self._step : self._step + 1]:
            return ()
        self._step += 1
        if self._step < len(link.version.reads):
            return (commands.GetConfiguration(keys=link.version.reads[self._step]),)
        seconds = int(self._services.settings.sample_interval)
        missing = link.version.missing(self._record.state.configuration, seconds)
        self._unset = {key for key, _ in missing}
        await self._set(link)
        return [commands.SetConfiguration(key=key, value=value) for key, value in missing]

    async def _set(self, link: Link, key: str = "") -> None:
        """One of the first settings is over: after the last one the charger is as it should be."""
        self._unset.discard(key)
        if self._reading is not link or self._step < len(link.version.reads) or self._unset:
            return
        self._reading = None
        if not self._missed:
            await self._record.append([events.ConfigurationRead(values={}, whole=True)], fenced=False)
        self._services.described(self._record.charger_id)

    def _sent(self, command: commands.AnyCommand) -> None:
        """What may follow from an order that was answered."""
        match command:
            case commands.Raw(action=der_controls.SET):
                self._later(0, Errands.lapsed, None)
            case commands.SetChargingProfile() | commands.Raw(action="SetChargingProfile"):
                self._later(0, Errands.outranked, None)

    def _configure_soon(self, link: Link) -> None:
        if self._record.state.accepted and not self._record.state.read_whole:
            self._later(CONFIGURE_SECONDS, Errands.configure, link)

    def _inquire(self, link: Link) -> None:
        if (seconds := self._inquiry.due()) is not None:
            self._later(seconds, Errands.unclear, link)

    def _watch(self, due: datetime | None) -> None:
        if due is not None:
            self._later((due - self._services.now()).total_seconds(), Errands.costs, due)

    def _guard(self, due: datetime | None) -> None:
        if due is not None:
            self._later((due - self._services.now()).total_seconds(), Errands.allowances, due)

    def _expire_soon(self) -> None:
        due, now = self._reports.holdings.next_expiry, self._services.now()
        if due is not None and (due != self._expiry or due <= now):  # an alarm may lie behind a clock that was set
            self._expiry = due
            self._later((due - now).total_seconds(), Errands.expired, None)
