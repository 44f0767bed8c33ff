"""What a token may do at most, whatever else allows it to charge: energy, money, places.

Judged at its start (rules 27-31) and while it charges; which sessions count is csms/storage/allowances.py's.
"""

from decimal import Decimal
from typing import Annotated, NamedTuple

import msgspec

from csms.domain import money

WattHours = Annotated[int, msgspec.Meta(ge=1, le=10**12)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Energies in Wh. A month is the calendar's in UTC, and has the sessions that began in it."""

    session_energy_wh: WattHours | None = None
    month_energy_wh: WattHours | None = None
    month_amount: money.Money | None = None
    sessions: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    """At the same time; counts instead of the setting concurrent_sessions."""
    station_ids: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=500)] | None = None

    @property
    def monthly(self) -> bool:
        """Whether it matters what was charged this month."""
        return self.month_energy_wh is not None or self.month_amount is not None


class Used(NamedTuple):
    """What a token's other sessions of this month came to; the amount in the currency of its limit, tax included."""

    energy_wh: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


class Objection(NamedTuple):
    """Why it may not: an OCPP authorization status and the reason in words."""

    status: str
    reason: str


def objection(limits: Limits, used: Used, station_id: str | None) -> Objection | None:
    """What speaks against a start there now."""
    if limits.station_ids is not None and station_id not in limits.station_ids:
        return Objection("NotAtThisLocation", "the token may charge at other stations only")
    if limits.month_energy_wh is not None and used.energy_wh >= limits.month_energy_wh:
        return Objection("NoCredit", f"the token has charged its {limits.month_energy_wh} Wh of this month")
    if limits.month_amount is not None and used.amount >= limits.month_amount.amount:
        most = money.text(*msgspec.structs.astuple(limits.month_amount))
        return Objection("NoCredit", f"the token has spent its {most} {limits.month_amount.currency} of this month")
    return None


def energy_left(limits: Limits, used: Used) -> Decimal | None:
    """How much a session may charge in all; None: as much as it likes."""
    own = None if limits.session_energy_wh is None else Decimal(limits.session_energy_wh)
    month = None if limits.month_energy_wh is None else limits.month_energy_wh - used.energy_wh
    return min((each for each in (own, month) if each is not None), default=None)


def wrong(limits: Limits) -> str | None:
    """What is wrong with the limits beyond their types."""
    if limits.month_amount is None:
        return None
    if limits.month_amount.amount <= 0:
        return "month_amount must be more than 0"
    try:
        money.exponent(limits.month_amount.currency)
    except ValueError as error:
        return str(error)
    return None
