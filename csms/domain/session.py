"""One charging stay: its state, what changes it (evolve) and how it looks to people (view).

Used by the session actor, the projections and replay alike; what to record is decided in session_decisions.py.
evolve never computes money and never reads a clock: `at` is when the log took the event.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from csms.domain import clock, events, facts, money, price_events, series, session_price, transaction

PENDING, ACTIVE, FINISHING, COMPLETED, FAILED = "pending", "active", "finishing", "completed", "failed"
ENDED = frozenset({COMPLETED, FAILED})
REPEATS = 100
"""Records that differ from one already taken, of which it is known that they came: the state is written with each."""


class SoFar(msgspec.Struct, frozen=True, gc=False):
    """What a session costs that is not priced yet, tax included, and how long its car has idled (session_cost.py)."""

    amount: Decimal
    idle_since: datetime | None
    idle_s: int


class Session(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The state of a session after `version` events. Energies in Wh, power in W, times UTC."""

    id: str
    version: int
    charger_id: str
    status: str
    connector_id: int | None = None
    evse_id: int | None = None
    station_id: str | None = None
    token: str | None = None
    token_type: str = "ISO14443"
    driver_id: str | None = None
    transaction_id: str | None = None
    start_key: str = ""
    digest: bytes = b""
    stop_digest: bytes = b""
    repeats: tuple[bytes, ...] = ()
    """Digests of records that said something else again."""
    command_id: str | None = None
    authorization: str = "Accepted"
    flags: tuple[str, ...] = ()
    failure: str | None = None
    requested_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    completed_at: datetime | None = None
    changed_at: datetime
    ended_at: datetime | None = None
    """When the log took the stop: what the limit of finishing counts from."""
    stop_reason: str | None = None
    stop_token: str | None = None
    meter_start_wh: Decimal | None = None
    meter_stop_wh: Decimal | None = None
    register_wh: Decimal | None = None
    register_at: datetime | None = None
    register_unit: str | None = None
    energy_wh: Decimal = Decimal(0)
    power_w: Decimal | None = None
    soc_percent: Decimal | None = None
    sampled_at: datetime | None = None
    samples: int = 0
    connector_status: str | None = None
    charged: bool = False
    idle_since: datetime | None = None
    idle_s: int = 0
    continues: str | None = None
    remote_start_id: int | None = None
    ledger: transaction.Ledger | None = None
    """What the events of a 2.x transaction told; the fields above follow from it then."""
    price: session_price.Price | None = None
    """None: no tariff applies, or (flag unpriced) nobody knows yet which."""
    reserved_at: datetime | None = None
    """When the reservation was made that it began on."""
    cap: Decimal | None = None
    """What it may cost at most, in the currency of its tariff."""


def evolve(state: Session | None, session_id: str, event: events.AnyEvent, at: datetime) -> Session:
    """The state after one more event. Raises ValueError for an event that no session has, or one before its start."""
    if state is None:
        return _born(session_id, event, at)
    changes: dict[str, Any]
    if state.ledger is not None or (isinstance(event, events.SessionStarted) and event.ordered):
        changes = _of_transaction(state, event, at)
        return msgspec.structs.replace(state, version=state.version + 1, changed_at=at, **changes)
    match event:
        case events.MeterSampled():
            return sampled(state, event, at, take(state, event.readings, at)[0])
        case events.ConnectorStatusNoted():
            changes = _status(state, event.status, event.noted_at)
        case events.SessionStarted():
            changes = _started(event) | {
                "continues": event.continues or state.continues,
                "failure": None,
                "completed_at": None,
                "flags": flagged(state.flags, event.flags),
            }
        case events.SessionStopped():
            changes = _stopped(state, event, at)
        case events.SessionCompleted():
            changes = {"status": COMPLETED, "completed_at": event.completed_at} | _idle_ends(state, event.completed_at)
        case _:
            changes = _of_any(state, event, at)
    return msgspec.structs.replace(state, version=state.version + 1, changed_at=at, **changes)


def _of_transaction(state: Session, event: events.AnyEvent, at: datetime) -> dict[str, Any]:
    """What an event changes where OCPP 2.x numbers them and they may come in any order."""
    match event:
        case events.MeterSampled():
            return transaction.sampled(state, event, at)
        case events.TransactionUpdated():
            return transaction.updated(state, event, at)
        case events.SessionStarted():
            return transaction.started(state, event, at)
        case events.SessionStopped():
            return transaction.stopped(state, event, at)
        case events.ConnectorStatusNoted():
            return transaction.noted(state, event)
        case events.QueueTold():
            return transaction.queue_told(state, event)
        case events.SessionCompleted():
            over = transaction.completed(state, event.completed_at)
            return {"status": COMPLETED, "completed_at": event.completed_at} | over
        case events.SessionRequested():
            told = {"command_id": event.command_id, "remote_start_id": event.remote_start_id}
            return told | {"continues": event.continues or state.continues}
        case _:
            return _of_any(state, event, at)


