"""Transactions: which session a charger's report belongs to. Used by the charger actor, one object each.

Knows the charger's open sessions and asks the log for older ones; tells the session actors, and never decides about
energy or money. A session that fails raises SessionUnavailable and leaves the charger alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Concatenate, ParamSpec

import msgspec

from actors import runtime, session
from actors.services import JOURNAL_SECONDS, Services
from csms import config
from csms.domain import (
    authorization,
    clock,
    events,
    facts,
    ids,
    limits,
    price_events,
    session_decisions,
    session_price,
    transaction_decisions,
)
from csms.domain.session import ACTIVE, ENDED, FINISHING, PENDING, unpriced
from csms.domain.session import Session as State
from csms.storage import allowances, lookups, stays
from csms.storage.records import Fence

P = ParamSpec("P")

SESSION_SECONDS = JOURNAL_SECONDS + 5
"""How long a session may take over a report: a little longer than a commit."""
RESTART_SECONDS = 5.0
"""The same for one that is being restarted, which may never come back."""
ORDER_LIMIT = session_decisions.PENDING_LIMIT + timedelta(minutes=5)
"""How far from the order to start a transaction may begin that is its own though it does not name it."""
FORGOTTEN = timedelta(days=1)
"""How long after it an order is recognised by its number."""
NO_IDS = frozenset({"", "0", "-1"})
"""Transaction ids that say nothing (rule 35)."""
_OVER = frozenset({"Available", "Finishing", "Preparing", "Unavailable"})


logger = logging.getLogger(__name__)


class SessionUnavailable(Exception):
    """The session's actor failed; whether it took the report is unknown. Reporting it again is safe."""

    def __init__(self, session_id: str, why: Exception) -> None:
        super().__init__(f"session {session_id} cannot take the report now: {why}")
        self.session_id = session_id


