"""What to record of a session: pure decisions over its state, called by the session actor.

Every function returns the events to append, in order; an empty list means that nothing new was said. What is odd is
recorded and flagged, never refused: a charger that gets an error keeps retrying and then drops the record (rule 13).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from csms.domain import clock, events, facts, metering, price_events, series, session, session_price
from csms.domain.clock import plausible as plausible
from csms.domain.session import ACTIVE, ENDED, FAILED, FINISHING, PENDING, Session

HISTORY = clock.HISTORY
"""A stop older than this is history: nobody is waiting for the cable."""
FINISHING_LIMIT = timedelta(seconds=60)
"""How long a session without an idle price may stay in finishing."""
IDLE_LIMIT = timedelta(hours=12)
"""The same of one that pays for its idle time, which goes on until the cable is out."""
LOST_AFTER = timedelta(hours=24)
"""When a transaction that its connector contradicts is closed with what was last known (rule 23)."""
PENDING_LIMIT = timedelta(seconds=120)
"""How long a remote start may wait for its transaction (rule 51)."""

BEGIN = "Transaction.Begin"

_FREE = frozenset({"Available", "Unavailable", "Reserved"})
_UNSEEN = {"orphan": "nobody saw its start", "lost": "nobody saw its end"}


def start(state: Session | None, event: events.SessionStarted) -> list[events.AnyEvent]:
    """Begin, or recognise a start that is already known (rules 33, 34)."""
    if state is None or state.status == PENDING:
        return [event]
    if state.status == FAILED:
        return [event, events.SessionFlagged(flag="late_start", detail="the charger started after we had given up")]
    if event.digest == state.digest:
        return []
    detail = f"the charger sent this start again with other content: reservation {event.reservation_id}"
    return _repeated(state, "start_repeated", event.digest, detail)


def sample(
    state: Session, readings: tuple[facts.Reading, ...], suspect: tuple[str, ...], now: datetime
) -> tuple[events.MeterSampled, Session]:
    """Keep one MeterValues record; a retry is found by the log through its event id.

    With the state that session.evolve makes of the event at `now`: this is what a server does all day, once is enough.
    """
    after, odd = session.take(state, readings, now)
    event = events.MeterSampled(readings=readings, suspect=tuple(dict.fromkeys(suspect + odd)))
    return event, session.sampled(state, event, now, after)


def stop(
    state: Session, fact: facts.TransactionStop, token: str | None, now: datetime, *, flags: tuple[str, ...] = ()
) -> list[events.AnyEvent]:
    """End the transaction once; the stay may go on until the cable is out (rules 35-41)."""
    if state.stop_digest:
        return _stopped_again(state, fact)
    energy, meter_stop, odd = _final_energy(state, fact)
    at, misdated = _stop_time(state, fact, now)
    stopped = events.SessionStopped(
        stopped_at=at,
        energy_wh=energy,
        meter_stop_wh=meter_stop,
        reason=fact.reason or "Local",
        token=token,
        readings=fact.readings,
        digest=fact.digest,
        flags=tuple(dict.fromkeys(flags + _reported(fact, at, now) + misdated + odd)),
    )
    return [stopped, *_completed_at_once(state, fact, at, now)]


def orphan(
    charger_id: str, station_id: str | None, fact: facts.TransactionStop, token: str | None, now: datetime
) -> list[events.AnyEvent]:
    """A stop whose start never came becomes a session of its own, with the transaction id as sent (rule 35).

    When it began is known where the stop brings the register of its begin.
    """
    begin = metering.final_register(fact.readings, context=BEGIN)
    began = events.SessionStarted(
        charger_id=charger_id,
        station_id=station_id,
        started_at=begun_at(fact, now),
        meter_start_wh=begin,
        token=token,
        token_type=fact.id_token.type if fact.id_token else "ISO14443",
        transaction_id=fact.transaction_id,
        flags=("orphan",),
    )
    at = clock.moment(fact.at, now)
    end = fact.meter_stop_wh
    ended = events.SessionStopped(
        stopped_at=at,
        energy_wh=end - begin if end is not None and begin is not None and end > begin else Decimal(0),
        meter_stop_wh=end,
        reason=fact.reason or "Local",
        token=token,
        readings=fact.readings,
        digest=fact.digest,
        flags=_reported(fact, at, now) + (() if at is fact.at else ("clock",)),
    )
    return [began, ended, events.SessionCompleted(completed_at=at, cause="history")]


def begun_at(fact: facts.TransactionStop, now: datetime) -> datetime | None:
    """When a transaction began by its stop alone; None where that does not tell."""
    end = clock.moment(fact.at, now)
    told = (reading.at for reading in fact.readings if any(each.context == BEGIN for each in reading.values))
    return next((at for at in told if at is not None and clock.plausible(at, now) and at <= end), None)


def status(state: Session, report: facts.StatusReport, now: datetime) -> list[events.AnyEvent]:
    """Note what the connector says while the stay lasts; a free connector completes a stopped session."""
    if report.connector_id == 0 or state.status in ENDED or state.status == PENDING:
        return []
    if report.status == state.connector_status:
        return []
    at = clock.moment(report.at, now)
    noted: list[events.AnyEvent] = [events.ConnectorStatusNoted(status=report.status, noted_at=at)]
    if state.status == FINISHING and report.status == "Available":
        noted.append(events.SessionCompleted(completed_at=_after_stop(state, at), cause="available"))
    return noted


def superseded(state: Session, at: datetime) -> list[events.AnyEvent]:
    """Another transaction began on the connector (rule 38): a stopped session is over, a running one is flagged."""
    if state.status == FINISHING:
        held = state.ledger is not None and state.ledger.held
        over = events.SessionCompleted(completed_at=_after_stop(state, at), cause="next_transaction")
        return [] if held else [over]
    if state.status == ACTIVE:
        return _flag_once(state, "superseded", "another transaction started on this connector")
    return []


def failed(state: Session, reason: str) -> list[events.AnyEvent]:
    """A remote start that came to nothing."""
    return [events.SessionFailed(reason=reason)] if state.status == PENDING else []


def applies(state: Session, terms: events.TariffApplied | price_events.TariffAwaited) -> bool:
    """Whether this tariff, or that nobody could tell it, says something new of a session that has no bill yet."""
    known = state.price
    if isinstance(terms, price_events.TariffAwaited):
        return not session_price.owed(state) and (known is None or known.amount is None)
    return known is None or (
        known.amount is None and (known.tariff_id, known.version) != (terms.tariff_id, terms.version)
    )


def priced(state: Session, bills: Sequence[events.SessionPriced]) -> list[events.AnyEvent]:
    """What a look at the price of a stay that is over comes to: another bill, if any, and what else that says."""
    if not bills:
        return [price_events.PriceSettled()] if session_price.owed(state) else []
    return [*bills, *doubted(state)]


def unpriced(state: Session, why: str) -> list[events.AnyEvent]:
    """The bill of a stay that is over could not be made."""
    return _flag_once(state, session_price.UNPRICED, why)


def doubted(state: Session) -> list[events.AnyEvent]:
    """That somebody should look at a bill, where nobody saw the begin or the end of what it is for."""
    unseen = [told for flag, told in _UNSEEN.items() if flag in state.flags]
    if not unseen or session_price.REVIEW in state.flags:
        return []
    return [events.SessionFlagged(flag=session_price.REVIEW, detail=f"priced by what is known: {', '.join(unseen)}")]


def capped(state: Session, amount: Decimal | None) -> list[events.AnyEvent]:
    """A limit of its cost, if it is another one and the session goes on."""
    return [] if amount == state.cap or state.status in ENDED else [events.CapSet(amount=amount)]


def overdue(state: Session, now: datetime) -> list[events.AnyEvent]:
    """What time alone decides: a start that never came, a cable left in, a transaction nobody ended."""
    when = due(state)
    if when is None or now < when:
        return []
    if state.status == PENDING:
        return [events.SessionFailed(reason="the charger did not start a transaction in time")]
    if state.status == FINISHING:
        timeout = events.SessionCompleted(completed_at=_after_stop(state, when), cause="timeout")
        return over(state, now) or [timeout] if state.ledger is not None else [timeout]
    return lost(state, now)


def over(state: Session, now: datetime) -> list[events.AnyEvent]:
    """The end of a stay whose transaction has ended, if nobody waits for the cable any more."""
    at = state.stopped_at or now
    if state.stop_reason == "EVDisconnected":
        return [events.SessionCompleted(completed_at=at, cause="ev_disconnected")]
    if now - at > HISTORY:
        return [events.SessionCompleted(completed_at=at, cause="history")]
    told = state.ledger.told if state.ledger is not None else None
    if told is not None and state.connector_status == "Available":
        return [events.SessionCompleted(completed_at=_after_stop(state, told.at), cause="available")]
    return []


def lost(state: Session, now: datetime) -> list[events.AnyEvent]:
    """A transaction that nobody will end is closed with what was last known."""
    last = state.register_at or state.changed_at
    return [
        events.SessionStopped(
            stopped_at=max(last, state.started_at or last),
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
            held = state.ledger is not None and state.ledger.held
            idles = session_price.owed(state) if state.price is None else state.price.idle_priced
            limit = IDLE_LIMIT if idles else FINISHING_LIMIT
            return (state.ended_at or state.changed_at) + (LOST_AFTER if held else limit)
        case "active" if "superseded" in state.flags or state.connector_status in _FREE:
            return state.changed_at + LOST_AFTER
        case _:
            return None


def _flag_once(state: Session, flag: str, detail: str) -> list[events.AnyEvent]:
    return [] if flag in state.flags else [events.SessionFlagged(flag=flag, detail=detail)]


def _repeated(state: Session, flag: str, digest: bytes, detail: str) -> list[events.AnyEvent]:
    """Each other content of a record that is already there is kept once (rule 11)."""
    return [] if digest in state.repeats else [events.SessionFlagged(flag=flag, detail=detail, digest=digest)]


def _stopped_again(state: Session, fact: facts.TransactionStop) -> list[events.AnyEvent]:
    if fact.digest == state.stop_digest:
        return []
    detail = f"another stop: register {fact.meter_stop_wh} Wh at {fact.at}, reason {fact.reason or 'Local'}"
    return _repeated(state, "stop_repeated", fact.digest, detail)


def _reported(fact: facts.TransactionStop, at: datetime, now: datetime) -> tuple[str, ...]:
    late = fact.offline or now - at > HISTORY
    return (("suspect",) if fact.suspect else ()) + (("offline",) if late else ())


def _stop_time(state: Session, fact: facts.TransactionStop, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """When the transaction ended, and flags: a clock that cannot be believed makes its duration suspect."""
    at = clock.moment(fact.at, now)
    if state.started_at is not None and at < state.started_at:
        return state.started_at, ("clock", "suspect")
    return at, () if at is fact.at else ("clock", "suspect")


def _final_energy(state: Session, fact: facts.TransactionStop) -> tuple[Decimal, Decimal | None, tuple[str, ...]]:
    """Energy and final register in Wh, and what is odd; the final register counts unless accepted ones are higher."""
    told = metering.final_register(fact.readings, series_unit=state.register_unit)
    end = told if fact.meter_stop_wh is None else fact.meter_stop_wh
    if end is None:
        end = metering.final_register(fact.readings, context=None, series_unit=state.register_unit)
    begin = state.meter_start_wh
    if begin is None:
        begin = metering.final_register(fact.readings, context=BEGIN)
    if begin is None:
        return Decimal(0), end, ("suspect",)
    floor = begin if state.register_wh is None else max(begin, state.register_wh)
    if end is not None and end > floor - series.ROUNDING_WH:
        return max(end, floor) - begin, end, ()
    if told is not None and told >= floor:
        return told - begin, end, ("suspect",)
    return floor - begin, end, ("suspect",)


def _completed_at_once(
    state: Session, fact: facts.TransactionStop, at: datetime, now: datetime
) -> list[events.AnyEvent]:
    if fact.reason == "EVDisconnected":
        return [events.SessionCompleted(completed_at=at, cause="ev_disconnected")]
    if now - at > HISTORY or state.status in ENDED:
        return [events.SessionCompleted(completed_at=at, cause="history")]
    if state.connector_status == "Available":
        return [events.SessionCompleted(completed_at=at, cause="available")]
    return []


def _after_stop(state: Session, at: datetime) -> datetime:
    return at if state.stopped_at is None or at >= state.stopped_at else state.stopped_at