def _of_any(state: Session, event: events.AnyEvent, at: datetime) -> dict[str, Any]:
    """What an event changes, whatever the charger's OCPP version."""
    match event:
        case events.SessionFailed():
            return {"status": FAILED, "failure": event.reason, "completed_at": at}
        case events.SessionFlagged():
            return {
                "flags": flagged(state.flags, (event.flag,)),
                "repeats": (*state.repeats, event.digest)[-REPEATS:] if event.digest else state.repeats,
            }
        case _ if isinstance(event, events.AnyPriceEvent):
            return session_price.changed(state, event)
        case _:
            raise ValueError(f"session {state.id}: a session's stream cannot hold {type(event).__name__}")


def flagged(flags: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """`flags` and the new ones, each once, in the order of their coming."""
    return flags if not new else tuple(dict.fromkeys(flags + new))


def numbered(state: Session, transaction_id: str) -> Session:
    """The state with the transaction id that the log gave to its start."""
    return msgspec.structs.replace(state, transaction_id=transaction_id)


def unpriced(state: Session) -> bool:
    """Whether what it costs has to be worked out: it has a tariff and goes on."""
    return state.price is not None and state.status in (ACTIVE, FINISHING)


def view(state: Session, now: datetime, so_far: SoFar | None = None) -> dict[str, Any]:
    """What `GET /sessions/{id}` shows, without the look-ups of token and driver.

    Only durations depend on `now`; `so_far` is for one that is not priced yet.
    """
    end = state.stopped_at or (now if state.status == ACTIVE else None)
    begin = state.started_at
    idle_since, idle_s = _idling(state, now, so_far)
    return {
        "id": state.id,
        "transaction_id": state.transaction_id,
        "charger_id": state.charger_id,
        "station_id": state.station_id,
        "evse_id": state.evse_id,
        "connector_id": state.connector_id,
        "token_type": state.token_type or None,
        "driver_id": state.driver_id,
        "tariff_id": state.price.tariff_id if state.price is not None else None,
        "status": state.status,
        "flags": list(state.flags),
        "authorization": state.authorization or None,
        "failure": state.failure,
        "requested_at": state.requested_at,
        "started_at": state.started_at,
        "stopped_at": state.stopped_at,
        "completed_at": state.completed_at,
        "stop_reason": state.stop_reason,
        "meter_start_wh": state.meter_start_wh,
        "meter_stop_wh": state.meter_stop_wh,
        "energy_wh": state.energy_wh,
        "power_w": state.power_w,
        "soc_percent": state.soc_percent,
        "duration_s": clock.seconds(begin, end) if begin and end else 0,
        "idle_since": idle_since,
        "idle_s": idle_s,
        "continues": state.continues,
        "command_id": state.command_id,
        "cost": _cost(state, so_far),
    }


def _idling(state: Session, now: datetime, so_far: SoFar | None) -> tuple[datetime | None, int]:
    """Since when, and how many seconds in all: as it is priced where it is, else as the statuses say."""
    if so_far is not None:
        return so_far.idle_since, so_far.idle_s
    if state.price is not None and state.price.amount is not None and state.status == COMPLETED:
        return None, state.price.idle_s
    return state.idle_since, state.idle_s + (clock.seconds(state.idle_since, now) if state.idle_since else 0)


def _cost(state: Session, so_far: SoFar | None) -> dict[str, str] | None:
    if state.price is None:
        return None
    amount = so_far.amount if so_far is not None else state.price.amount
    return None if amount is None else money.shown(amount, state.price.currency)


class Summary(msgspec.Struct, frozen=True, gc=False):
    """What live feeds show of a session: few fields, no durations."""

    id: str
    transaction_id: str | None
    charger_id: str
    connector_id: int | None
    evse_id: int | None
    status: str
    flags: tuple[str, ...]
    energy_wh: Decimal | None
    power_w: Decimal | None
    soc_percent: Decimal | None
    started_at: datetime | None
    stopped_at: datetime | None


def summary(state: Session, event: events.AnyEvent) -> Summary:
    """The session after `event`."""
    number = event.transaction_id if isinstance(event, events.SessionStarted) else state.transaction_id
    return Summary(
        state.id,
        number or None,
        state.charger_id,
        state.connector_id,
        state.evse_id,
        state.status,
        state.flags,
        state.energy_wh,
        state.power_w,
        state.soc_percent,
        state.started_at,
        state.stopped_at,
    )


def _born(session_id: str, event: events.AnyEvent, at: datetime) -> Session:
    match event:
        case events.SessionRequested():
            return Session(
                id=session_id,
                version=1,
                charger_id=event.charger_id,
                status=PENDING,
                connector_id=event.connector_id,
                evse_id=event.evse_id,
                station_id=event.station_id,
                token=event.token,
                token_type=event.token_type,
                driver_id=event.driver_id,
                command_id=event.command_id,
                remote_start_id=event.remote_start_id,
                continues=event.continues,
                requested_at=at,
                changed_at=at,
            )
        case events.SessionStarted() if event.ordered:
            return Session(id=session_id, version=1, changed_at=at, **transaction.started(None, event, at))
        case price_events.ReservationLapsed():
            told = session_price.lapsed(event)
            return Session(id=session_id, version=1, changed_at=at, status=COMPLETED, ended_at=at, **told)
        case events.SessionStarted():
            return Session(
                id=session_id,
                version=1,
                charger_id=event.charger_id,
                changed_at=at,
                flags=event.flags,
                **_started(event),
            )
        case _:
            raise ValueError(f"session {session_id}: its stream begins with {type(event).__name__}, not with a start")


def _started(event: events.SessionStarted) -> dict[str, Any]:
    return {
        "status": ACTIVE,
        "connector_id": event.connector_id,
        "evse_id": event.evse_id,
        "station_id": event.station_id,
        "token": event.token,
        "token_type": event.token_type,
        "driver_id": event.driver_id,
        "transaction_id": event.transaction_id or None,
        "start_key": event.start_key,
        "digest": event.digest,
        "authorization": event.authorization,
        "started_at": event.started_at,
        "meter_start_wh": event.meter_start_wh,
        "register_wh": event.meter_start_wh,
        "register_at": event.started_at if event.meter_start_wh is not None else None,
        "continues": event.continues,
    }


def take(state: Session, readings: tuple[facts.Reading, ...], now: datetime) -> tuple[series.Series, tuple[str, ...]]:
    """What these readings make of the session's series, and what was odd of them; after the stop nothing counts."""
    before = series.Series(
        register_wh=state.register_wh,
        register_at=state.register_at,
        register_unit=state.register_unit,
        power_w=state.power_w,
        soc_percent=state.soc_percent,
        sampled_at=state.sampled_at,
    )
    return series.take(before, readings, now) if state.status in (PENDING, ACTIVE) else (before, ())


def sampled(state: Session, event: events.MeterSampled, at: datetime, after: series.Series) -> Session:
    """The state after a sample recorded `at`, whose readings make `after` of the session's series."""
    begin, energy = state.meter_start_wh, state.energy_wh
    if after.register_wh is not None and state.status in (PENDING, ACTIVE):
        begin = after.register_wh if begin is None else begin
        energy = max(Decimal(0), after.register_wh - begin)
    return msgspec.structs.replace(
        state,
        version=state.version + 1,
        changed_at=at,
        flags=flagged(state.flags, _suspicion(event.suspect)),
        samples=state.samples + len(event.readings),
        meter_start_wh=begin,
        energy_wh=energy,
        register_wh=after.register_wh,
        register_at=after.register_at,
        register_unit=after.register_unit,
        power_w=after.power_w,
        soc_percent=after.soc_percent,
        sampled_at=after.sampled_at,
    )


def _status(state: Session, status: str, noted_at: datetime) -> dict[str, Any]:
    charged = state.charged or status == "Charging" or state.energy_wh > 0
    changes: dict[str, Any] = {"connector_status": status, "charged": charged}
    if status == "Finishing" or (status == "SuspendedEV" and charged):
        return changes | ({} if state.idle_since else {"idle_since": noted_at})
    return changes | _idle_ends(state, noted_at)


def _stopped(state: Session, event: events.SessionStopped, at: datetime) -> dict[str, Any]:
    return {
        "status": FINISHING,
        "ended_at": at,
        "completed_at": None,
        "stopped_at": event.stopped_at,
        "stop_reason": event.reason,
        "stop_token": event.token,
        "stop_digest": event.digest,
        "meter_stop_wh": event.meter_stop_wh,
        "energy_wh": event.energy_wh,
        "power_w": Decimal(0) if state.power_w is not None else None,
        "flags": flagged(state.flags, event.flags),
    }


def _idle_ends(state: Session, at: datetime) -> dict[str, Any]:
    if state.idle_since is None:
        return {}
    return {"idle_since": None, "idle_s": state.idle_s + clock.seconds(state.idle_since, at)}


def _suspicion(reasons: tuple[str, ...]) -> tuple[str, ...]:
    return ("suspect",) if reasons else ()
