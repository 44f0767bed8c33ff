"""OCPP 2.1 tariffs that a charger calculates with: set as defaults, changed for a transaction, listed, cleared.

Inventory: tariffs, "tariff id" -> {tariffId, tariffKind: DefaultTariff | DriverTariff, evseIds (0 = all), validFrom,
tariff}, the last one only where we set it; transaction-tariffs, "transaction id" -> {tariffId, tariff}, until the
transaction ends. The tokens of drivers' tariffs are not kept.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import inventory
from csms.protocol import versions
from csms.protocol.v2x import cost

TARIFFS = "tariffs"

_GONE = ("Accepted", "NoTariff")
_ASSIGNMENT: inventory.Body = {"tariffKind": None, "evseIds": None, "validFrom": None}
_ALL_EVSES = 0


def _set(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """A default replaces the one of the same EVSE that holds from the same time; one for later stands beside it."""
    if answer["status"] != "Accepted":
        return ()
    tariff = request["tariff"]
    place = {"tariffKind": "DefaultTariff", "evseIds": [request["evseId"]]}
    held = {**place, **inventory.pick(tariff, "tariffId", "validFrom"), "tariff": tariff}
    replaced = {**place, "validFrom": tariff.get("validFrom")}
    return (inventory.Change(kind=TARIFFS, where=replaced, put={tariff["tariffId"]: held}),)


def _changed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    tariff = request["tariff"]
    held = {"tariffId": tariff["tariffId"], "tariff": tariff}
    return (inventory.Change(kind=cost.TARIFFS, put={request["transactionId"]: held}),)


def _listed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """What is said of all EVSEs is complete."""
    if answer["status"] == "Rejected":
        return ()
    held: dict[str, inventory.Body] = {}
    for assigned in answer.get("tariffAssignments", ()):
        known = held.setdefault(assigned["tariffId"], {"tariffId": assigned["tariffId"], **_ASSIGNMENT})
        known |= inventory.pick(assigned, "tariffKind", "validFrom")
        if evses := [*(known["evseIds"] or ()), *assigned.get("evseIds", ())]:
            known["evseIds"] = sorted(set(evses))
    complete = request["evseId"] == _ALL_EVSES
    none_here = {"evseIds": [request["evseId"]]} if answer["status"] == "NoTariff" and not complete else None
    return (inventory.Change(kind=TARIFFS, only=tuple(held) if complete else None, where=none_here, merge=held),)


def _cleared(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """An answer names the tariffs that it is about; one without a name is about all that were meant."""
    gone = [each.get("tariffId") for each in answer["clearTariffsResult"] if each["status"] in _GONE]
    changes = [inventory.Change(kind=TARIFFS, drop=tuple(name for name in gone if name is not None))]
    if None in gone and "tariffIds" not in request:
        evse_id = request.get("evseId", _ALL_EVSES)
        changes.append(inventory.Change(kind=TARIFFS, where={} if evse_id == _ALL_EVSES else {"evseIds": [evse_id]}))
    return tuple(changes)


CALLS: Mapping[str, versions.Learn] = {
    "ChangeTransactionTariff": _changed,
    "ClearTariffs": _cleared,
    "GetTariffs": _listed,
    "SetDefaultTariff": _set,
}
