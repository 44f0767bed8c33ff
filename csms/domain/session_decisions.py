"""What to record of a session: pure decisions over its state, called by the session actor.

Every function returns the events to append, in order; an empty list means that nothing new was said. What is odd is
recorded and flagged, never refused: a charger that gets an error keeps retrying and then drops the record (rule 13).
"""

from datetime import datetime, timedelta
from decimal import Decimal

from csms.domain import events, facts, metering
from csms.domain.session import ACTIVE, COMPLETED, ENDED, FAILED, FINISHING, FUTURE, PENDING, Session

EPOCH_YEAR = 2020
"""A clock before this year was never set (rule 22)."""
HISTORY = timedelta(minutes=10)
"""A stop older than this is history: nobody is waiting for the cable."""
FINISHING_LIMIT = timedelta(seconds=60)
"""How long a session without an idle price may stay in finishing."""
LOST_AFTER = timedelta(hours=24)
"""When a transaction that its connector contradicts is closed with what was last known (rule 23)."""
PENDING_LIMIT = timedelta(seconds=120)
"""How long a remote start may wait for its transaction (rule 51)."""

_FREE = frozenset({"Available", "Unavailable", "Reserved"})


def plausible(at: datetime | None, now: datetime) -> bool:
    """True for a time that a set clock can have said."""
    return at is not None and at.year >= EPOCH_YEAR and at <= now + FUTURE


def start(state: Session | None, event: events.SessionStarted) -> list[events.AnyEvent]:
    """Begin, or recognise a start that is already known (rules 33, 34)."""
    if state is None or state.status == PENDING:
        return [event]
    if state.status == FAILED:
        return [event, events.SessionFlagged(flag="late_start", detail="the charger started after we had given up")]
    if event.digest == state.digest:
        return []
    return _flag_once(state, "start_repeated", "the charger sent this start again with other content")


def sample(state: Session, readings: tuple[facts.Reading, ...], suspect: tuple[str, ...]) -> list[events.AnyEvent]:
    """Keep one MeterValues record; a retry is found by the log through its event id."""
    reasons = suspect
    register = state.register_wh
    for reading in readings:
        measured = metering.measure(reading)
        if measured.malformed:
            reasons += ("register_unreadable",)
        if measured.register_wh is None:
            continue
        newer = state.register_at is None or reading.at is None or reading.at > state.register_at
        if register is not None and measured.register_wh < register and newer:
            reasons += ("register_fell",)
        else:
            register = measured.register_wh
    return [events.MeterSampled(readings=readings, suspect=tuple(dict.fromkeys(reasons)))]


def stop(
    state: Session, fact: facts.TransactionStop, token: str | None, now: datetime, *, flags: tuple[str, ...] = ()
) -> list[events.AnyEvent]:
    """End the transaction once; the stay may go on until the cable is out (rules 35-41)."""
    if state.stop_digest or state.status in ENDED:
        if fact.digest == state.stop_digest:
            return []
        if state.stop_digest:
            return _flag_once(state, "stop_repeated", "the charger sent another stop for this transaction")
    flags += ("suspect",) if fact.suspect else ()
    energy, odd = _final_energy(state, fact)
    at = fact.at if fact.at is not None and plausible(fact.at, now) else now
    if at is not fact.at:
        flags += ("clock",)
    if state.started_at is not None and at < state.started_at:
        flags += ("clock",)
        at = state.started_at
    stopped = events.SessionStopped(
        stopped_at=at,
        energy_wh=energy,
        meter_stop_wh=fact.meter_stop_wh,
        reason=fact.reason or "Local",
        token=token,
        readings=fact.readings,
        digest=fact.digest,
        flags=tuple(dict.fromkeys(flags + odd)),
    )
    return [stopped, *_completed_at_once(state, fact, at, now)]


def orphan(
    charger_id: str, station_id: str | None, fact: facts.TransactionStop, token: str | None, now: datetime
) -> list[events.AnyEvent]:
    """A stop whose start never came becomes a session of its own, with the transaction id as sent (rule 35)."""
    began = events.SessionStarted(
        charger_id=charger_id,
        station_id=station_id,
        token=token,
        token_type=fact.id_token.type if fact.id_token else "ISO14443",
        transaction_id=fact.transaction_id,
        flags=("orphan",),
    )
    at = fact.at if fact.at is not None and plausible(fact.at, now) else now
    ended = events.SessionStopped(
        stopped_at=at,
        energy_wh=Decimal(0),
        meter_stop_wh=fact.meter_stop_wh,
        reason=fact.reason or "Local",
        token=token,
        readings=fact.readings,
        digest=fact.digest,
        flags=("suspect",) if fact.suspect else (),
    )
    return [began, ended, events.SessionCompleted(completed_at=at, cause="history")]


