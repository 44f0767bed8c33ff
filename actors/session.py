"""Session: one actor per charging stay, from the remote start or the first energy to the free connector.

Its state is what its stream folds to, so a restart replays the log. The charger actor tells it what the charger
reported; it decides (csms.domain), appends, and only then takes the new state and answers. It passivates when the stay
is over; a record that comes later wakes it again.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from actors import alarm, alerts, runtime
from actors.recording import journal
from actors.services import Services
from csms.domain import (
    events,
    facts,
    ids,
    price_events,
    session,
    session_decisions,
    session_price,
    transaction_decisions,
)
from csms.storage import errors, lookups, stays
from csms.storage.records import Append, Appended, Entry, Fence, New

LINGER_SECONDS = 5.0
"""How long the actor of a stay that is over waits for late records."""
RETRY_SECONDS = 10.0
"""When what time has decided, and could not be stored, is tried again; how often a tariff or a bill is."""

Terms: TypeAlias = events.TariffApplied | price_events.TariffAwaited | None
"""The tariff of a session; that nobody could tell it; or that it is free."""

_AGAIN = f"it is tried again every {RETRY_SECONDS:.0f} s"

logger = logging.getLogger(__name__)

# -- Client ------------------------------------------------------------------------------------------------------------


async def ensure(services: Services, session_id: str) -> runtime.Ref[Session]:
    """The session's actor, started or woken. Raises runtime.ActorError when it cannot be rebuilt from its stream."""
    name = f"{SUPERVISOR}/{session_id}"
    ref = services.registry.lookup(name, Session)
    if ref is not None and ref.alive:
        return ref
    spec = runtime.ChildSpec(
        session_id, lambda: Session(services, session_id), restart=runtime.Restart.TRANSIENT, init_timeout=math.inf
    )
    return await services.sessions.ensure_child(spec)


async def view(ref: runtime.Ref[Session]) -> session.Session | None:
    """The state now; None while nothing was recorded."""
    return await ref.call(Session.on_view)


SUPERVISOR = "sessions"

# -- Process -----------------------------------------------------------------------------------------------------------


