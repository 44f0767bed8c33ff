"""OCPP 2.x cost: what a charger was told, and (2.1) itself calculated, that a transaction costs.

Inventory: transaction-costs, "transaction id" -> {totalCost: what we had it show last, costDetails: what it calculated
last}. transactions.py hands every TransactionEvent to `changes`.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import inventory
from csms.protocol import jsontext, versions

COSTS = "transaction-costs"
TARIFFS = "transaction-tariffs"


def _shown(request: dict[str, Any], _: dict[str, Any]) -> tuple[inventory.Change, ...]:
    known = {"totalCost": request["totalCost"]}
    return (inventory.Change(kind=COSTS, merge={request["transactionId"]: known}),)


def changes(event: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """What a TransactionEvent's payload, valid or not, says of costs; the end of a transaction ends its own tariff."""
    details, about = event.get("costDetails"), event.get("transactionInfo")
    transaction_id = about.get("transactionId") if isinstance(about, dict) else None
    if not isinstance(transaction_id, str):
        return ()
    ended = inventory.Change(kind=TARIFFS, drop=(transaction_id,)) if event.get("eventType") == "Ended" else None
    told = _calculated(transaction_id, details) if isinstance(details, dict) else None
    return tuple(change for change in (told, ended) if change is not None)


def _calculated(transaction_id: str, details: dict[str, Any]) -> inventory.Change | None:
    try:
        plain = jsontext.plain(details)
    except jsontext.JsonError:  # the record of the transaction counts, and says that it is suspect
        return None
    return inventory.Change(kind=COSTS, merge={transaction_id: {"costDetails": plain}})


CALLS: Mapping[str, versions.Learn] = {"CostUpdated": _shown}
