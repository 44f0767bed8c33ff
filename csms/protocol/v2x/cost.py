"""OCPP 2.x cost: what a charger was told, and (2.1) itself calculated, that a transaction costs.

Inventory: transaction-costs, "transaction id" -> {totalCost: what we had it show last, costDetails: what it calculated
last, with the seqNo and timestamp of the event that said so}. transactions.py hands every TransactionEvent to
`changes`; which of them is the latest is csms.domain.cost_details' to decide.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, cost_details, inventory
from csms.protocol import jsontext, versions

COSTS = cost_details.KIND
TARIFFS = "transaction-tariffs"
_PLACE = {"seqNo": int, "timestamp": str}


def _shown(request: dict[str, Any], _: dict[str, Any]) -> tuple[inventory.Change, ...]:
    known = {"totalCost": jsontext.plain(request["totalCost"])}
    return (inventory.Change(kind=COSTS, merge={request["transactionId"]: known}),)


def changes(event: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """What a TransactionEvent's payload, valid or not, says of costs; the last word on them ends the tariff of its own.

    Only a charger that was given tariffs calculates, so nothing is said of the transactions of all others.
    """
    details, about = event.get("costDetails"), event.get("transactionInfo")
    transaction_id = about.get("transactionId") if isinstance(about, dict) else None
    if not isinstance(transaction_id, str) or not isinstance(details, dict):
        return ()
    try:
        known = {transaction_id: jsontext.plain({"costDetails": details, **_place(event)})}
    except jsontext.JsonError:  # the record of the transaction counts, and says that it is suspect
        return ()
    told = inventory.Change(kind=COSTS, merge=known)
    return (
        (told, inventory.Change(kind=TARIFFS, drop=(transaction_id,))) if event.get("eventType") == "Ended" else (told,)
    )


def _place(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name, kind in _PLACE.items() if type(event.get(name)) is kind}


def _show(command: commands.ShowCost) -> dict[str, Any] | versions.CannotExpress:
    if command.final:
        return versions.CannotExpress("OCPP 2.x tells the final cost in the answer to the end of the transaction.")
    return {"totalCost": command.amount, "transactionId": command.transaction_id}


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.ShowCost: versions.Outgoing("CostUpdated", _show)
}

CALLS: Mapping[str, versions.Learn] = {"CostUpdated": _shown}
