"""Events of a session's stream that are about its price. Part of events.py, by whose name everybody uses them."""

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from csms.domain.event import Event
from csms.domain.tariff import bill, model


class TariffApplied(Event, frozen=True, kw_only=True):
    """The tariff that the session keeps to its end, as it was when it began; the last of them counts.

    `by` says what it was assigned to: driver_group | connector | charger | station | network. Idle time counts in the
    time zone of the station; `idle_priced`: it costs something.
    """

    tariff_id: str
    version: int
    tariff: model.Tariff
    time_zone: str
    idle_priced: bool
    by: str


class TariffAwaited(Event, frozen=True, kw_only=True):
    """Nobody could say which tariff applies, since the look-up failed: it is asked again, and no price known till then.

    What applies is still the tariff in force when the session began.
    """

    reason: str


class PriceSettled(Event, frozen=True, kw_only=True):
    """What was not known of the price is: no tariff applies, or the last bill stands."""


class SessionPriced(Event, frozen=True, kw_only=True):
    """What the session costs: the bill as it was worked out then, by rules of the version `arithmetic`.

    `covers`: the sessions that it is about, the oldest first; more than this one where it continues others. Revision 1
    comes when the stay is over, a higher one when a late record made the price another.
    """

    currency: str
    total_excl: Decimal
    total_incl: Decimal
    lines: tuple[bill.Line, ...]
    taxes: tuple[bill.Tax, ...]
    arithmetic: int
    revision: int
    covers: tuple[str, ...]
    idle_s: int = 0


class CapSet(Event, frozen=True, kw_only=True):
    """The session is to be stopped before it costs more than this, tax included; None: it may cost what it will."""

    amount: Decimal | None = None


class ReservationUsed(Event, frozen=True, kw_only=True):
    """The session began on a reservation, which was made at `reserved_at` and is priced with it."""

    reservation_id: int
    reserved_at: datetime


class ReservationLapsed(Event, frozen=True, kw_only=True):
    """A reservation that costs something ended without a transaction; it is a session of its own, so that it is billed.

    `expired`: its time was over; else it was cancelled before. `evse_id` 0: any.
    """

    charger_id: str
    reservation_id: int
    reserved_at: datetime
    ended_at: datetime
    expired: bool
    station_id: str | None = None
    connector_id: int | None = None
    evse_id: int | None = None
    token: str | None = None
    token_type: str = "ISO14443"
    driver_id: str | None = None


AnyPriceEvent: TypeAlias = (
    TariffApplied | TariffAwaited | PriceSettled | SessionPriced | CapSet | ReservationUsed | ReservationLapsed
)
