"""What OCPP 2.x says of a connector, in the words of our model (rules 24, 25). Pure; used by the charger actor.

2.x knows only Occupied; whether the car charges is told by the transaction's chargingState. Together they are the
Preparing, Charging, SuspendedEV, SuspendedEVSE and Finishing that 1.6 says itself.
"""

from csms.domain import facts
from csms.domain.topology import Topology

OCCUPIED = frozenset({"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"})
"""Our words for 2.x's Occupied."""

_ENERGY = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})
"""Charging states whose words are ours."""

_OF_SEVERAL = frozenset({"Available", "Unavailable", "Faulted"})
"""What an EVSE with several connectors, or the whole charger, may say for all of them: a car makes it Occupied at one
connector only."""


def reports(said: facts.Availability, known: Topology) -> list[tuple[int, int]]:
    """Which connectors are meant: our number and the EVSE of each."""
    if said.evse_id and said.connector_id:
        number = known.connector(said.evse_id, said.connector_id)
        return [] if number is None else [(number, said.evse_id)]
    numbers = known.connectors(said.evse_id)
    if (len(numbers) > 1 or not said.evse_id) and said.status not in _OF_SEVERAL:
        return []
    return [(number, said.evse_id) for number in numbers]


def status(word: str, before: str | None, stay: str | None) -> str:
    """Our status for 2.x's word; `before` is ours so far, `stay` what the stay on the connector says of it, if any."""
    if word != "Occupied":
        return word
    return before if before is not None and before in OCCUPIED else stay or "Preparing"


def during(charging_state: str | None, before: str | None, *, begins: bool = False) -> str | None:
    """Our status while a transaction says this of itself, or `begins` with it; None = it changes nothing."""
    if before in ("Faulted", "Unavailable"):
        return None
    if charging_state in _ENERGY:
        return charging_state
    charged = not begins and (before in _ENERGY or before == "Finishing")
    if charging_state == "EVConnected":
        return "Finishing" if charged else "Preparing"
    return "Finishing" if charging_state == "Idle" and charged else None


def after(before: str | None) -> str | None:
    """Our status when a transaction has ended; None = it changes nothing, as where the connector is free already."""
    return "Finishing" if before in OCCUPIED else None
