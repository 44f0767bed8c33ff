"""Reservations: connectors that a charger keeps for a token. No version of OCPP.

Owned by `charger`, which asks it before anybody may charge. One ends by use, by its time, by cancelling, and when its
connector breaks or goes out of service.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from csms.simulator import connector as connectors

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_BROKEN = frozenset({"Faulted", "Unavailable"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Connector 0 is any one; `expires_at` in Unix seconds of the simulated clock."""

    id: int
    connector_id: int
    token: str
    expires_at: float
    parent: str | None = None


def _nobody(_reservation: Reservation, _how: str) -> None:
    """Whom 1.6 tells how a reservation ended."""


class Reservations:
    """`ended` hears of those that end by themselves: Expired or Removed."""

    def __init__(self, charger: Charger) -> None:
        self.ended: Callable[[Reservation, str], None] = _nobody
        self._charger = charger
        self._held: dict[int, Reservation] = {}
        charger.watchers.append(self._watch)

    def __len__(self) -> int:
        return len(self._held)

    def reserve(self, reservation: Reservation) -> str:
        """Keep a connector; one of the same id is replaced. The word of the answer, the same in all versions."""
        before = self._held.pop(reservation.id, None)
        self._mark()
        word = self._answer(reservation)
        if word == "Accepted":
            self._held[reservation.id] = reservation
            self._charger.agenda.at(reservation.expires_at, lambda: self._expire(reservation))
        elif before is not None:
            self._held[before.id] = before
        self._mark()
        return word

    def cancel(self, reservation_id: int) -> bool:
        """Give it free; False for one that is not known."""
        known = self._held.pop(reservation_id, None)
        self._mark()
        return known is not None

    def allows(self, connector: connectors.Connector, token: str, parent: str | None) -> bool:
        """Whether a token may charge there: nobody else has reserved it."""
        return not connector.reserved or self._of(connector, token, parent) is not None

    def use(self, connector: connectors.Connector, token: str, parent: str | None) -> int | None:
        """The token charges there: the id of the reservation that it uses up, if it had one."""
        found = self._of(connector, token, parent)
        if found is None:
            return None
        self.cancel(found.id)
        return found.id

    def _of(self, connector: connectors.Connector, token: str, parent: str | None) -> Reservation | None:
        """Its own goes before one for any connector."""
        fits = [each for each in self._held.values() if each.connector_id in (0, connector.id)]
        mine = [each for each in fits if _is_for(each, token, parent)]
        return max(mine, key=lambda each: each.connector_id, default=None)

    def _answer(self, reservation: Reservation) -> str:
        if reservation.expires_at <= self._charger.now():
            return "Rejected"
        if reservation.connector_id == 0:
            wanted = list(self._charger.connectors.values())
        elif reservation.connector_id in self._charger.connectors:
            wanted = [self._charger.connectors[reservation.connector_id]]
        else:
            return "Rejected"
        statuses = {each.status for each in wanted}
        if "Available" in statuses:
            return "Accepted"
        return statuses.pop() if statuses <= _BROKEN and len(statuses) == 1 else "Occupied"

    def _expire(self, reservation: Reservation) -> None:
        if self._held.get(reservation.id) is reservation:
            self.cancel(reservation.id)
            self.ended(reservation, "Expired")

    def _watch(self) -> None:
        for each in list(self._held.values()):
            connector = self._charger.connectors.get(each.connector_id)
            if connector is not None and connector.status in _BROKEN:
                self.cancel(each.id)
                self.ended(each, "Removed")
        self._mark()

    def _mark(self) -> None:
        """A connector is reserved by name, or because those for any need all that are left."""
        if not self._held and not any(each.reserved for each in self._charger.connectors.values()):
            return
        named = {each.connector_id for each in self._held.values()}
        for connector in self._charger.connectors.values():
            connector.reserved = connector.id in named
        left = [each for each in self._charger.connectors.values() if each.id not in named and _is_left(each)]
        if len(left) <= sum(each.connector_id == 0 for each in self._held.values()):
            for connector in left:
                connector.reserved = True


def _is_left(connector: connectors.Connector) -> bool:
    healthy = connector.operative and connector.error_code == "NoError"
    return healthy and connector.session is None and connector.grant is None


def _is_for(reservation: Reservation, token: str, parent: str | None) -> bool:
    same = reservation.token.casefold() == token.casefold()
    return same or (parent is not None and parent == reservation.parent)