class Transactions:
    """The sessions of one charger. `open` holds the last known state of each that has not ended, by id."""

    def __init__(self, services: Services, charger_id: str) -> None:
        self._services = services
        self._charger_id = charger_id
        self.open: dict[str, State] = {}
        self._refs: dict[str, runtime.Ref[session.Session]] = {}

    def begin(self, found: Sequence[State]) -> None:
        """Go on with the sessions that the log says are open."""
        self.open = {state.id: state for state in found}

    def on_connector(self, connector_id: int | None) -> State | None:
        """The stay that is on this connector now: a running transaction, else one that is finishing."""
        here = [s for s in self.open.values() if s.connector_id == connector_id and "superseded" not in s.flags]
        running = [s for s in here if s.status == ACTIVE]
        return next(iter(running or [s for s in here if s.status == FINISHING]), None)

    # -- Reports -------------------------------------------------------------------------------------------------------

    async def request(self, session_id: str, event: events.SessionRequested) -> State:
        """Make a pending session for a remote start."""
        now = self._services.now()
        for state in [state for state in self.open.values() if state.status == PENDING]:
            if now - _requested_at(state) > FORGOTTEN:  # its actor has given it up, which nobody tells this one
                del self.open[state.id]
        return await self.tell(session_id, session.Session.on_request, event)

    async def start(
        self,
        fact: facts.TransactionStart,
        token: authorization.TokenRecord | None,
        station_id: str | None,
        fence: Fence,
    ) -> tuple[State, authorization.Verdict]:
        """Begin a session, or find the one that this start already began (rules 33, 34)."""
        now = self._services.now()
        key, known = await self._same_start(fact, token)
        found = known or self._requested(fact, token)
        elsewhere = known is None and token is not None and await self.runs_elsewhere(token, fact.connector_id)
        limited = await self.limited(token, station_id) if known is None else None
        verdict = authorization.decide(token, now, elsewhere=elsewhere, limited=limited)
        event = _started(self._charger_id, station_id, fact, token, verdict, key, now)
        session_id = found.id if found else ids.session_id(self._charger_id, key)
        terms = None
        if known is None:
            continues = found.continues if found is not None else None
            at = event.started_at or now
            terms = await self.terms(station_id, fact.connector_id, event.token, at, continues)
        state = await self.tell(session_id, session.Session.on_start, event, fence, terms)
        await self._supersede(state, now, fence, again=known is not None)
        return state, verdict

    async def meter(self, report: facts.MeterReport, fence: Fence) -> facts.MeterReport | None:
        """Give meter values to their session; those that belong to none, if any.

        Where they name no transaction they are of the one that is there, from its beginning on: what a charger kept
        from before that is another's, or nobody's, and would count as energy.
        """
        named = await self._of_transaction(report.transaction_id)
        if named is not None:
            await self.tell(named, session.Session.on_meter, report, fence)
            return None
        here, now = self._here(report), self._services.now()
        if here is None:
            return report
        own = tuple(each for each in report.readings if _is_later(each, here, now))
        rest = tuple(each for each in report.readings if not _is_later(each, here, now))
        if own:
            theirs = msgspec.structs.replace(report, readings=own)
            await self.tell(here.id, session.Session.on_meter, theirs, fence)
        return msgspec.structs.replace(report, readings=rest) if rest else None

    async def stop(self, fact: facts.TransactionStop, token: str | None, station_id: str | None, fence: Fence) -> State:
        """End a transaction; one that nobody knows becomes an orphan session (rule 35)."""
        session_id = await self._of_transaction(fact.transaction_id) or await self._same_stop(fact)
        flags: tuple[str, ...] = ()
        if session_id is None and (match := self._by_time(fact)) is not None:
            session_id, flags = match.id, ("matched",)
        if session_id is not None:
            return await self.tell(session_id, session.Session.on_stop, fact, token, fence, flags)
        key = ids.digest("stop", fact.transaction_id, fact.at, fact.meter_stop_wh).hex()
        orphan = ids.session_id(self._charger_id, key)
        begun = session_decisions.begun_at(fact, now := self._services.now()) or clock.moment(fact.at, now)
        terms = await self.terms(station_id, None, token, begun)
        place = stays.Place(self._charger_id, station_id, None)
        return await self.tell(orphan, session.Session.on_orphan, place, fact, token, fence, terms)

    async def status(self, report: facts.StatusReport, fence: Fence) -> None:
        """Tell the stay on this connector what its connector says."""
        for state in [s for s in self.open.values() if s.connector_id == report.connector_id and s.status != PENDING]:
            if state.ledger is not None and report.status in transaction_decisions.OCCUPIED:
                continue  # its transaction tells better
            await self.inform(state.id, session.Session.on_status, report, fence)

    async def fail(self, session_id: str, reason: str) -> None:
        """A remote start came to nothing."""
        await self.tell(session_id, session.Session.on_failed, reason)

    async def terms(
        self,
        station_id: str | None,
        connector_id: int | None,
        token: str | None,
        at: datetime,
        continues: str | None = None,
    ) -> events.TariffApplied | price_events.TariffAwaited | None:
        """The tariff for what begins then, as far as it is known where and with which token; None: it is free."""
        place = stays.Place(self._charger_id, station_id, connector_id)
        try:
            return await self._services.look_ups.read(stays.terms, place, token, at, continues)
        except Exception as error:  # containment: a start must not get lost for want of a tariff
            logger.exception("tariff_not_known charger=%s", self._charger_id)
            return price_events.TariffAwaited(reason=f"{type(error).__name__}: {error}"[:300])

    async def cost(self, state: State) -> Decimal | None:
        """What a session costs until now or its transaction's end: 0 for a free one (rule 45), None if nobody knows."""
        if session_price.free(state):
            return Decimal("0.00")
        if state.price is None:
            return None
        if not unpriced(state):
            return state.price.amount
        try:
            found = await self._services.look_ups.read(stays.so_far, state, state.stopped_at or self._services.now())
        except ValueError as error:
            logger.error("cost_not_known session=%s reason=%s", state.id, error)
            return None
        return None if found is None else found.amount

    # -- Which session -------------------------------------------------------------------------------------------------

    async def _same_start(
        self, fact: facts.TransactionStart, token: authorization.TokenRecord | None
    ) -> tuple[str, State | None]:
        ref = token.ref if token else None
        key = ids.start_key(self._charger_id, fact.connector_id, ref, fact.at, fact.meter_start_wh)
        while True:
            known = await self._services.look_ups.read(lookups.session_by_start, self._charger_id, key)
            if known is None or known.status == ACTIVE:
                return key, known
            if session_decisions.plausible(fact.at, self._services.now()):
                return key, known
            key = ids.successor_key(key, known.id)

    def _requested(self, fact: facts.TransactionStart, token: authorization.TokenRecord | None) -> State | None:
        now = self._services.now()
        begun = clock.moment(fact.at, now)
        for state in self.open.values():
            here = state.connector_id in (None, fact.connector_id)
            if here and token is not None and state.token == token.ref and may_follow(state, begun, now):
                return state
        return None

    async def limited(self, token: authorization.TokenRecord | None, station_id: str | None) -> limits.Objection | None:
        """What the limits of a token say against a start at this station now."""
        if token is None or token.limits is None:
            return None
        now = self._services.now()
        return await self._services.look_ups.read(allowances.objection, token.ref, token.limits, station_id, now)

    async def runs_elsewhere(self, token: authorization.TokenRecord, connector_id: int | None) -> bool:
        """Whether a token runs as many sessions on other connectors as it may at the same time (rule 28)."""
        most = None if token.limits is None else token.limits.sessions
        allowed = most is None and self._services.settings.concurrent_sessions is config.ConcurrentSessions.ALLOW
        if not token.ref or allowed:
            return False
        place = (self._charger_id, connector_id)
        return await self._services.look_ups.read(lookups.runs_elsewhere, token.ref, *place, most or 1)

    async def _supersede(self, new: State, at: datetime, fence: Fence, *, again: bool) -> None:
        """Another start on the connector (rule 38). One told again, or told late, ends nothing newer."""
        late = again or "offline" in new.flags
        for other in list(self.open.values()):
            if other.id == new.id or other.connector_id != new.connector_id or other.status not in (ACTIVE, FINISHING):
                continue
            older, newer = (new, other) if late and _began_after(other, new) else (other, new)
            if older is other or not again:
                await self.inform(older.id, session.Session.on_superseded, newer.started_at or at, fence)

    async def _same_stop(self, fact: facts.TransactionStop) -> str | None:
        """The session that this very record ended, when its id cannot tell (rule 36)."""
        return await self._services.look_ups.read(lookups.session_of_stop, self._charger_id, fact.digest)

    async def _of_transaction(self, transaction_id: str | None) -> str | None:
        if transaction_id is None or transaction_id in NO_IDS:
            return None
        for state in self.open.values():
            if state.transaction_id == transaction_id:
                return state.id
        return await self._services.look_ups.read(lookups.session_of_transaction, self._charger_id, transaction_id)

    def _here(self, report: facts.MeterReport) -> State | None:
        """The transaction that runs where the meter is, unless another one is named."""
        if report.of_evse:
            return next((state for state in self.open.values() if _runs_on(state, report.evse_id)), None)
        if report.transaction_id is not None and report.transaction_id not in NO_IDS:
            return None
        here = self.on_connector(report.connector_id) if report.connector_id else None
        return here if here is not None and here.status == ACTIVE else None

    def _by_time(self, fact: facts.TransactionStop) -> State | None:
        """The one session that this stop can mean; an id that we never gave must not end one that still charges."""
        fits = [state for state in self.open.values() if state.status == ACTIVE and _fits(state, fact)]
        if fact.transaction_id not in NO_IDS:
            fits = [state for state in fits if state.connector_status in _OVER]
        return fits[0] if len(fits) == 1 else None

    # -- Calls ---------------------------------------------------------------------------------------------------------

    async def tell(
        self,
        session_id: str,
        message: Callable[Concatenate[session.Session, P], Coroutine[Any, Any, State | None]],
        *args: P.args,
        **kw: P.kwargs,
    ) -> State:
        """Wake the session, say it, and keep the state that it answers. Raises SessionUnavailable."""
        try:
            ref = self._refs.get(session_id)
            if ref is None or not ref.alive:
                woken = await session.ensure(self._services, session_id)
                ref = self._refs[session_id] = woken.within(SESSION_SECONDS)
            state = await (ref if ref.alive else ref.within(RESTART_SECONDS)).call(message, *args, **kw)
        except runtime.ActorError as error:
            raise SessionUnavailable(session_id, error) from error
        if state is None:
            raise SessionUnavailable(session_id, LookupError("nothing was recorded"))
        if state.status in ENDED:
            self.open.pop(session_id, None)
            self._refs.pop(session_id, None)
        else:
            self.open[session_id] = state
        return state

    async def inform(
        self,
        session_id: str,
        message: Callable[Concatenate[session.Session, P], Coroutine[Any, Any, State | None]],
        *args: P.args,
        **kw: P.kwargs,
    ) -> None:
        """Tell a session what is not its own report: one that cannot take it, also not again, holds nothing else up."""
        try:
            await self.tell(session_id, message, *args, **kw)
        except SessionUnavailable:
            try:
                await self.tell(session_id, message, *args, **kw)
            except SessionUnavailable as error:
                logger.error("session_not_told session=%s reason=%s", session_id, error)


