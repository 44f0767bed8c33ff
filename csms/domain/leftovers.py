"""What of the inventory belongs to a transaction and ends with it: the car's needs and plan, priority, its tariff.

Pure. Charging profiles are charging_profile.py's; what the transaction cost stays. Used by the charger's actor.
"""

from collections.abc import Iterable

from csms.domain import inventory

OF_TRANSACTION = ("allowed-energy-transfers", "priority-charging", "transaction-tariffs")
"""Kinds whose key is the transaction's id."""
OF_EVSE = ("ev-needs", "ev-schedules")
"""Kinds whose key is the EVSE: they are about the car that stands there."""


def keys(transaction_id: str, evse_id: int | None) -> list[tuple[str, str]]:
    """(kind, key) of what may be left of it; `evse_id` None: another transaction runs there, or nobody knows where."""
    own = [(kind, transaction_id) for kind in OF_TRANSACTION]
    return own if evse_id is None else [*own, *((kind, str(evse_id)) for kind in OF_EVSE)]


def gone(found: Iterable[tuple[str, str]]) -> tuple[inventory.Change, ...]:
    """These end."""
    return tuple(inventory.Change(kind=kind, drop=(key,)) for kind, key in found)
