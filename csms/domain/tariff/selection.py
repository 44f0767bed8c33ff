"""Which prices apply at a moment of a session: of each dimension the first element that fits and has a price for it."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from csms.domain.tariff.model import DAYS, Dimension, Element, PriceComponent, Restrictions, Tariff
from csms.domain.tariff.periods import Kind

DIMENSIONS: dict[Kind, tuple[Dimension, ...]] = {
    "charging": ("ENERGY", "TIME", "FLAT"),
    "parking": ("ENERGY", "PARKING_TIME", "FLAT"),
    "withheld": ("ENERGY", "FLAT"),
    "reservation": ("TIME", "FLAT"),
    "expired_reservation": ("TIME", "FLAT"),
}
"""What can be priced in each kind of period."""


class Moment(NamedTuple):
    """What restrictions ask about: the time on the wall, and how far the session (or the reservation) is."""

    local: datetime
    seconds: Decimal
    energy_wh: Decimal
    power_w: Decimal | None
    current_a: Decimal | None


class Choice(NamedTuple):
    """A price that applies; `element` is its number in the tariff, from 1."""

    element: int
    component: PriceComponent


Prices: TypeAlias = dict[Dimension, Choice]
"""The price of every dimension that has one; the others are free."""


def choose(tariff: Tariff, kind: Kind, moment: Moment) -> Prices:
    """What applies at a moment of a period of this kind."""
    chosen: Prices = {}
    for number, element in _candidates(tariff, kind):
        if element.restrictions is None or fits(element.restrictions, moment):
            for component in element.price_components:
                if component.type in DIMENSIONS[kind]:
                    chosen.setdefault(component.type, Choice(number, component))
    return chosen


def _candidates(tariff: Tariff, kind: Kind) -> Iterator[tuple[int, Element]]:
    """The elements that are about this kind of time. An expired reservation's own come before those of any."""
    numbered = list(enumerate(tariff.elements, 1))
    if kind == "expired_reservation":
        yield from (each for each in numbered if each[1].reservation == "RESERVATION_EXPIRES")
    wanted = "RESERVATION" if kind in ("reservation", "expired_reservation") else None
    yield from (each for each in numbered if each[1].reservation == wanted)


def fits(asked: Restrictions, moment: Moment) -> bool:
    """Whether all restrictions hold at this moment."""
    return (
        _at_time(asked, moment.local.time())
        and (asked.start_date is None or asked.start_date <= moment.local.date())
        and (asked.end_date is None or moment.local.date() < asked.end_date)
        and (not asked.day_of_week or DAYS[moment.local.weekday()] in asked.day_of_week)
        and _within(_wh(asked.min_kwh), moment.energy_wh, _wh(asked.max_kwh))
        and _within(asked.min_current, moment.current_a, asked.max_current)
        and _within(_wh(asked.min_power), moment.power_w, _wh(asked.max_power))
        and _within(asked.min_duration, moment.seconds, asked.max_duration)
    )


def _at_time(asked: Restrictions, now: time) -> bool:
    start, end = asked.start_time, asked.end_time
    if start is None and end is None:
        return True
    begin = time.fromisoformat(start or "00:00")
    if end in (None, "00:00"):
        return begin <= now
    until = time.fromisoformat(end or "00:00")
    return begin <= now < until if begin < until else begin <= now or now < until


def _within(least: Decimal | int | None, value: Decimal | None, most: Decimal | int | None) -> bool:
    """What nobody measured fits no limit."""
    if least is None and most is None:
        return True
    return value is not None and (least is None or least <= value) and (most is None or value < most)


def _wh(kwh: Decimal | None) -> Decimal | None:
    """Thousandths: kWh as Wh, kW as W."""
    return None if kwh is None else kwh * 1000