def may_follow(state: State, begun: datetime, now: datetime) -> bool:
    """Whether a transaction can be the one that this order asked for: it is told, or began, soon after that."""
    requested_at = _requested_at(state)
    return state.status == PENDING and (now - requested_at <= ORDER_LIMIT or abs(begun - requested_at) <= ORDER_LIMIT)


def _requested_at(state: State) -> datetime:
    return state.requested_at or state.changed_at


def _began_after(state: State, other: State) -> bool:
    return state.started_at is not None and other.started_at is not None and state.started_at > other.started_at


def _is_later(reading: facts.Reading, state: State, now: datetime) -> bool:
    """Whether it was read when the transaction had begun; some chargers tell whole seconds only."""
    begun = state.started_at
    return begun is None or clock.moment(reading.at, now) >= begun.replace(microsecond=0)


def _runs_on(state: State, evse_id: int | None) -> bool:
    here = evse_id is not None and state.evse_id == evse_id
    return here and state.ledger is not None and state.status == ACTIVE and "superseded" not in state.flags


def _fits(state: State, fact: facts.TransactionStop) -> bool:
    started_before = fact.at is None or state.started_at is None or state.started_at <= fact.at
    energy_grew = (
        fact.meter_stop_wh is None or state.meter_start_wh is None or fact.meter_stop_wh >= state.meter_start_wh
    )
    return started_before and energy_grew


def _started(
    charger_id: str,
    station_id: str | None,
    fact: facts.TransactionStart,
    token: authorization.TokenRecord | None,
    verdict: authorization.Verdict,
    key: str,
    now: datetime,
) -> events.SessionStarted:
    sane = session_decisions.plausible(fact.at, now)
    late = fact.offline or (fact.at is not None and sane and now - fact.at > session_decisions.HISTORY)
    odd = {"suspect": bool(fact.suspect), "clock": not sane, "offline": late}
    return events.SessionStarted(
        charger_id=charger_id,
        station_id=station_id,
        connector_id=fact.connector_id,
        evse_id=fact.evse_id,
        started_at=fact.at if sane else now,
        meter_start_wh=fact.meter_start_wh,
        token=(token.ref or None) if token else None,
        token_type=token.type if token else "NoAuthorization",
        driver_id=token.driver_id if token else None,
        transaction_id=fact.transaction_id or "",
        authorization=verdict.status,
        authorization_reason=verdict.reason,
        reservation_id=fact.reservation_id,
        start_key=key,
        digest=fact.digest,
        flags=tuple(flag for flag, raised in odd.items() if raised),
    )
