"""What to record of a 2.x TransactionEvent: pure decisions over a session's state, called by the session actor.

Like session_decisions.py, whose limits it shares: what is odd is recorded and flagged, never refused. Each function
returns the events to append, in order, with the state that they make: what a server does all day is worked out once.
A retry is found by the log through the id of its event.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from csms.domain import authorization, clock, events, facts, registers, session, session_decisions
from csms.domain.session import ENDED, FINISHING, Session
from csms.domain.session_decisions import HISTORY

STARTED, UPDATED, OVER = "Started", "Updated", "Ended"
_STOPS = frozenset({"StopAuthorized", "Deauthorized"})
_REASONS = {
    "Deauthorized": "DeAuthorized",
    "EVDeparted": "EVDisconnected",
    "EnergyLimitReached": "EnergyLimitReached",
    "RemoteStop": "Remote",
    "ResetCommand": "ImmediateReset",
    "TimeLimitReached": "TimeLimitReached",
}
"""What an Ended without a reason means by what triggered it; anything else is Local."""
_NOBODY: dict[str, Any] = {"token_type": "", "authorization": ""}
OCCUPIED = frozenset({"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Occupied"})
"""Statuses of a connector that say nothing which the transaction does not tell better."""


class Told(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is known of an event besides what it says: whose it is, our number of its connector, and of its token.

    `master` is the group whose tokens may end every transaction there.
    """

    charger_id: str
    station_id: str | None = None
    connector_id: int | None = None
    evse_id: int | None = None
    master: str | None = None
    token: authorization.TokenRecord | None = None
    verdict: authorization.Verdict | None = None

    def judged(self, verdict: authorization.Verdict) -> "Told":
        """The same with what is said of the token."""
        return msgspec.structs.replace(self, verdict=verdict)


def names_stop(fact: facts.TransactionEvent) -> bool:
    """Whether the event's token is the one that ends the transaction, not the one that it is for."""
    return fact.kind == OVER or fact.trigger in _STOPS


def used_again(known: Session, fact: facts.TransactionEvent) -> bool:
    """Whether the charger begins to count its transactions anew: a Started after all that this one is known of."""
    ledger = known.ledger
    if fact.kind != STARTED or ledger is None or not ledger.began or fact.digest == known.digest or fact.at is None:
        return False
    due = ledger.sequence.due
    anew = fact.seq_no is None or due is None or fact.seq_no < due
    moments = (known.started_at, known.stopped_at, known.register_at, ledger.stand.at)
    return anew and all(moment is None or fact.at > moment for moment in moments)


def take(
    state: Session | None, session_id: str, fact: facts.TransactionEvent, told: Told, now: datetime
) -> tuple[list[events.AnyEvent], Session]:
    """Record an event of this transaction, and that the stay is over where nothing more can come."""
    decided: list[events.AnyEvent] = []
    first = state is None or state.ledger is None
    began = state is not None and state.ledger is not None and state.ledger.began
    if fact.kind == STARTED and not began:
        decided.append(_started(fact, told, now, assumed=False))
    else:
        if first:
            decided.append(_started(fact, told, now, assumed=True))
        decided += _ended(state, fact, told, now) if fact.kind == OVER else _updated(state, fact, told, now)
    if fact.kind == STARTED and began:
        decided.append(_flag("start_repeated", fact))
    if state is not None and state.status == session.FAILED:
        detail = "the charger started after we had given up"
        decided.append(events.SessionFlagged(flag="late_start", detail=detail))
    return _evolved(state, session_id, decided, now)


def metered(
    state: Session, readings: tuple[facts.Reading, ...], suspect: tuple[str, ...], now: datetime
) -> tuple[list[events.AnyEvent], Session]:
    """Keep the meter values that the charger sent for the transaction's EVSE (rule 46)."""
    event = events.MeterSampled(readings=readings, suspect=suspect, of_evse=True)
    return _evolved(state, state.id, [event], now)


