"""A transaction of OCPP 2.x within a session: what its events make of it, in whatever order they come, however often.

session.evolve asks for the sessions that have a ledger; what to record is decided in transaction_decisions.py. The
ledger keeps what came in forms that do not depend on its order (registers.py, sequence.py), and the session's own
fields are made of it anew after every event. Never computes money and never reads a clock.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from csms.domain import clock, events, facts, registers
from csms.domain.registers import Meter
from csms.domain.sequence import ENDED, Sequence, Stand
from csms.domain.sequence import take as in_order

if TYPE_CHECKING:
    from csms.domain.session import Session

DISCONNECTED = "EVDisconnected"
_LAST = 2**31
"""The place of an event that has no number."""
_SPELT = {word: word for word in ("Accepted", "ISO14443")}
"""The defaults of a session as one object: written alike whether their event is new or was read from the log."""
_ENDING = frozenset({"finishing", "completed"})
_OURS = frozenset({"suspect", "orphan", "gaps"})
"""Flags that follow from the ledger, and so may go again."""


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What the connector itself said last, beside Occupied, and when."""

    status: str
    at: datetime


class Ledger(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """All that the events of a transaction told so far."""

    meter: Meter = Meter()
    sequence: Sequence = Sequence()
    stand: Stand = Stand()
    began: bool = False
    """Its Started has come."""
    first_at: datetime | None = None
    token_place: tuple[bool, int] | None = None
    """Of the event that named the session's token: whether that was to end it, and the seqNo."""
    stop_seq: int | None = None
    """The seqNo of the first event that named a token to end it."""
    end: tuple[int, datetime] | None = None
    """The seqNo and time of the Ended that counts: the first of them."""
    told: Told | None = None
    in_queue: bool | None = None
    """Whether the charger said that it still keeps events of this transaction; None = it was not asked."""
    doubted: bool = False
    """Something in an event was odd by itself."""

    @property
    def held(self) -> bool:
        """Whether more is to come for certain (rule 44)."""
        return bool(self.in_queue and self.sequence.ahead)


def started(state: Session | None, event: events.SessionStarted, at: datetime) -> dict[str, Any]:
    """The fields after the Started, or after the first event of a transaction whose Started has not come."""
    ledger = _ledger(state)
    moment = event.started_at or at
    changes: dict[str, Any] = {
        "charger_id": event.charger_id,
        "station_id": event.station_id,
        "transaction_id": event.transaction_id,
    }
    if state is None or state.status in ("pending", "failed"):
        changes |= {"status": "active", "failure": None, "completed_at": None}
    if not event.assumed:
        sequence, stand = in_order(
            ledger.sequence, ledger.stand, event.seq_no, event.charging_state, moment, first=not ledger.began
        )
        ledger = msgspec.structs.replace(ledger, sequence=sequence, stand=stand, began=True)
        ledger = _measured(ledger, event.readings, at)
        changes |= {"start_key": event.start_key, "digest": event.digest}
        first_at = moment
    else:
        first_at = moment if ledger.first_at is None else min(ledger.first_at, moment)
    if state is None:
        changes |= {"authorization": "", "token_type": ""}
    ledger, who = _authorized(ledger, event)
    ledger = msgspec.structs.replace(ledger, first_at=first_at)
    return changes | who | _placed(state, event) | shown(state, ledger, event.flags)


def sampled(state: Session, event: events.MeterSampled, at: datetime) -> dict[str, Any]:
    """The fields after an Updated that says nothing but meter values and a charging state."""
    ledger = _measured(_ledger(state), event.readings, at, of_evse=event.of_evse)
    moment = clock.moment(_at(event), at)
    if not event.of_evse:
        ledger = _counted(ledger, event.seq_no, event.charging_state, moment)
    flags = ("offline",) if event.offline else ()
    flags = (*flags, "suspect") if not registers.ODD.issuperset(event.suspect) else flags
    return {"samples": state.samples + len(event.readings)} | shown(state, ledger, flags)


def updated(state: Session, event: events.TransactionUpdated, at: datetime) -> dict[str, Any]:
    """The fields after what else an Updated says."""
    ledger = _counted(_ledger(state), event.seq_no, event.charging_state, event.said_at or at)
    ledger, who = _authorized(ledger, event)
    return who | _placed(state, event) | shown(state, ledger, event.flags)


def stopped(state: Session, event: events.SessionStopped, at: datetime) -> dict[str, Any]:
    """The fields after an Ended; without a digest nobody said it, and it was given up instead."""
    ledger = _measured(_ledger(state), event.readings, at)
    changes: dict[str, Any] = {}
    if event.digest:
        state_told = None if event.reason == DISCONNECTED else event.charging_state or ENDED
        ledger = _counted(ledger, event.seq_no, state_told, event.stopped_at)
    if state.status in ("pending", "active") or (event.digest and ledger.end is None):
        changes = {"status": "finishing", "ended_at": at, "completed_at": None}
    if not event.digest and ledger.end is None:
        changes |= {"stopped_at": event.stopped_at, "stop_reason": event.reason, "meter_stop_wh": event.meter_stop_wh}
    key = (_LAST if event.seq_no is None else event.seq_no, event.stopped_at)
    if event.digest and (ledger.end is None or key < ledger.end):
        ledger = msgspec.structs.replace(ledger, end=key)
        changes |= {"stop_reason": event.reason, "stop_digest": event.digest}
    ledger, who = _authorized(ledger, event)
    return (
        changes
        | who
        | _placed(state, event)
        | shown(state, ledger, event.flags, over=changes.get("completed_at", state.completed_at))
    )


def noted(state: Session, event: events.ConnectorStatusNoted) -> dict[str, Any]:
    """The fields after what the connector itself said."""
    told = Told(event.status, event.noted_at)
    return shown(state, msgspec.structs.replace(_ledger(state), told=told))


def queue_told(state: Session, event: events.QueueTold) -> dict[str, Any]:
    """The fields after the charger said whether it keeps more events of this transaction."""
    return shown(state, msgspec.structs.replace(_ledger(state), in_queue=event.in_queue))


def completed(state: Session, completed_at: datetime) -> dict[str, Any]:
    """The fields that change when the stay is over, besides its status."""
    return shown(state, _ledger(state), over=completed_at)


def shown(
    state: Session | None, ledger: Ledger, flags: tuple[str, ...] = (), *, over: datetime | None = None
) -> dict[str, Any]:
    """The session's fields as the ledger has them; `over` is when the stay ended."""
    if state is not None and over is None and state.status == "completed":
        over = state.completed_at
    if "suspect" in flags and not ledger.doubted:
        ledger = msgspec.structs.replace(ledger, doubted=True)
    meter, total = ledger.meter, registers.total(ledger.meter)
    register, ended = total.register, ledger.end is not None or (state is not None and state.status in _ENDING)
    fields: dict[str, Any] = {
        "ledger": ledger,
        "started_at": ledger.first_at,
        "power_w": Decimal(0) if ended and meter.power_w is not None else meter.power_w,
        "soc_percent": meter.soc_percent,
        "flags": _flags(state, ledger, flags, total.odd),
        **_standing(ledger, over),
    }
    if register is not None:
        fields["meter_start_wh"] = register.begin_wh
        fields["register_wh"], fields["register_at"] = register.high_wh, register.last_at
        fields["energy_wh"] = register.high_wh - register.begin_wh
    if ledger.end is not None:
        fields["stopped_at"] = max(ledger.end[1], ledger.first_at or ledger.end[1])
        fields["meter_stop_wh"] = register.high_wh if register is not None else None
    return fields


def _flags(state: Session | None, ledger: Ledger, new: tuple[str, ...], odd: tuple[str, ...]) -> tuple[str, ...]:
    known = state.flags if state is not None else ()
    if not (known or new or odd or ledger.doubted or ledger.end or ledger.sequence.gaps):
        return ()
    ours = [
        flag
        for flag, raised in (
            ("suspect", ledger.doubted or bool(odd) or _misdated(ledger)),
            ("orphan", ledger.end is not None and not ledger.began),
            ("gaps", ledger.sequence.gaps),
        )
        if raised
    ]
    kept = [flag for flag in (*known, *new) if flag not in _OURS and not (flag == "superseded" and ledger.end)]
    return tuple(dict.fromkeys((*kept, *ours)))


def _misdated(ledger: Ledger) -> bool:
    return ledger.end is not None and ledger.first_at is not None and ledger.end[1] < ledger.first_at


def _standing(ledger: Ledger, over: datetime | None) -> dict[str, Any]:
    """Status and idle time: the transaction's, unless the connector itself said something later."""
    stand, told = ledger.stand, ledger.told
    status, since, idle_s = stand.status, stand.idle_since, stand.idle_s
    if told is not None and (stand.at is None or told.at >= stand.at):
        status, over = told.status, told.at if over is None else min(over, told.at)
    if since is not None and over is not None:
        idle_s += clock.seconds(since, over)
        since = None
    return {"connector_status": status, "charged": stand.charged, "idle_since": since, "idle_s": idle_s}


def _ledger(state: Session | None) -> Ledger:
    return Ledger() if state is None or state.ledger is None else state.ledger


def _measured(ledger: Ledger, readings: tuple[facts.Reading, ...], now: datetime, *, of_evse: bool = False) -> Ledger:
    meter = ledger.meter
    for reading in readings:
        meter = registers.take(meter, reading, clock.moment(reading.at, now), of_evse=of_evse)
    return ledger if meter is ledger.meter else msgspec.structs.replace(ledger, meter=meter)


def _counted(ledger: Ledger, seq_no: int | None, charging_state: str | None, at: datetime) -> Ledger:
    sequence, stand = in_order(ledger.sequence, ledger.stand, seq_no, charging_state, at)
    if ledger.began or (ledger.first_at is not None and ledger.first_at <= at):
        return msgspec.structs.replace(ledger, sequence=sequence, stand=stand)
    return msgspec.structs.replace(ledger, sequence=sequence, stand=stand, first_at=at)


def _authorized(
    ledger: Ledger, event: events.SessionStarted | events.TransactionUpdated | events.SessionStopped
) -> tuple[Ledger, dict[str, Any]]:
    """The token of the session is the one that its earliest event names (rule 44); likewise the one that ended it."""
    changes: dict[str, Any] = {}
    if not event.token_type:
        return ledger, changes
    seq_no = _LAST if event.seq_no is None else event.seq_no
    ends = isinstance(event, events.SessionStopped) or (isinstance(event, events.TransactionUpdated) and event.stops)
    if ends and (ledger.stop_seq is None or seq_no < ledger.stop_seq):
        ledger = msgspec.structs.replace(ledger, stop_seq=seq_no)
        changes["stop_token"] = event.token
    place = (ends, seq_no)  # who began it before who ended it
    if ledger.token_place is None or place < ledger.token_place:
        ledger = msgspec.structs.replace(ledger, token_place=place)
        kind = _SPELT.get(event.token_type, event.token_type)
        changes |= {"token": event.token, "token_type": kind, "driver_id": event.driver_id}
        if not isinstance(event, events.SessionStopped):
            changes["authorization"] = _SPELT.get(event.authorization, event.authorization)
    return ledger, changes


def _placed(
    state: Session | None, event: events.SessionStarted | events.TransactionUpdated | events.SessionStopped
) -> dict[str, Any]:
    """Where it is, once that is known: an EVSE, and perhaps later a connector of it."""
    connector_id, evse_id = event.connector_id, event.evse_id
    if state is not None:
        connector_id = state.connector_id if connector_id is None else connector_id
        evse_id = state.evse_id if evse_id is None else evse_id
    return {"connector_id": connector_id, "evse_id": evse_id}


def _at(event: events.MeterSampled) -> datetime | None:
    return event.said_at or next((reading.at for reading in event.readings if reading.at is not None), None)
