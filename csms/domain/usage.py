"""What a session's events tell of its energy and of what its car did: the periods that a tariff prices. Pure.

Used by pricing.py. Everything is sorted by the charger's own times, so the order in which samples came, and how often,
makes no difference. Times count in whole seconds; the energy of all periods is the session's to the last digit.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import msgspec

from csms.domain import clock, events, facts, metering
from csms.domain.session import COMPLETED, Session
from csms.domain.tariff.periods import Kind, Period

LOW_POWER_W = Decimal(100)
"""What a car that has enough may still draw for itself."""
LOW_POWER_FOR = timedelta(minutes=5)
"""How long it must have drawn no more than that; then it has idled since the first of these moments."""

CHARGING: Kind = "charging"
PARKING: Kind = "parking"
WITHHELD: Kind = "withheld"
Told: TypeAlias = tuple[events.AnyEvent, datetime]
"""An event, and when the log took it."""

_GRAIN = Decimal("0.001")
"""Wh to which energy is told apart between two readings of the register."""
_COARSE_WH = 1000
_HOUR = 3600
_LOST, _ENDED = "Lost", "Ended"
_ASKS_NOTHING = frozenset({"SuspendedEV", "Finishing", "EVConnected", "Idle", _ENDED})
"""1.6's statuses of a connector and 2.x's charging states in which the car asks for no power; Ended is ours."""


class Span(NamedTuple):
    """When a stay began, when its transaction ended, and when the cable was out; until now for what goes on."""

    begin: datetime
    stop: datetime
    end: datetime


class Mark(NamedTuple):
    """What a meter said at a moment; current is the sum of the phases."""

    register_wh: Decimal | None
    power_w: Decimal | None
    current_a: Decimal | None


class Piece(NamedTuple):
    """A time between two moments at which nothing changed that anybody told of."""

    begin: datetime
    seconds: int
    kind: Kind
    energy_wh: Decimal
    average_w: Decimal | None
    """As the register says; None where it says nothing."""
    mark: Mark | None
    """What the meter last said of power and current."""


def periods(state: Session, told: Sequence[Told], until: datetime) -> tuple[Period, ...]:
    """The stay so far, in order and without gaps; `told` are its events, in any order. None before its start."""
    span = _span(state, until)
    if span is None:
        return ()
    if span.begin == span.end:
        return (Period(kind=CHARGING, start=span.begin, duration_s=Decimal(0), energy_wh=state.energy_wh),)
    marks = _marks(told, span)
    points = _points(state, marks, span)
    pieces = _pieces(span, marks, points, _words(state, told), measured=_last_measured(state, marks, span))
    return tuple(_joined(_without_low_power(pieces, marks)))


def idle(found: Sequence[Period]) -> tuple[datetime | None, int]:
    """Since when the car idles (None: it does not at the end), and for how many seconds it has in all."""
    since = found[-1].start if found and found[-1].kind == PARKING else None
    return since, sum(int(period.duration_s) for period in found if period.kind == PARKING)


def _span(state: Session, until: datetime) -> Span | None:
    """What began nobody knows when took no time, but its energy; without energy nothing is known of it."""
    started = state.started_at or (state.stopped_at if state.energy_wh else None)
    if started is None:
        return None
    end = state.completed_at if state.status == COMPLETED and state.completed_at is not None else until
    if state.stop_reason == _LOST and state.stopped_at is not None:
        end = state.stopped_at  # nobody knows when the cable was taken out
    begin = _whole(started)
    end = max(begin, _whole(end))
    stop = end if state.stopped_at is None else min(max(begin, _whole(state.stopped_at)), end)
    return Span(begin, stop, end)


# -- What the meter said -----------------------------------------------------------------------------------------------


def _marks(told: Sequence[Told], span: Span) -> dict[datetime, Mark]:
    """By moment, in order. Of several of one moment the highest values count, whichever came first."""
    own = _read(told, span, of_evse=False)
    registers = {mark.register_wh for mark in own.values()} - {None}
    if len(registers) < 2:  # the transaction's own events tell no energy (rule 46)
        for at, mark in _read(told, span, of_evse=True).items():
            own[at] = _higher(own[at], mark) if at in own else mark
    return dict(sorted(own.items()))


def _read(told: Sequence[Told], span: Span, *, of_evse: bool) -> dict[datetime, Mark]:
    found: dict[datetime, Mark] = {}
    for event, taken in told:
        if not isinstance(event, events.SessionStarted | events.MeterSampled | events.SessionStopped):
            continue
        if of_evse is not (isinstance(event, events.MeterSampled) and event.of_evse):
            continue
        for reading in event.readings:
            at = min(max(_whole(clock.moment(reading.at, taken)), span.begin), span.stop)
            measured = metering.measure(reading)
            mark = Mark(measured.register_wh, measured.power_w, _current(reading))
            found[at] = _higher(found[at], mark) if at in found else mark
    return found


def _higher(one: Mark, other: Mark) -> Mark:
    return Mark(*(max((v for v in pair if v is not None), default=None) for pair in zip(one, other, strict=True)))


def _current(reading: facts.Reading) -> Decimal | None:
    """The current in A, all phases together; None where none is told."""
    told = {
        value.phase: metering.number(value.value)
        for value in reading.values
        if value.measurand == "Current.Import" and value.phase != "N" and value.format == "Raw"
    }
    phases = [value for phase, value in told.items() if phase is not None and value is not None]
    return sum(phases, Decimal(0)) if phases else told.get(None)


def _points(state: Session, marks: dict[datetime, Mark], span: Span) -> dict[datetime, Decimal]:
    """How much energy the session had taken at some moments: rising from 0 to all that it took."""
    points, base, high = {span.begin: Decimal(0)}, state.meter_start_wh, Decimal(0)
    for at, mark in marks.items():
        if base is not None and mark.register_wh is not None and at > span.begin:
            high = max(high, min(mark.register_wh - base, state.energy_wh))
            points[at] = high
    points[span.stop if span.stop > span.begin else span.end] = state.energy_wh
    return points


def _last_measured(state: Session, marks: dict[datetime, Mark], span: Span) -> datetime:
    """Until when the register is known: a transaction that ended told its last one."""
    told = [at for at, mark in marks.items() if mark.register_wh is not None]
    if not told:
        return span.begin
    return span.stop if state.stopped_at is not None else told[-1]


# -- What the car did --------------------------------------------------------------------------------------------------


def _words(state: Session, told: Sequence[Told]) -> list[tuple[datetime, str]]:
    """What the connector, or in 2.x the transaction, said of the car, in order; numbers tell what is one moment."""
    found: list[tuple[datetime, int, int, str]] = []
    for place, (event, taken) in enumerate(told):
        match event:
            case events.ConnectorStatusNoted():
                found.append((event.noted_at, 0, place, event.status))
            case events.SessionStarted(charging_state=str(word)):
                found.append((event.started_at or taken, event.seq_no or 0, 0, word))
            case events.MeterSampled(charging_state=str(word)):
                first = next((reading.at for reading in event.readings if reading.at is not None), None)
                found.append((clock.moment(event.said_at or first, taken), event.seq_no or 0, 0, word))
            case events.TransactionUpdated(charging_state=str(word)):
                found.append((event.said_at or taken, event.seq_no or 0, 0, word))
            case events.SessionStopped(digest=digest) if digest and state.ledger is not None:
                found.append((event.stopped_at, event.seq_no or 0, 0, _ENDED))
    return [(_whole(at), word) for at, _, _, word in sorted(found)]


def _charged_from(points: dict[datetime, Decimal], words: Sequence[tuple[datetime, str]]) -> datetime | None:
    """When it first charged: before that nothing idles."""
    said = next((at for at, word in words if word == "Charging"), None)
    moved = next((gap for gap in pairwise(sorted(points)) if points[gap[1]] > points[gap[0]]), None)
    if moved is not None:  # as long as nobody says anything else, it charges
        silent = not words or moved[0] < words[0][0]
        moment = moved[0] if silent else moved[1]
        return moment if said is None else min(moment, said)
    return said


def _kind(at: datetime, word: str | None, span: Span, charged_from: datetime | None) -> Kind:
    if word in _ASKS_NOTHING:
        return PARKING if charged_from is not None and at >= charged_from else WITHHELD
    return CHARGING if word in (None, "Charging") and at < span.stop else WITHHELD


# -- Both together -----------------------------------------------------------------------------------------------------


def _pieces(
    span: Span,
    marks: dict[datetime, Mark],
    points: dict[datetime, Decimal],
    words: Sequence[tuple[datetime, str]],
    *,
    measured: datetime,
) -> list[Piece]:
    charged_from = _charged_from(points, words)
    changes = {*points, *marks, *(at for at, _ in words), span.stop, span.end, charged_from or span.begin}
    moments = sorted(at for at in changes if span.begin <= at <= span.end)
    spoken = [at for at, _ in words]
    told = [at for at, mark in marks.items() if (mark.power_w, mark.current_a) != (None, None)]
    kinds: dict[datetime, Kind] = {}
    for at in moments:
        place = bisect_right(spoken, at)
        kinds[at] = _kind(at, words[place - 1][1] if place else None, span, charged_from)
    taken = _energies(points, moments, kinds)
    known = sorted(points)
    pieces: list[Piece] = []
    for at, following in pairwise(moments):
        place = bisect_right(told, at)
        average = _average(points, known, at) if following <= measured else None
        mark = marks[told[place - 1]] if place else None
        pieces.append(Piece(at, _seconds(at, following), kinds[at], taken[at], average, mark))
    return pieces


def _energies(
    points: dict[datetime, Decimal], moments: Sequence[datetime], kinds: dict[datetime, Kind]
) -> dict[datetime, Decimal]:
    """What was taken from each moment to the next: between two registers only while it charged, if it did there."""
    taken = dict.fromkeys(moments, Decimal(0))
    place = {at: number for number, at in enumerate(moments)}
    for first, last in pairwise(sorted(points)):
        within = list(pairwise(moments[place[first] : place[last] + 1]))
        weights = [_seconds(*each) if kinds[each[0]] == CHARGING else 0 for each in within]
        if not any(weights):
            weights = [_seconds(*each) for each in within]
        energy, whole, so_far, given = points[last] - points[first], sum(weights), 0, Decimal(0)
        for (at, _), weight in zip(within, weights, strict=True):
            so_far += weight
            share = energy if so_far == whole else (energy * so_far / whole).quantize(_GRAIN)
            taken[at], given = share - given, share
    return taken


def _average(points: dict[datetime, Decimal], known: Sequence[datetime], at: datetime) -> Decimal | None:
    """The power in W between the registers before and after this moment."""
    place = bisect_right(known, at)
    if place >= len(known):
        return None
    before, after = known[place - 1], known[place]
    return (points[after] - points[before]) * _HOUR / _seconds(before, after)


def _without_low_power(pieces: list[Piece], marks: dict[datetime, Mark]) -> list[Piece]:
    """Many cars that have enough stay in Charging and draw next to nothing: that is idling, too."""
    powered = any(mark.power_w is not None for mark in marks.values())
    registers = [mark.register_wh for mark in marks.values() if mark.register_wh is not None]
    fine = any(register % _COARSE_WH for register in registers)
    found: list[Piece] = []
    run: list[Piece] = []

    def close() -> None:
        long = sum(piece.seconds for piece in run) >= LOW_POWER_FOR.total_seconds()
        charged = any(piece.energy_wh or piece.kind == PARKING for piece in found)
        found.extend(piece._replace(kind=PARKING) if long and charged else piece for piece in run)
        run.clear()

    for piece in pieces:
        if not _low(piece, powered=powered, fine=fine):
            close()
            found.append(piece)
        else:
            run.append(piece)
    close()
    return found


def _low(piece: Piece, *, powered: bool, fine: bool) -> bool:
    """Whether next to nothing flows. A register in whole kWh says nothing of minutes; one that moves is believed."""
    if piece.kind != CHARGING:
        return False
    still = piece.average_w is not None and piece.average_w < LOW_POWER_W
    if powered:
        power = piece.mark.power_w if piece.mark is not None else None
        return power is not None and power < LOW_POWER_W and (still or piece.average_w is None)
    return fine and still


def _joined(pieces: Sequence[Piece]) -> Iterator[Period]:
    """The pieces as periods: neighbours of which the same is known are one, idling is always one."""
    last: Period | None = None
    for piece in pieces:
        new = _period(piece)
        if last is not None and _alike(last, new):
            seconds, energy = last.duration_s + new.duration_s, last.energy_wh + new.energy_wh
            last = msgspec.structs.replace(last, duration_s=seconds, energy_wh=energy)
            continue
        if last is not None:
            yield last
        last = new
    if last is not None:
        yield last


def _period(piece: Piece) -> Period:
    flows = piece.kind == CHARGING and piece.mark is not None
    return Period(
        kind=piece.kind,
        start=piece.begin,
        duration_s=Decimal(piece.seconds),
        energy_wh=piece.energy_wh,
        power_w=piece.mark.power_w if flows and piece.mark is not None else None,
        current_a=piece.mark.current_a if flows and piece.mark is not None else None,
    )


def _alike(one: Period, other: Period) -> bool:
    if one.kind != other.kind or one.kind != CHARGING:
        return one.kind == other.kind
    return not one.energy_wh and not other.energy_wh and _measured(one) == _measured(other)


def _measured(period: Period) -> tuple[Decimal | None, Decimal | None]:
    return period.power_w, period.current_a


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _seconds(begin: datetime, end: datetime) -> int:
    return int((end - begin).total_seconds())