def status(state: Session, report: facts.StatusReport, now: datetime) -> list[events.AnyEvent]:
    """Note what the connector itself says; that it is occupied, and how, the transaction tells better."""
    if report.connector_id == 0 or state.status in ENDED or report.status in OCCUPIED or state.ledger is None:
        return []
    at = clock.moment(report.at, now)
    known = state.ledger.told
    if state.connector_status == report.status or (known is not None and at < known.at):
        return []
    return _evolved(state, state.id, [events.ConnectorStatusNoted(status=report.status, noted_at=at)], now)[0]


def queue_told(
    state: Session, *, in_queue: bool, ongoing: bool | None, now: datetime
) -> tuple[list[events.AnyEvent], Session]:
    """The charger said whether it keeps events; a transaction that it knows nothing more of is lost (rule 44)."""
    told: list[events.AnyEvent] = [events.QueueTold(in_queue=in_queue, ongoing=ongoing)]
    if state.status == session.ACTIVE and not in_queue and ongoing is False:
        told += session_decisions.lost(state, now)
    return _evolved(state, state.id, told, now)


def unclear(state: Session) -> bool:
    """Whether only the charger can tell what became of the transaction (GetTransactionStatus)."""
    ledger = state.ledger
    if ledger is None or ledger.in_queue is False or state.status in ENDED:
        return False
    if ledger.sequence.ahead:
        return True
    return state.status == session.ACTIVE and ("superseded" in state.flags or state.connector_status == "Available")


def _sample(fact: facts.TransactionEvent) -> events.MeterSampled:
    first = fact.readings[0].at
    return events.MeterSampled(
        readings=fact.readings,
        suspect=fact.suspect,
        seq_no=fact.seq_no,
        charging_state=fact.charging_state,
        trigger=None if fact.trigger == "MeterValuePeriodic" else fact.trigger,
        said_at=None if fact.at == first else fact.at,
        offline=fact.offline,
    )


def _odd(state: Session | None, after: Session) -> tuple[str, ...]:
    """What became odd with the last event."""
    before = registers.total(state.ledger.meter).odd if state is not None and state.ledger is not None else ()
    odd = registers.total(after.ledger.meter).odd if after.ledger is not None else ()
    return tuple(reason for reason in odd if reason not in before)


def _started(fact: facts.TransactionEvent, told: Told, now: datetime, *, assumed: bool) -> events.SessionStarted:
    at, flags = _when(fact, now)
    return events.SessionStarted(
        ordered=True,
        assumed=assumed,
        charger_id=told.charger_id,
        station_id=told.station_id,
        connector_id=told.connector_id,
        evse_id=told.evse_id,
        started_at=at,
        transaction_id=fact.transaction_id,
        reservation_id=fact.reservation_id,
        digest=b"" if assumed else fact.digest,
        flags=() if assumed else flags,
        seq_no=None if assumed else fact.seq_no,
        trigger=None if assumed else fact.trigger,
        charging_state=None if assumed else fact.charging_state,
        readings=() if assumed else fact.readings,
        **(_NOBODY if assumed else _who(told)),
    )


def _updated(state: Session | None, fact: facts.TransactionEvent, told: Told, now: datetime) -> list[events.AnyEvent]:
    """Meter values are one event; who, where and how, if told, is another. The first of them has the number."""
    decided: list[events.AnyEvent] = [_sample(fact)] if fact.readings else []
    token = told.token
    placed = state is not None and (
        (told.connector_id is not None and state.connector_id is None)
        or (told.evse_id is not None and state.evse_id is None)
    )
    if decided and token is None and not placed and fact.reservation_id is None:
        return decided
    at, flags = _when(fact, now)
    updated = events.TransactionUpdated(
        charger_id=told.charger_id,
        said_at=at,
        seq_no=fact.seq_no,
        trigger=fact.trigger,
        charging_state=None if decided else fact.charging_state,
        connector_id=told.connector_id,
        evse_id=told.evse_id,
        reservation_id=fact.reservation_id,
        flags=flags,
        stops=names_stop(fact),
        **_who(told),
    )
    return [*decided, updated]


