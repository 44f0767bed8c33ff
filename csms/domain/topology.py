"""Where a charger's connectors are: our numbers, unique in a charger, and OCPP 2.x's EVSE and connector ids.

Used by the charger actor for reports and by csms.protocol for orders. In OCPP 1.6 a connector is its own EVSE and our
number is the charger's; in 2.x connectors are counted within their EVSE. Pure; what was never registered has a number
too, since a charger may report it.
"""

from collections.abc import Iterable, Sequence

import msgspec

Place = tuple[int, int]
"""An EVSE's id and, within it, a connector's id from 1 up; 0 in its stead means none in particular."""

STEP = 1000
"""Connector c of EVSE e has the number c x STEP + e where nobody registered it and e alone is taken or c is not 1."""


class Topology(msgspec.Struct, frozen=True):
    """`places`: our number -> where it is, in the order registered."""

    places: dict[int, Place] = {}

    @property
    def numbers(self) -> frozenset[int]:
        """All registered connectors."""
        return frozenset(self.places)

    def connector(self, evse_id: int, connector_id: int | None = None) -> int | None:
        """Our number of a connector; 0 = the whole charger (EVSE 0).

        Without a connector id it is the EVSE's only one; None where it has several, so that nobody can tell.
        """
        if evse_id == 0:
            return 0
        if connector_id:
            return self._number(evse_id, connector_id)
        here = self.connectors(evse_id)
        return here[0] if len(here) == 1 else None

    def connectors(self, evse_id: int) -> tuple[int, ...]:
        """Our numbers of all connectors of an EVSE, at least one; EVSE 0 is the whole charger."""
        if evse_id == 0:
            return (0,)
        here = tuple(number for number, place in self.places.items() if place[0] == evse_id)
        return here or (self._number(evse_id, 1),)

    def evse(self, connector: int) -> Place:
        """The EVSE and, within it, the connector that our number means; 0 is (0, 0), the whole charger."""
        if connector in self.places:
            return self.places[connector]
        if connector < STEP:
            return connector, 1 if connector else 0
        return connector % STEP, connector // STEP

    def place(self, evse_id: int | None, connector_id: int | None) -> Place | None:
        """What an order that names these means; None = nothing in particular.

        A connector alone is our number. Beside an EVSE it counts within it, as in OCPP; our number is understood too.
        """
        if connector_id is None:
            return None if evse_id is None else (evse_id, 0)
        if evse_id is None or self._ours(evse_id, connector_id):
            return self.evse(connector_id)
        return evse_id, connector_id

    def _ours(self, evse_id: int, connector_id: int) -> bool:
        known = self.places.values()
        return (evse_id, connector_id) not in known and self.evse(connector_id)[0] == evse_id

    def _number(self, evse_id: int, connector_id: int) -> int:
        found = next((n for n, place in self.places.items() if place == (evse_id, connector_id)), None)
        if found is not None:
            return found
        free = connector_id == 1 and evse_id < STEP and evse_id not in self.places
        return evse_id if free else connector_id * STEP + evse_id


def of(evses: Iterable[tuple[int, Sequence[int]]]) -> Topology:
    """The topology of the registered EVSEs: their ids, each with the ids of its connectors.

    Connectors that are numbered through keep their numbers, and count from 1 within their EVSE; those that are numbered
    anew in each EVSE, as OCPP 2.x does it, get the numbers 1, 2, 3, ... in the order registered.
    """
    pairs = [(evse_id, index, own) for evse_id, ids in evses for index, own in enumerate(ids, start=1)]
    if len({own for _, _, own in pairs}) == len(pairs):
        return Topology({own: (evse_id, index) for evse_id, index, own in pairs})
    return Topology({number: (evse_id, own) for number, (evse_id, _, own) in enumerate(pairs, start=1)})
