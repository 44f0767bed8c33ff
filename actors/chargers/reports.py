"""Reports: what a charger says, turned into records and answers. One half of the charger actor; orders.py is the other.

Every answer leaves after the commit of what it acknowledges. Decisions are csms.domain's; here they are carried out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, assert_never

from actors.chargers import allowances, problems
from actors.chargers.certificates import Certificates
from actors.chargers.costs import Costs
from actors.chargers.holdings import Holdings
from actors.chargers.prices import Prices
from actors.chargers.record import Record
from actors.chargers.transaction_events import TransactionEvents
from actors.chargers.transactions import Transactions
from actors.connections import quarantine
from actors.recording import journal
from actors.services import Services
from csms.domain import (
    authorization,
    availability,
    charger,
    events,
    facts,
    first_settings,
    ids,
    session_decisions,
    topology,
    transaction,
    transaction_decisions,
    vat,
)
from csms.domain.session import ACTIVE
from csms.protocol import jsontext
from csms.storage import lookups
from csms.storage.reference import chargers, customer_information, tokens

RETRY_SECONDS = 60
"""When a charger whose registration is pending or rejected may boot again."""

logger = logging.getLogger(__name__)


class FrameId(NamedTuple):
    """Which frame of a charger this is, over all its links."""

    epoch: int
    number: int

    @property
    def digest(self) -> bytes:
        """The id of the event that it makes, where that has no identity of its own."""
        return ids.digest("frame", self.epoch, self.number)


class Reports:
    """Answers the facts of one charger. `registration`, `station_id` and `topology` follow the reference data."""

    def __init__(self, services: Services, record: Record, transactions: Transactions) -> None:
        self._services = services
        self._record = record
        self._transactions = transactions
        self.transaction_events = TransactionEvents(services, record.charger_id, transactions)
        self.holdings = Holdings(services, record, transactions)
        self.costs = Costs(services, record, transactions)
        self.prices = Prices(services, record)
        self.allowances = allowances.Allowances(services, transactions)
        self.registration = "accepted"
        self.station_id: str | None = None
        self.topology = topology.Topology()
        self._told_at: dict[int, datetime] = {}
        """When registered connectors last told their status, also where that was no news."""
        self.certificates = Certificates(services, record.charger_id)

    @property
    def charger_id(self) -> str:
        """Whose they are."""
        return self._record.charger_id

    def refer(self, record: chargers.Charger) -> None:
        """Take over what is registered."""
        self.registration = record.registration
        self.station_id = record.station_id
        self.certificates.serial_number = record.serial_number
        self.topology = record.topology

    async def answer(self, fact: facts.AnyFact, frame: FrameId) -> facts.Answer:
        """Record what is new and say what the charger is told.

        `frame` identifies the frame, so that one whose handling was cut short is not recorded twice; the records of
        transactions have identities of their own.
        """
        match fact:
            case facts.Heartbeat():
                return facts.HeartbeatAnswer(self._services.now())
            case facts.MeterReport():
                return await self._meter(fact)
            case facts.StatusReport():
                await self._status(fact)
                return facts.Acknowledged()
            case facts.AvailabilityReport():
                await self._available(fact.availability)
                return facts.Acknowledged()
            case facts.Boot():
                return await self._boot(fact, frame)
            case facts.Authorize():
                return await self._authorize(fact, frame)
            case facts.TransactionStart():
                return await self._start(fact)
            case facts.TransactionStop():
                return await self._stop(fact)
            case facts.DataReport():
                return facts.DataAnswer("UnknownVendorId")
            case facts.VatNumber():
                return await self._vat_number(fact, frame)
            case facts.TransactionEvent():
                return await self._event(fact)
            case facts.SchedulePull():
                return await self.holdings.schedule(fact.profile_id)
            case facts.ChargingNeeds():
                await self._notification(fact, frame)
                return facts.NeedsAnswer(await self.holdings.wanted(fact) is not None)
            case facts.CustomerData():
                await self._customer(fact)
                return await self._notification(fact, frame)
            case facts.Notification():
                return await self._notification(fact, frame)
            case facts.SigningRequest():
                return await self.certificates.requested(fact, self._record.state.serial_number)
            case facts.CertificateStatusRequest():
                return await self.certificates.statuses(fact)
            case facts.ContractRequest():
                return facts.Acknowledged()
            case facts.Unreadable():
                return await quarantine.keep(
                    self._services, self._record.charger_id, fact.action, fact.raw, fact.suspect
                )
            case _:
                assert_never(fact)

    async def _customer(self, fact: facts.CustomerData) -> None:
        part = customer_information.Part(
            self.charger_id, fact.request_id, fact.number, fact.data, fact.last, fact.generated_at
        )
        await journal.write(self._services.journal, customer_information.keep, part, self._services.now())

    def connectors(self, fact: facts.AnyFact) -> frozenset[int]:
        """Our numbers of the connectors whose status a report tells."""
        match fact:
            case facts.StatusReport():
                return frozenset({fact.connector_id})
            case facts.AvailabilityReport(availability=said):
                told: tuple[facts.Availability, ...] = (said,)
            case facts.Notification(availability=told):
                pass
            case _:
                return frozenset()
        return frozenset(number for each in told for number, _ in availability.reports(each, self.topology))

    async def charging(
        self, connector_id: int, evse_id: int, said: str | None, at: datetime | None, *, begins: bool, ends: bool
    ) -> None:
        """What a live TransactionEvent's chargingState says of its connector, our number (rule 25).

        Nobody else does: in 2.x the connector itself is only Occupied.
        """
        before = self._known(connector_id)
        status = availability.after(before) if ends else availability.during(said, before, begins=begins)
        if status is not None and status != before:
            await self._status(facts.StatusReport(connector_id=connector_id, evse_id=evse_id, status=status, at=at))

    async def _available(self, said: facts.Availability) -> None:
        for number, evse_id in availability.reports(said, self.topology):
            status = availability.status(said.status, self._known(number), self._stay(number))
            await self._status(facts.StatusReport(connector_id=number, evse_id=evse_id, status=status, at=said.at))

    def _stay(self, connector_id: int) -> str | None:
        """What the stay on a connector says of it; None where there is none."""
        here = self._transactions.on_connector(connector_id)
        if here is None or here.status != ACTIVE:
            return None if here is None else "Finishing"
        # What its transaction says, not what was wrong meanwhile.
        said = here.connector_status if here.ledger is None else here.ledger.stand.status
        return said if said in availability.OCCUPIED else "Charging"

    def _known(self, connector_id: int) -> str | None:
        known = self._record.state.connectors.get(connector_id)
        return known.status if known is not None else None

    async def _status(self, fact: facts.StatusReport) -> None:
        number, newest = fact.connector_id, self._told_at.get(fact.connector_id)
        if charger.outdated(self._record.state, fact, newest, self._services.now()):
            logger.info("old_status_ignored charger=%s connector=%d status=%s", self.charger_id, number, fact.status)
            return
        if fact.at is not None and number in self.topology.numbers:
            self._told_at[number] = max(fact.at, newest or fact.at)
        await self._record.append(charger.status(self._record.state, fact))
        await self.holdings.reported(fact)
        await self._transactions.status(fact, self._record.fence)

    async def _boot(self, fact: facts.Boot, frame: FrameId) -> facts.BootAnswer:
        booted = charger.boot(fact, self.registration)
        forgotten = charger.updated(self._record.state, fact)
        await self._record.append([booted, *forgotten], event_id=frame.digest)
        interval = self._heartbeat_interval if self.registration == "accepted" else RETRY_SECONDS
        return facts.BootAnswer(self.registration.capitalize(), self._services.now(), interval)

    @property
    def _heartbeat_interval(self) -> int:
        """What an operator set on this charger outlasts its boots: it takes what a boot is answered."""
        own = self._record.state.heartbeat_interval
        return self._services.settings.heartbeat_interval if own is None else own

    async def _authorize(self, fact: facts.Authorize, frame: FrameId) -> facts.AuthorizeAnswer:
        token = await self.token(fact.id_token)
        shown = await self.certificates.contract(fact)
        verdict = authorization.distrusted(await self._judged(token), shown)
        decided = events.AuthorizationDecided(token=token.ref, status=verdict.status, reason=verdict.reason)
        await self._record.append([decided], event_id=frame.digest)
        price = await self.prices.shown(fact.id_token, token, self.station_id) if verdict.accepted else None
        return facts.AuthorizeAnswer(verdict.info, shown, price)

    async def _judged(self, token: authorization.TokenRecord) -> authorization.Verdict:
        """Limits hold nobody back who may want to end what this token runs."""
        ends = any(state.status == ACTIVE and state.token == token.ref for state in self._transactions.open.values())
        limited = None if ends else await self._transactions.limited(token, self.station_id)
        return authorization.decide(token, self._services.now(), limited=limited)

    async def _start(self, fact: facts.TransactionStart) -> facts.StartAnswer:
        token = await self.token(fact.id_token) if fact.id_token else None
        state, verdict = await self._transactions.start(fact, token, self.station_id, self._record.fence)
        await self.holdings.began(state.id, fact.reservation_id)
        await self.holdings.begun(state)
        return facts.StartAnswer(state.transaction_id or "0", verdict.info if token else None)

    async def _stop(self, fact: facts.TransactionStop) -> facts.StopAnswer:
        token = await self.token(fact.id_token) if fact.id_token else None
        ref = (token.ref or None) if token else None
        state = await self._transactions.stop(fact, ref, self.station_id, self._record.fence)
        await self.holdings.ended(state.transaction_id)
        if token is None:
            return facts.StopAnswer(None)
        return facts.StopAnswer(authorization.may_stop(token, state.token, self._services.now()).info)

    async def _event(self, fact: facts.TransactionEvent) -> facts.EventAnswer:
        told = transaction_decisions.Told(
            charger_id=self._record.charger_id,
            station_id=self.station_id,
            connector_id=self.topology.connector(fact.evse_id, fact.evse_connector_id) if fact.evse_id else None,
            evse_id=fact.evse_id,
            master=first_settings.master_pass(self._record.state.configuration),
            token=await self.token(fact.id_token) if fact.id_token else None,
        )
        state, told = await self.transaction_events.take(fact, told, self._record.fence)
        await self.holdings.began(state.id, fact.reservation_id)
        await self.holdings.told(fact.changes, fact.digest)
        if fact.remote_start_id is not None or fact.kind == transaction_decisions.STARTED:
            await self.holdings.begun(state)
        if fact.kind == transaction_decisions.OVER:
            await self.holdings.ended(fact.transaction_id)
            await self.holdings.left(fact.transaction_id, state.evse_id)
        await self._charging(fact, state.connector_id, state.evse_id)
        info = told.verdict.info if told.verdict is not None else None
        if fact.kind == transaction_decisions.OVER:
            return facts.EventAnswer(info, await self._transactions.cost(state))
        price = None
        if told.verdict is not None and told.verdict.accepted and fact.id_token is not None and told.token is not None:
            price = await self.prices.shown(fact.id_token, told.token, self.station_id, state.connector_id)
        return facts.EventAnswer(info, message=price, max_cost=state.cap)

    async def _charging(self, fact: facts.TransactionEvent, connector_id: int | None, evse_id: int | None) -> None:
        """What is live says how the connector is now; history does not (rule 43)."""
        ends = fact.kind == transaction_decisions.OVER and fact.stopped_reason != transaction.DISCONNECTED
        if fact.offline or connector_id is None or evse_id is None or not (fact.charging_state or ends):
            return
        known = self._record.state.connectors.get(connector_id)
        newest = known.reported_at if known is not None else None
        if fact.at is None or (newest is not None and fact.at < newest):
            return
        if self._services.now() - fact.at <= session_decisions.HISTORY:
            begins = fact.kind == transaction_decisions.STARTED
            await self.charging(connector_id, evse_id, fact.charging_state, fact.at, begins=begins, ends=ends)

    async def _meter(self, fact: facts.MeterReport) -> facts.Acknowledged:
        rest = await self._transactions.meter(fact, self._record.fence)
        if rest is not None:
            unknown = ("unknown_transaction",) if fact.transaction_id is not None else ()
            here = self.topology.connectors(fact.connector_id)[0] if fact.of_evse else fact.connector_id
            recorded = events.ChargerMeterRecorded(
                connector_id=here,
                evse_id=fact.evse_id,
                transaction_id=fact.transaction_id,
                readings=rest.readings,
                suspect=fact.suspect + unknown,
            )
            event_id = ids.sample_id(fact.at, fact.digest)
            await self._record.append([recorded], event_id=event_id)
        return facts.Acknowledged()

    async def _notification(self, fact: facts.Notification, frame: FrameId) -> facts.Acknowledged:
        told: list[events.AnyEvent] = []
        if fact.payload is not None:
            payload = await self._interned(fact.payload, fact.tokens)
            told.append(events.Notified(action=fact.action, payload=payload))
        changes, raised = await problems.judged(self._services, self.charger_id, fact.problems)
        if fact.changes or changes:
            told.append(events.InventoryChanged(changes=(*fact.changes, *changes)))
        await self._record.append(told, event_id=frame.digest)
        for alert, alert_id in raised:
            await quarantine.alert(self._services, alert.kind, self.charger_id, alert.detail, alert_id)
        for said in fact.availability:
            await self._available(said)
        if fact.alert is not None:
            charger_id, alert_id = self._record.charger_id, ids.digest("alert", self._record.charger_id, *frame)
            await quarantine.alert(self._services, fact.alert.kind, charger_id, fact.alert.detail, alert_id)
        return facts.Acknowledged()

    async def _interned(self, payload: str, presented: Mapping[str, facts.IdToken]) -> str:
        """The payload with the surrogates of the tokens that it has besides."""
        if not presented:
            return payload
        refs = {name: (await self.token(each)).ref for name, each in presented.items()}
        return jsontext.encode(jsontext.decode(payload) | refs)

    async def _vat_number(self, fact: facts.VatNumber, frame: FrameId) -> facts.VatAnswer:
        """That it was asked, and what was said, is a report; whose number it was is not kept."""
        verdict = vat.check(fact.number)
        told = {"evseId": fact.evse_id, "country": verdict.country, "valid": verdict.valid, "reason": verdict.reason}
        asked = events.Notified(action="VatNumberValidation", payload=jsontext.encode(told))
        await self._record.append([asked], event_id=frame.digest)
        return facts.VatAnswer(fact.number, verdict.reason, fact.evse_id)

    async def token(self, presented: facts.IdToken) -> authorization.TokenRecord:
        """What is known of a presented token; an unknown one gets a surrogate, so that the log holds no card number.

        One that nobody can have (empty, or beyond all bounds) has no surrogate, and what stands for none neither.
        """
        if presented.type == authorization.NO_AUTHORIZATION:
            return authorization.TokenRecord(ref="", type=presented.type)
        if not tokens.possible(presented.value):
            return authorization.TokenRecord(ref="", type=presented.type, registered=False)
        found = await self._services.look_ups.read(lookups.token, presented.value)
        if found is not None:
            return found
        ref = await journal.write(self._services.journal, tokens.intern, presented.value, presented.type)
        return authorization.TokenRecord(ref=ref, type=presented.type, registered=False)
