"""Reservations of a charger: which are active, and how each ends. Pure; used by the charger's state and its actor.

They are things of the inventory (kind "reservations", key the reservation's id) whose bodies have a `state`:
active | used | expired | cancelled | removed. What an answered order or a report says comes from the protocol's tables;
what time, statuses and transactions say is decided here (rule 39).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from csms.domain import inventory

KIND = "reservations"
ACTIVE, EXPIRED, CANCELLED = "active", "expired", "cancelled"
_BROKEN = frozenset({"Faulted", "Unavailable"})


class Held(msgspec.Struct, frozen=True, gc=False):
    """An active reservation: until when, and of which EVSE (0: any); in 1.6 a connector is an EVSE."""

    expires_at: datetime
    evse_id: int = 0
    reserved_at: datetime | None = None
    """Since when it is priced; None for one of before that was recorded."""


def made(body: inventory.Body, *, reservation_id: int, evse_id: int, expires_at: datetime) -> inventory.Change:
    """The charger accepted a reservation; `body` is what it was sent, with tokens as text."""
    own = {"state": ACTIVE, "expires_at": expires_at.isoformat(), "evse_id": evse_id}
    return inventory.Change(kind=KIND, put={str(reservation_id): body | own})


def ended(reservation_id: int | str, state: str, **more: object) -> inventory.Change:
    """A reservation came to its end."""
    return inventory.Change(kind=KIND, merge={str(reservation_id): {"state": state, **more}})


def folded(known: dict[str, Held], changes: Iterable[inventory.Change]) -> dict[str, Held]:
    """The active reservations after some changes of the inventory."""
    for change in changes:
        if change.kind == KIND:
            known = _applied(known, change)
    return known


def _applied(known: dict[str, Held], change: inventory.Change) -> dict[str, Held]:
    """`made` puts and `ended` merges; nothing else changes reservations."""
    over = {key for key, body in change.merge.items() if body.get("state") != ACTIVE}
    begun = {key: _held(body) for key, body in change.put.items()}
    return {key: held for key, held in known.items() if key not in over} | begun


def _held(body: inventory.Body) -> Held:
    since = body.get("reserved_at")
    reserved_at = None if since is None else datetime.fromisoformat(since)
    return Held(datetime.fromisoformat(body["expires_at"]), body["evse_id"], reserved_at)


def dated(changes: Iterable[inventory.Change], now: datetime) -> tuple[inventory.Change, ...]:
    """The changes with the time at which each reservation in them is made; protocol tables know no time."""
    since = {"reserved_at": now.isoformat()}
    return tuple(
        msgspec.structs.replace(each, put={key: since | body for key, body in each.put.items()})
        if each.kind == KIND and each.put
        else each
        for each in changes
    )


def unused(changes: Iterable[inventory.Change]) -> dict[str, str]:
    """The reservations that nobody used and that end here, by id: expired or cancelled.

    Those that the charger could not keep are none of them: nobody pays for these.
    """
    ends = {key: body.get("state") for change in changes if change.kind == KIND for key, body in change.merge.items()}
    return {key: state for key, state in ends.items() if state in (EXPIRED, CANCELLED)}


def token(body: inventory.Body) -> str | None:
    """Whose it is: the surrogate of the token, whatever its field is called."""
    found = body.get("idTag", body.get("idToken"))
    return found if isinstance(found, str) else None


def used(known: Mapping[str, Held], reservation_id: int | None) -> tuple[inventory.Change, ...]:
    """A transaction named the reservation that it uses."""
    key = str(reservation_id)
    return (ended(key, "used"),) if key in known else ()


def interrupted(known: Mapping[str, Held], evse_id: int | None, status: str) -> tuple[inventory.Change, ...]:
    """An EVSE (0: the charger) reported a status: one that is out of order keeps no place."""
    if status not in _BROKEN:
        return ()
    reason = {"reason": status}
    return tuple(ended(key, "removed", **reason) for key, held in known.items() if evse_id in (0, held.evse_id))


def expired(known: Mapping[str, Held], now: datetime) -> tuple[inventory.Change, ...]:
    """The time of these is over."""
    return tuple(ended(key, EXPIRED) for key, held in known.items() if held.expires_at <= now)


def shown(body: inventory.Body, now: datetime) -> inventory.Body:
    """A reservation as it is now: nobody looks after the time of those of a charger that is away."""
    over = body.get("state") == ACTIVE and datetime.fromisoformat(body["expires_at"]) <= now
    return body | {"state": "expired"} if over else body


def next_end(known: Mapping[str, Held]) -> datetime | None:
    """When `expired` has something to say; None while nothing is reserved."""
    return min((held.expires_at for held in known.values()), default=None)
