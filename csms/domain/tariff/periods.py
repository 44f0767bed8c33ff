"""What is priced: a session (and the reservation before it) as periods of time, each with the energy it took."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal["charging", "parking", "withheld", "reservation", "expired_reservation"]
RESERVED: frozenset[Kind] = frozenset({"reservation", "expired_reservation"})
"""The kinds that lie before the session."""

LONGEST_S = 366 * 86400


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which one thing went on; energy is spread evenly over it.

    "charging" is TIME, "parking" (the vehicle asks for no power, after it had charged) PARKING_TIME, "withheld" (the
    charger gives none) neither. `start` is aware; power and current (A, all phases together) are None where unknown.
    """

    kind: Kind
    start: datetime
    duration_s: Decimal
    energy_wh: Decimal = Decimal(0)
    power_w: Decimal | None = None
    current_a: Decimal | None = None

    @property
    def power(self) -> Decimal | None:
        """In W; where nobody measured it, what its energy says. None for energy that took no time."""
        if self.power_w is not None or not self.duration_s:
            return self.power_w
        return self.energy_wh * 3600 / self.duration_s

    @property
    def current(self) -> Decimal | None:
        """In A; 0 where nothing flowed, None where nobody measured what flowed."""
        return Decimal(0) if self.current_a is None and not self.energy_wh else self.current_a


def in_a_row(start: datetime, periods: Iterable[Period]) -> tuple[Period, ...]:
    """These periods one after the other from `start` on, whatever start they had."""
    laid: list[Period] = []
    for period in periods:
        laid.append(msgspec.structs.replace(period, start=start))
        start += span(period.duration_s)
    return tuple(laid)


def span(seconds: Decimal) -> timedelta:
    """So many seconds, in whole microseconds."""
    return timedelta(microseconds=int(seconds * 1_000_000))
