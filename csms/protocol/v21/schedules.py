"""OCPP 2.1 smart charging: schedules that change while they run, priority charging, energy transfers, aFRR signals.

Makes the kinds "dynamic-schedules" (key: the profile's id), "priority-charging" and "allowed-energy-transfers" (key:
the transaction's id) and "afrr" ("signal") of the inventory.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts, inventory
from csms.protocol import fields, jsontext, notices, versions
from csms.protocol.v2x import smart_charging

PRIORITY = "priority-charging"
TRANSFERS = "allowed-energy-transfers"
AFRR = "afrr"


def _changed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    now = jsontext.plain(request["scheduleUpdate"])
    return (inventory.Change(kind=smart_charging.DYNAMIC, merge={str(request["chargingProfileId"]): now}),)


def _pull(report: fields.Fields) -> facts.SchedulePull:
    return facts.SchedulePull(profile_id=report.number("chargingProfileId"), suspect=report.suspect)


def _pulled(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.ScheduleAnswer)
    if answer.values is None:
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownProfile"}}
    return {"status": "Accepted", "scheduleUpdate": inventory.pick(answer.values, *smart_charging.CHANGING)}


def _prioritised(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    body = {"requested": request["activate"]}
    return (inventory.Change(kind=PRIORITY, merge={request["transactionId"]: body}),)


def _priority(report: inventory.Body) -> tuple[inventory.Change, ...]:
    body = {"activated": report["activated"]}
    return (inventory.Change(kind=PRIORITY, merge={report["transactionId"]: body}),)


def _allowed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    body = {"allowedEnergyTransfer": request["allowedEnergyTransfer"]}
    return (inventory.Change(kind=TRANSFERS, put={request["transactionId"]: body}),)


def _signalled(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    return (inventory.Change(kind=AFRR, put={"signal": request}),) if answer["status"] == "Accepted" else ()


INCOMING: Mapping[str, versions.Incoming] = {
    "NotifyPriorityCharging": notices.row("NotifyPriorityCharging", _priority),
    "PullDynamicScheduleUpdate": versions.Incoming(_pull, _pulled),
}

CALLS: Mapping[str, versions.Learn] = {
    "AFRRSignal": _signalled,
    "NotifyAllowedEnergyTransfer": _allowed,
    "UpdateDynamicSchedule": _changed,
    "UsePriorityCharging": _prioritised,
}