def status(state: Session, report: facts.StatusReport, now: datetime) -> list[events.AnyEvent]:
    """Note what the connector says while the stay lasts; a free connector completes a stopped session."""
    if state.status in ENDED or state.status == PENDING or report.status == state.connector_status:
        return []
    at = report.at if report.at is not None and plausible(report.at, now) else now
    noted: list[events.AnyEvent] = [events.ConnectorStatusNoted(status=report.status, noted_at=at)]
    if state.status == FINISHING and report.status == "Available":
        noted.append(events.SessionCompleted(completed_at=_after_stop(state, at), cause="available"))
    return noted


def superseded(state: Session, at: datetime) -> list[events.AnyEvent]:
    """Another transaction began on the connector (rule 38): a stopped session is over, a running one is flagged."""
    if state.status == FINISHING:
        return [events.SessionCompleted(completed_at=_after_stop(state, at), cause="next_transaction")]
    if state.status == ACTIVE:
        return _flag_once(state, "superseded", "another transaction started on this connector")
    return []


def failed(state: Session, reason: str) -> list[events.AnyEvent]:
    """A remote start that came to nothing."""
    return [events.SessionFailed(reason=reason)] if state.status == PENDING else []


def overdue(state: Session, now: datetime) -> list[events.AnyEvent]:
    """What time alone decides: a start that never came, a cable left in, a transaction nobody ended."""
    when = due(state)
    if when is None or now < when:
        return []
    if state.status == PENDING:
        return [events.SessionFailed(reason="the charger did not start a transaction in time")]
    if state.status == FINISHING:
        return [events.SessionCompleted(completed_at=now, cause="timeout")]
    return [
        events.SessionStopped(
            stopped_at=state.register_at or state.changed_at,
            energy_wh=state.energy_wh,
            meter_stop_wh=state.register_wh,
            reason="Lost",
            flags=("suspect", "lost"),
        ),
        events.SessionCompleted(completed_at=now, cause="timeout"),
    ]


def due(state: Session) -> datetime | None:
    """When `overdue` will have something to say; None for never."""
    match state.status:
        case "pending":
            return (state.requested_at or state.changed_at) + PENDING_LIMIT
        case "finishing":
            return state.changed_at + FINISHING_LIMIT
        case "active" if "superseded" in state.flags or state.connector_status in _FREE:
            return state.changed_at + LOST_AFTER
        case _:
            return None


def _flag_once(state: Session, flag: str, detail: str) -> list[events.AnyEvent]:
    return [] if flag in state.flags else [events.SessionFlagged(flag=flag, detail=detail)]


def _final_energy(state: Session, fact: facts.TransactionStop) -> tuple[Decimal, tuple[str, ...]]:
    """Energy in Wh and what is odd about it: meterStop, unless the registers we accepted contradict it."""
    begin, last, end = state.meter_start_wh, state.register_wh, fact.meter_stop_wh
    if begin is None:
        begin = metering.final_register(fact.readings, context="Transaction.Begin")
    if begin is None:
        return Decimal(0), ("suspect",)
    floor = max(begin, last) if last is not None else begin
    if end is not None and end >= floor:
        return end - begin, ()
    crosscheck = metering.final_register(fact.readings)
    if crosscheck is not None and crosscheck >= floor:
        return crosscheck - begin, ("suspect",)
    return floor - begin, ("suspect",)


def _completed_at_once(
    state: Session, fact: facts.TransactionStop, at: datetime, now: datetime
) -> list[events.AnyEvent]:
    if fact.reason == "EVDisconnected":
        return [events.SessionCompleted(completed_at=at, cause="ev_disconnected")]
    if now - at > HISTORY or state.status == COMPLETED:
        return [events.SessionCompleted(completed_at=at, cause="history")]
    if state.connector_status == "Available":
        return [events.SessionCompleted(completed_at=at, cause="available")]
    return []


def _after_stop(state: Session, at: datetime) -> datetime:
    return at if state.stopped_at is None or at >= state.stopped_at else state.stopped_at
