"""Transaction events: which session a 2.x charger's TransactionEvent belongs to. Used by reports.py, one object each.

The charger names its transactions, so a session is found by that name; an order to start is found by the number that we
gave it (rule 51). What to record is decided in csms.domain, by the session's actor.
"""

from __future__ import annotations

from collections.abc import Iterable

from actors import session
from actors.chargers.transactions import Transactions, may_follow
from actors.services import Services
from csms.domain import authorization, clock, events, facts, ids, price_events, transaction_decisions
from csms.domain.session import ACTIVE, ENDED, FINISHING, PENDING
from csms.domain.session import Session as State
from csms.domain.transaction_decisions import Told
from csms.storage import lookups
from csms.storage.records import Fence


class TransactionEvents:
    """The numbered events of one charger's transactions."""

    def __init__(self, services: Services, charger_id: str, transactions: Transactions) -> None:
        self._services = services
        self._charger_id = charger_id
        self._transactions = transactions

    async def take(self, fact: facts.TransactionEvent, told: Told, fence: Fence) -> tuple[State, Told]:
        """Record an event; the session after it, and what is known of the event with the verdict on its token."""
        found = await self._found(fact)
        requested = self._requested(fact, told) if found is None or fact.remote_start_id is not None else None
        session_id = self._session_id(fact, found, requested)
        before = None if found is not None and found.id != session_id else found
        if told.token is not None:
            told = await self._judged(before, fact, told)
        terms = await self._terms(before or requested, fact, told) if _places(before, fact, told) else None
        state = await self._transactions.tell(session_id, session.Session.on_event, fact, told, fence, terms)
        if requested is not None and requested.id != session_id:
            await self._transactions.fail(requested.id, f"the charger took the order into session {session_id}")
        if before is None or fact.kind == transaction_decisions.STARTED or before.evse_id != state.evse_id:
            await self._one_at_a_time(state, fence)
        return state, told

    def unauthorized(self, connector_id: int | None, evse_id: int | None) -> str | None:
        """The session of a transaction there that waits for a token: the car was plugged in first (rule 46)."""
        for state in self._ordered():
            here = connector_id is not None and state.connector_id == connector_id
            if state.status == ACTIVE and not state.token_type and (here or (evse_id and state.evse_id == evse_id)):
                return state.id
        return None

    def unclear(self) -> Iterable[State]:
        """The transactions of which only the charger can tell what became of them."""
        return [state for state in self._ordered() if transaction_decisions.unclear(state)]

    async def queue_told(self, transaction_id: str, *, in_queue: bool, ongoing: bool | None) -> None:
        """The charger answered GetTransactionStatus."""
        for state in self._ordered():
            if state.transaction_id == transaction_id:
                await self._transactions.inform(state.id, session.Session.on_queue_told, in_queue, ongoing)

    # -- Which session -------------------------------------------------------------------------------------------------

    async def _found(self, fact: facts.TransactionEvent) -> State | None:
        for state in reversed(self._ordered()):  # where a name was used again, the newer one is meant
            if state.transaction_id == fact.transaction_id:
                return state
        known = await self._services.look_ups.read(lookups.transaction, self._charger_id, fact.transaction_id)
        return known if known is not None and known.ledger is not None else None

    def _session_id(self, fact: facts.TransactionEvent, found: State | None, requested: State | None) -> str:
        key = ids.digest("transaction", fact.transaction_id).hex()
        if found is not None:
            again = transaction_decisions.used_again(found, fact)
            return ids.session_id(self._charger_id, ids.successor_key(key, found.id)) if again else found.id
        return requested.id if requested is not None else ids.session_id(self._charger_id, key)

    def _requested(self, fact: facts.TransactionEvent, told: Told) -> State | None:
        """The order to start that this transaction follows; without its number by token and place, as in 1.6."""
        pending = [state for state in self._transactions.open.values() if state.status == PENDING]
        if fact.remote_start_id is not None:
            return next((state for state in pending if state.remote_start_id == fact.remote_start_id), None)
        if told.token is None or transaction_decisions.names_stop(fact):
            return None
        now = self._services.now()
        begun = clock.moment(fact.at, now)
        near = (state for state in pending if may_follow(state, begun, now))
        fits = (state for state in near if state.token == told.token.ref and _here(state, told))
        return next(fits, None)

    async def _judged(self, before: State | None, fact: facts.TransactionEvent, told: Told) -> Told:
        token, now = told.token, self._services.now()
        assert token is not None
        if transaction_decisions.names_stop(fact):
            begun_by = before.token if before is not None else None
            return told.judged(authorization.may_stop(token, begun_by, now))
        again = before is not None and before.ledger is not None and before.token == (token.ref or None)
        elsewhere = not again and await self._transactions.runs_elsewhere(token, told.connector_id)
        limited = None if again else await self._transactions.limited(token, told.station_id)
        verdict = authorization.decide(token, now, elsewhere=elsewhere, master=told.master, limited=limited)
        return told.judged(verdict)

    async def _terms(
        self, known: State | None, fact: facts.TransactionEvent, told: Told
    ) -> events.TariffApplied | price_events.TariffAwaited | None:
        """The tariff of a transaction, by what is known of it with this event."""
        place = told.connector_id
        token = None if told.token is None or transaction_decisions.names_stop(fact) else told.token.ref
        at, continues = clock.moment(fact.at, self._services.now()), None
        if known is not None:
            place, token = place or known.connector_id, token or known.token
            at, continues = known.started_at or at, known.continues
        return await self._transactions.terms(told.station_id, place, token, at, continues)

    async def _one_at_a_time(self, state: State, fence: Fence) -> None:
        """An EVSE has one transaction: the older of two is over, whichever of them is told first (rule 38)."""
        if state.evse_id is None or state.status in ENDED:
            return
        for other in [s for s in self._ordered() if s.evse_id == state.evse_id and s.id != state.id]:
            older, newer = (state, other) if _began_after(other, state) else (other, state)
            if older.status in (ACTIVE, FINISHING):
                at = newer.started_at or self._services.now()
                await self._transactions.inform(older.id, session.Session.on_superseded, at, fence)

    def _ordered(self) -> list[State]:
        return [state for state in self._transactions.open.values() if state.ledger is not None]


def _places(before: State | None, fact: facts.TransactionEvent, told: Told) -> bool:
    """Whether an event says first where a transaction is, or whose: what its tariff may depend on."""
    if before is None or before.ledger is None:
        return True
    whose = told.token is not None and not before.token_type and not transaction_decisions.names_stop(fact)
    return whose or (before.evse_id is None and told.evse_id is not None)


def _here(state: State, told: Told) -> bool:
    if state.connector_id is not None:
        return state.connector_id == told.connector_id
    return state.evse_id is None or state.evse_id == told.evse_id


def _began_after(state: State, other: State) -> bool:
    return state.started_at is not None and other.started_at is not None and state.started_at > other.started_at
