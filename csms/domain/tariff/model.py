"""What a tariff says: the model of OCPI, with an idle grace period of our own and prices that may include tax.

Prices are decimals in the tariff's currency: per kWh of ENERGY, per hour of TIME (charging) and PARKING_TIME (the
vehicle asks for no power any more), once for FLAT. Only the shape is checked here; validation.py says what else makes
a tariff unacceptable.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import msgspec

Dimension: TypeAlias = Literal["ENERGY", "TIME", "PARKING_TIME", "FLAT"]
Day: TypeAlias = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
Reservation: TypeAlias = Literal["RESERVATION", "RESERVATION_EXPIRES"]

TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"
TimeOfDay = Annotated[str, msgspec.Meta(pattern=TIME_OF_DAY)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=10**9)]

DAYS: tuple[Day, ...] = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
"""In the order of date.weekday()."""


class PriceComponent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The price of one dimension; `vat` in percent, None where no tax is known. `step_size` is in Wh or seconds."""

    type: Dimension
    price: Decimal
    vat: Decimal | None = None
    step_size: Annotated[int, msgspec.Meta(ge=1, le=10**9)] = 1


class Restrictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When an element applies; all that is given must hold.

    Times and dates are local to the station: from `start_time` until before `end_time` (an end that is not later wraps
    past midnight, 00:00 is the end of the day), from `start_date` until before `end_date`. Energy (kWh) and duration
    (seconds) are those of the session so far, current (A, all phases together) and power (kW) those of the moment:
    from the minimum until below the maximum. With `reservation` it is about the time before the session.
    """

    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: Seconds | None = None
    max_duration: Seconds | None = None
    day_of_week: tuple[Day, ...] | None = None
    reservation: Reservation | None = None


class Element(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Prices that apply together, always or under restrictions; of each dimension the first that fits counts."""

    price_components: Annotated[tuple[PriceComponent, ...], msgspec.Meta(min_length=1, max_length=20)]
    restrictions: Restrictions | None = None

    @property
    def reservation(self) -> Reservation | None:
        """What kind of reservation it is about, if any."""
        return None if self.restrictions is None else self.restrictions.reservation


class PriceLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The least or most that a session costs, without and with tax; one that is missing follows the other."""

    excl_vat: Decimal | None = None
    incl_vat: Decimal | None = None


class Tariff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A tariff, as sessions keep a copy of it.

    With `tax_included` prices include tax. The first `idle_grace_s` seconds of each idle period are unpriced. A session
    that begins from `valid_from` until before `valid_to` keeps it to its end. `preauthorize`: what a payment holds.
    """

    id: str = ""
    name: str = ""
    type: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    currency: str
    tax_included: bool = False
    elements: Annotated[tuple[Element, ...], msgspec.Meta(min_length=1, max_length=100)]
    idle_grace_s: Seconds = 0
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    preauthorize: Decimal | None = None
    valid_from: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    valid_to: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    def valid(self, at: datetime) -> bool:
        """Whether a session may begin with it at this time."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)
