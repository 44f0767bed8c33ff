"""What a session costs: a pure function of its own events, the tariff and the time zone that they hold, and the time.

Used by the session actor when a stay is over, and by whoever wants to know what a running one costs so far. Nothing is
added up while samples come in; what was worked out once is recorded as SessionPriced and never worked out again.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from csms.domain import clock, events, price_events, usage
from csms.domain.session import COMPLETED, Session, SoFar
from csms.domain.tariff import bill, model, periods, pricing


class Stay(NamedTuple):
    """A session and its events."""

    state: Session
    told: Sequence[usage.Told]


class Cost(NamedTuple):
    """A bill, and the use of the charger that it is for."""

    bill: bill.Bill
    periods: tuple[periods.Period, ...]
    terms: events.TariffApplied


def cost(stays: Sequence[Stay], until: datetime) -> Cost | None:
    """What a session costs until then, with those before it that it continues, the oldest first; None: it is free.

    The tariff is that of the first one. Raises ValueError for a currency that is none.
    """
    terms = _terms(stays)
    if terms is None:
        return None
    used = [period for stay in stays[:-1] for period in _used(stay._replace(state=_cut_short(stay.state)), until)]
    used += _used(stays[-1], until)
    return Cost(pricing.price(terms.tariff, used, ZoneInfo(terms.time_zone)), tuple(used), terms)


def _used(stay: Stay, until: datetime) -> list[periods.Period]:
    """The reservation, if there was one, and the stay."""
    for event, _ in stay.told:
        match event:
            case price_events.ReservationLapsed():
                kind: periods.Kind = "expired_reservation" if event.expired else "reservation"
                return _reserved(kind, event.reserved_at, event.ended_at)
            case price_events.ReservationUsed():
                before = _reserved("reservation", event.reserved_at, stay.state.started_at)
                return [*before, *usage.periods(stay.state, stay.told, until)]
    return [*usage.periods(stay.state, stay.told, until)]


def _reserved(kind: periods.Kind, since: datetime, until: datetime | None) -> list[periods.Period]:
    seconds = 0 if until is None else clock.seconds(since, until)
    return [periods.Period(kind=kind, start=since, duration_s=Decimal(seconds))] if seconds else []


def so_far(found: Cost) -> SoFar:
    """What the view of a session shows of it."""
    since, seconds = usage.idle(found.periods)
    return SoFar(found.bill.total_incl, since, seconds)


def priced(stays: Sequence[Stay], now: datetime) -> list[events.SessionPriced]:
    """The bill of a stay that is over, if it is not the one that is recorded last."""
    state, told = stays[-1]
    found = cost(stays, now) if state.status == COMPLETED and state.price is not None else None
    if found is None:
        return []
    last = next((event for event, _ in reversed(told) if isinstance(event, events.SessionPriced)), None)
    new = events.SessionPriced(
        currency=found.bill.currency,
        total_excl=found.bill.total_excl,
        total_incl=found.bill.total_incl,
        lines=found.bill.lines,
        taxes=found.bill.taxes,
        arithmetic=found.bill.arithmetic,
        revision=1 if last is None else last.revision + 1,
        covers=tuple(stay.state.id for stay in stays),
        idle_s=usage.idle(found.periods)[1],
    )
    return [] if last is not None and _says(new, last) else [new]


def idle_priced(tariff: model.Tariff) -> bool:
    """Whether a car that has enough pays for its place."""
    parts = (part for element in tariff.elements for part in element.price_components)
    return any(part.type == "PARKING_TIME" and part.price > 0 for part in parts)


def _terms(stays: Sequence[Stay]) -> events.TariffApplied | None:
    for stay in stays:
        applied = [event for event, _ in stay.told if isinstance(event, events.TariffApplied)]
        if applied:
            return applied[-1]
    return None


def _cut_short(state: Session) -> Session:
    """A session that another one continues: what lay between the two is not its driver's."""
    return msgspec.structs.replace(state, status=COMPLETED, completed_at=state.stopped_at or state.completed_at)


def _says(new: events.SessionPriced, last: events.SessionPriced) -> bool:
    return msgspec.structs.replace(new, revision=last.revision) == last