class Session(runtime.Actor):
    """All handlers return the state after them. `fence` is the link that the report came over (None: not a charger)."""

    answers = (errors.Fenced, errors.StorageUnavailable)

    def __init__(self, services: Services, session_id: str) -> None:
        self._services = services
        self.id = session_id
        self.state: session.Session | None = None
        self._alarm: alarm.Alarm | None = None

    async def init(self) -> None:
        """Replay the stream. A stream that does not fold parks this actor and nobody else."""
        if self.restarted:
            await journal.settled(self._services.journal)
        stored = await self._services.readers.read(lookups.session_events, self.id)
        for record in stored:
            self.state = session.evolve(self.state, self.id, record.event, record.at)
        self._set_alarm(again=0)

    def idle_after(self) -> float | None:
        """Passivate when the stay is over and priced (or never began)."""
        over = self.state is None or self.state.status in session.ENDED
        return LINGER_SECONDS if over and not self._owes else None

    async def on_view(self) -> session.Session | None:
        """The state now."""
        return self.state

    async def on_request(self, event: events.SessionRequested) -> session.Session | None:
        """A remote start was ordered, perhaps for a transaction that waits for a token."""
        ordered = self.state is None or self.state.ledger is not None
        return await self._record([event] if ordered else [])

    async def on_start(self, event: events.SessionStarted, fence: Fence, terms: Terms = None) -> session.Session | None:
        """The charger reported the start of the transaction, to which this tariff applies."""
        decided = session_decisions.start(self.state, event)
        if terms is not None and decided and isinstance(decided[0], events.SessionStarted):
            decided.insert(1, terms)
        return await self._record(decided, fence)

    async def on_reservation(self, used: price_events.ReservationUsed, fence: Fence) -> session.Session | None:
        """The transaction began on a reservation."""
        return await self._record([used] if self._known().reserved_at is None else [], fence)

    async def on_lapsed(
        self, lapsed: price_events.ReservationLapsed, terms: events.TariffApplied
    ) -> session.Session | None:
        """A reservation ended that nobody used: it is this session, once however often it is told."""
        return await self._record([lapsed, terms] if self.state is None else [])

    async def on_cap(self, amount: Decimal | None) -> session.Session | None:
        """Somebody limits what the session may cost."""
        return await self._record(session_decisions.capped(self._known(), amount))

    async def on_meter(self, report: facts.MeterReport, fence: Fence) -> session.Session | None:
        """The charger sent meter values of this session."""
        state, now = self._known(), self._services.now()
        event_id = ids.sample_id(report.at, report.digest)
        if state.ledger is not None:
            decided, after = transaction_decisions.metered(state, report.readings, report.suspect, now)
            return await self._store(decided, after, now, fence, event_id)
        event, after = session_decisions.sample(state, report.readings, report.suspect, now)
        return await self._store([event], after, now, fence, event_id)

    async def on_event(
        self,
        fact: facts.TransactionEvent,
        told: transaction_decisions.Told,
        fence: Fence,
        terms: Terms = None,
    ) -> session.Session | None:
        """The charger sent an event of its transaction; one that it sent before is found by the log.

        `terms`: the tariff, as far as this event, the first one or one that says who or where, lets it be known.
        """
        now = self._services.now()
        decided, after = transaction_decisions.take(self.state, self.id, fact, told, now)
        if terms is not None and session_decisions.applies(after, terms):
            decided.append(terms)
            after = session.evolve(after, self.id, terms, now)
        return await self._store(decided, after, now, fence, ids.sample_id(fact.at, fact.digest))

    async def on_queue_told(self, in_queue: bool, ongoing: bool | None) -> session.Session | None:
        """The charger said whether events of its transaction are still to come."""
        state, now = self._known(), self._services.now()
        decided, after = transaction_decisions.queue_told(state, in_queue=in_queue, ongoing=ongoing, now=now)
        return await self._store(decided, after, now, None)

    async def on_stop(
        self, fact: facts.TransactionStop, token: str | None, fence: Fence, flags: tuple[str, ...] = ()
    ) -> session.Session | None:
        """The charger reported the end of the transaction."""
        decided = session_decisions.stop(self._known(), fact, token, self._services.now(), flags=flags)
        return await self._record(decided, fence)

    async def on_orphan(
        self,
        place: stays.Place,
        fact: facts.TransactionStop,
        token: str | None,
        fence: Fence,
        terms: Terms = None,
    ) -> session.Session | None:
        """The charger reported the end of a transaction whose start nobody knows; `terms` as far as the stop tells."""
        if self.state is not None:  # said again, perhaps in other words
            return await self.on_stop(fact, token, fence)
        now = self._services.now()
        decided = session_decisions.orphan(place.charger_id, place.station_id, fact, token, now)
        if terms is not None:
            decided.insert(1, terms)
        return await self._record(decided, fence)

    async def on_status(self, report: facts.StatusReport, fence: Fence) -> session.Session | None:
        """The session's connector changed its status."""
        state, decide = self._known(), session_decisions.status
        if state.ledger is not None:
            decide = transaction_decisions.status
        return await self._record(decide(state, report, self._services.now()), fence)

    async def on_superseded(self, at: datetime, fence: Fence) -> session.Session | None:
        """Another transaction began on the connector."""
        return await self._record(session_decisions.superseded(self._known(), at), fence)

    async def on_failed(self, reason: str) -> session.Session | None:
        """The remote start came to nothing."""
        return await self._record(session_decisions.failed(self._known(), reason))

    async def on_alarm(self, due: datetime | None = None) -> None:
        """The time has come that the state waits for, even where the clock was set back behind `due` since."""
        self._alarm = None
        now = self._services.now()
        try:
            if self.state is not None:
                await self._record(session_decisions.overdue(self.state, now if due is None else max(now, due)))
                await self._settle()
        except errors.StorageUnavailable:
            self._alarm = alarm.after(self, RETRY_SECONDS, Session.on_alarm, due)
        if self._alarm is None:
            self._set_alarm()

    async def _settle(self) -> None:
        """Make out of the price what could not be when it was due: the tariff at the start, else the bill."""
        state = self.state
        if state is None or not self._owes:
            return
        if state.price is not None:
            await self.on_bill()
            return
        place = stays.Place(state.charger_id, state.station_id, state.connector_id)
        begun = state.started_at or state.stopped_at or state.changed_at
        try:
            terms = await self._services.readers.read(stays.terms, place, state.token, begun, state.continues)
        except Exception:  # containment: it is tried again, and was alerted when it was first tried
            logger.exception("tariff_not_known session=%s", self.id)
            return
        await self._record([terms or price_events.PriceSettled()])

    async def on_bill(self) -> None:
        """What the bill is about may be another: make it, or another one, if so."""
        if self.state is not None and self.state.status == session.COMPLETED:
            await self._store((), self.state, self._services.now(), None)

    async def _record(self, decided: list[events.AnyEvent], fence: Fence | None = None) -> session.Session | None:
        """Append what was decided, then take the state that it makes."""
        if not decided:
            return self.state
        now, after = self._services.now(), self.state
        for event in decided:
            after = session.evolve(after, self.id, event, now)
        assert after is not None
        return await self._store(decided, after, now, fence)

    async def _store(
        self,
        decided: Sequence[events.AnyEvent],
        after: session.Session,
        now: datetime,
        fence: Fence | None,
        event_id: bytes = b"",
    ) -> session.Session | None:
        if after.price is not None and after.status == session.COMPLETED:
            decided, after = await self._priced(decided, after, now)
            if not decided:
                return self.state
        version = self.state.version if self.state is not None else 0
        new = tuple(New(event, b"" if index else event_id) for index, event in enumerate(decided))
        entry = Entry(events.session_stream(self.id), version, new)
        done = await journal.append(
            self._services.journal, Append(entries=(entry,), at=now, fence=fence, state=(after,))
        )
        if not done.duplicate:
            self.state = _with_number(after, done)
            self._set_alarm()
            await self._follow(decided)
        return self.state

    async def _follow(self, recorded: Sequence[events.AnyEvent]) -> None:
        """Others have to hear of it."""
        for event in recorded:
            match event:
                case price_events.TariffAwaited(reason=reason):
                    self._alert("tariff_not_known", f"{reason}; {_AGAIN}")
                case events.SessionFlagged(flag=session_price.UNPRICED, detail=detail):
                    self._alert("session_not_priced", f"{detail}; {_AGAIN}")
                case events.SessionFlagged(flag=session_price.REVIEW, detail=detail):
                    self._alert("session_to_review", detail)
                case events.SessionPriced(revision=revision) if revision > 1:
                    await self._pass_on()

    def _alert(self, kind: str, detail: str) -> None:
        """Once, however often it is told."""
        alerts.raise_alert(self._services.registry, kind, self.id, detail, ids.digest(kind, self.id))

    async def _pass_on(self) -> None:
        """The bill of the session that continues this one, if there is one, is about this one, too (rule 52)."""
        following = await self._services.readers.read(stays.continuation, self.id)
        if following is not None:
            try:
                (await ensure(self._services, following)).cast(Session.on_bill)
            except runtime.ActorError as error:
                logger.error("session_not_told session=%s reason=%s", following, error)

    async def _priced(
        self, decided: Sequence[events.AnyEvent], after: session.Session, now: datetime
    ) -> tuple[Sequence[events.AnyEvent], session.Session]:
        """With the bill, where the stay is over and the last bill says something else; else with the reason."""
        try:
            bills = await self._services.readers.read(stays.priced, after, decided, now)
        except Exception as error:  # containment: what the charger said must not get lost for want of a bill
            logger.exception("session_not_priced session=%s", self.id)
            found = session_decisions.unpriced(after, f"{type(error).__name__}: {error}"[:300])
        else:
            found = session_decisions.priced(after, bills)
        for each in found:
            after = session.evolve(after, self.id, each, now)
        return [*decided, *found], after

    @property
    def _owes(self) -> bool:
        """Whether something of the price is to be made out as soon as that works."""
        return self.state is not None and session_price.owed(self.state)

    def _known(self) -> session.Session:
        if self.state is None:
            raise LookupError(f"session {self.id} has no record yet")
        return self.state

    def _set_alarm(self, again: float | None = None) -> None:
        """For what the state waits for; what is owed is tried `again` after so many seconds."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = session_decisions.due(self.state) if self.state is not None else None
        if self._owes:
            self._alarm = alarm.after(self, RETRY_SECONDS if again is None else again, Session.on_alarm)
        elif due is not None:
            seconds = (due - self._services.now()).total_seconds()
            self._alarm = alarm.after(self, seconds, Session.on_alarm, due)

    async def terminate(self, reason: runtime.Reason) -> None:
        """Leave no alarm behind."""
        if self._alarm is not None:
            self._alarm.cancel()

    def status_state(self) -> Any:
        """Without tokens."""
        return {"id": self.id, "status": self.state.status if self.state else None}

    def describe_message(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Without what the charger sent: that may hold a token."""
        return method


def _with_number(after: session.Session, done: Appended) -> session.Session:
    """The log gave the transaction its number in the same commit."""
    for stored in done.stored:
        if isinstance(stored.event, events.SessionStarted) and after.transaction_id is None:
            return session.numbered(after, stored.event.transaction_id)
    return after