def _ended(state: Session | None, fact: facts.TransactionEvent, told: Told, now: datetime) -> list[events.AnyEvent]:
    at, flags = _when(fact, now)
    stopped = events.SessionStopped(
        stopped_at=at,
        energy_wh=state.energy_wh if state is not None else Decimal(0),
        reason=fact.stopped_reason or _REASONS.get(fact.trigger or "", "Local"),
        readings=fact.readings,
        digest=fact.digest,
        flags=flags,
        seq_no=fact.seq_no,
        trigger=fact.trigger,
        charging_state=fact.charging_state,
        token=(told.token.ref or None) if told.token else None,
        token_type=told.token.type if told.token else "",
        driver_id=told.token.driver_id if told.token else None,
        connector_id=told.connector_id,
        evse_id=told.evse_id,
    )
    again = state is not None and state.ledger is not None and state.ledger.end is not None
    return [stopped, _flag("stop_repeated", fact)] if again else [stopped]


def _who(told: Told) -> dict[str, Any]:
    """The token that the event names, and what was said of it."""
    token, verdict = told.token, told.verdict
    if token is None:
        return _NOBODY
    return {
        "token": token.ref or None,
        "token_type": token.type,
        "driver_id": token.driver_id,
        "authorization": verdict.status if verdict else authorization.ACCEPTED,
        "authorization_reason": verdict.reason if verdict else "",
    }


def _flag(flag: str, fact: facts.TransactionEvent) -> events.SessionFlagged:
    return events.SessionFlagged(flag=flag, detail=f"another {fact.kind} of the same transaction, at {fact.at}")


def _when(fact: facts.TransactionEvent, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """The event's time, or that of its arrival; and what this, and anything odd, is flagged as."""
    at = clock.moment(fact.at, now)
    late = fact.offline or (fact.kind != UPDATED and now - at > HISTORY)
    odd = {"suspect": bool(fact.suspect) or (fact.kind == OVER and at is not fact.at), "clock": at is not fact.at}
    return at, tuple(flag for flag, raised in (odd | {"offline": late}).items() if raised)


def _evolved(
    state: Session | None, session_id: str, decided: list[events.AnyEvent], now: datetime
) -> tuple[list[events.AnyEvent], Session]:
    """The events with what they lead to, and the end of the stay."""
    recorded: list[events.AnyEvent] = []
    after = state
    for event in decided:
        before, after = after, session.evolve(after, session_id, event, now)
        recorded.append(_completed(event, before, after))
    assert after is not None
    for event in _over(after, now):
        after = session.evolve(after, session_id, event, now)
        recorded.append(event)
    return recorded, after


def _completed(event: events.AnyEvent, before: Session | None, after: Session) -> events.AnyEvent:
    """The event with what it adds up to, which evolve works out by itself."""
    match event:
        case events.MeterSampled() if after.flags:
            odd = _odd(before, after)
            return msgspec.structs.replace(event, suspect=event.suspect + odd) if odd else event
        case events.MeterSampled() if before is not None and before.flags:
            return msgspec.structs.replace(event, late=True)
        case events.SessionStarted() if not event.assumed:
            return msgspec.structs.replace(event, meter_start_wh=after.meter_start_wh)
        case events.SessionStopped() if event.digest:
            return msgspec.structs.replace(event, energy_wh=after.energy_wh, meter_stop_wh=after.register_wh)
        case _:
            return event


def _over(state: Session, now: datetime) -> list[events.AnyEvent]:
    """The end of the stay, once nothing is missing that the charger may still send."""
    ledger = state.ledger
    if state.status != FINISHING or ledger is None or (ledger.sequence.ahead and ledger.in_queue is not False):
        return []
    return session_decisions.over(state, now)
