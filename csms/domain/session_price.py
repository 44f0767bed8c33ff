"""What a session knows of its price, and how events change that. Pure; part of session.py, which asks it.

The tariff itself is in the session's stream, and what it costs so far nobody keeps: session_cost.py works it out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from csms.domain import events, price_events

if TYPE_CHECKING:
    from csms.domain.session import Session

UNPRICED = "unpriced"
"""The flag of a session whose tariff, or bill, could not be made out when it was due: its actor goes on trying."""
NO_SHOW, CANCELLED = "no_show", "cancelled_reservation"
"""The flags of a session that is a reservation which nobody used."""
REVIEW = "review"
"""The flag of one that was priced by what is known, which is not all: somebody should look at its bill."""


class Price(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a session is priced by.

    `amount` (tax included) and `idle_s` are those of its last bill, the `revision`-th; None before the first.
    """

    tariff_id: str
    version: int
    currency: str
    idle_priced: bool = False
    amount: Decimal | None = None
    idle_s: int = 0
    revision: int = 0


def owed(state: Session) -> bool:
    """Whether something of the price is to be made out that could not be when it was due."""
    return UNPRICED in state.flags


def free(state: Session) -> bool:
    """Whether nothing is to be paid for it, as far as is known for certain: no tariff applies."""
    return state.price is None and not owed(state)


def changed(state: Session, event: events.AnyPriceEvent) -> dict[str, Any]:
    """The fields of the session that an event changes."""
    match event:
        case events.TariffApplied():
            return {"price": _terms(event), "flags": _known(state)}
        case price_events.TariffAwaited():
            return {"price": None, "flags": (*_known(state), UNPRICED)}
        case price_events.PriceSettled():
            return {"flags": _known(state)}
        case events.SessionPriced():
            if state.price is None:
                raise ValueError(f"session {state.id}: it is priced without a tariff")
            told = {"amount": event.total_incl, "idle_s": event.idle_s, "revision": event.revision}
            return {"price": msgspec.structs.replace(state.price, **told), "flags": _known(state)}
        case events.CapSet():
            return {"cap": event.amount}
        case price_events.ReservationUsed():
            return {"reserved_at": event.reserved_at}
        case price_events.ReservationLapsed():
            raise ValueError(f"session {state.id}: a reservation that nobody used is no part of another session")


def lapsed(event: price_events.ReservationLapsed) -> dict[str, Any]:
    """The fields of the session that a reservation is which nobody used."""
    return {
        "charger_id": event.charger_id,
        "station_id": event.station_id,
        "connector_id": event.connector_id,
        "evse_id": event.evse_id,
        "token": event.token,
        "token_type": event.token_type,
        "driver_id": event.driver_id,
        "flags": (NO_SHOW if event.expired else CANCELLED,),
        "reserved_at": event.reserved_at,
        "started_at": event.reserved_at,
        "stopped_at": event.ended_at,
        "completed_at": event.ended_at,
    }


def _terms(event: events.TariffApplied) -> Price:
    return Price(
        tariff_id=event.tariff_id,
        version=event.version,
        currency=event.tariff.currency,
        idle_priced=event.idle_priced,
    )


def _known(state: Session) -> tuple[str, ...]:
    """The flags of a session whose price is known."""
    return tuple(flag for flag in state.flags if flag != UNPRICED) if owed(state) else state.flags
