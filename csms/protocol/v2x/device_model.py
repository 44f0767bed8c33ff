"""OCPP 2.x device model: variables read, written and reported.

Makes the kinds "variables" (key: csms.domain.variables; body: {attributes: {Actual: {value, mutability, ...}, ...},
characteristics}, a value that counts after the next reboot as `pending`) and "device-reports" (key: the request's id;
body: {generatedAt, parts: {seqNo: number of variables}, last: seqNo of the last part}): complete when it has parts 0 to
last. Values of secret variables are masked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from csms.domain import charger, commands, facts, inventory
from csms.domain.variables import KIND
from csms.protocol import batches, fields, notices, versions
from csms.protocol.v2x import keys

REPORTS = "device-reports"

CAUTIOUS = 4
"""Variables in a message to a charger that has not said how many it takes."""

_LIMITS = "DeviceDataCtrlr"
_KEPT = ("value", "mutability", "persistent", "constant")


# -- what chargers report ----------------------------------------------------------------------------------------------


def _report(report: fields.Fields) -> facts.Notification:
    entries = report.payload.get("reportData", [])
    told = inventory.Change(kind=KIND, put=_reported(entries))
    changes = (told, part(report, REPORTS, len(entries))) if told.put else (part(report, REPORTS, len(entries)),)
    return facts.Notification(action="NotifyReport", payload=None, changes=changes, suspect=report.suspect)


def part(report: fields.Fields, kind: str, size: int) -> inventory.Change:
    """That a part of a report came, with so many things."""
    number = report.number("seqNo", 0)
    body: dict[str, Any] = {"generatedAt": report.payload.get("generatedAt"), "parts": {str(number): size}}
    if not report.payload.get("tbc"):
        body["last"] = number
    return inventory.Change(kind=kind, merge={str(report.number("requestId")): body})


def _reported(entries: Iterable[dict[str, Any]]) -> dict[str, inventory.Body]:
    found: dict[str, inventory.Body] = {}
    for entry in entries:
        variable = keys.read(entry)
        body = found.setdefault(variable.key, {"attributes": {}})
        for attribute in entry["variableAttribute"]:
            kept = {name: attribute[name] for name in _KEPT if name in attribute}
            body["attributes"][attribute.get("type", "Actual")] = _masked(variable.name, kept)
        if "variableCharacteristics" in entry:
            body["characteristics"] = notices.plain(entry["variableCharacteristics"])
    return found


# -- what they are asked -----------------------------------------------------------------------------------------------


def _get(command: commands.GetConfiguration) -> dict[str, Any] | versions.Order | versions.CannotExpress:
    if not command.keys:
        request = {"requestId": command.request_id or 0, "reportBase": "FullInventory"}
        return versions.Order("GetBaseReport", request)
    meant = {key: keys.variable(key) for key in command.keys}
    if strange := [key for key, variable in meant.items() if variable is None]:
        return _no_variable(strange[0])
    return {"getVariableData": [keys.named(variable) for variable in meant.values() if variable is not None]}


def _get_in_parts(payload: dict[str, Any], peer: versions.Peer) -> list[dict[str, Any]]:
    return batches.batches(payload, "getVariableData", *limits(peer, _LIMITS, "GetVariables", CAUTIOUS))


def _set(command: commands.SetConfiguration) -> dict[str, Any] | versions.CannotExpress:
    variable = keys.variable(command.key)
    if variable is None:
        return _no_variable(command.key)
    if command.value is None:
        return versions.CannotExpress(f"Send a value for {command.key}: only a password is made when none is given.")
    return {"setVariableData": [{"attributeValue": command.value, **keys.named(variable)}]}


def limits(peer: versions.Peer, component: str, instance: str, unknown: int | None) -> tuple[int | None, int | None]:
    """How many items, and bytes, this charger takes in a message; `unknown` items where it has not said."""
    items, size = (peer.limits.get(f"{component}.{each}PerMessage/{instance}") for each in ("Items", "Bytes"))
    return items or unknown, size or None


def _no_variable(key: str) -> versions.CannotExpress:
    return versions.CannotExpress(
        f"{key} is no variable: name it as Component[/instance][@evse[.connector]].Variable[/instance],"
        " such as OCPPCommCtrlr.HeartbeatInterval."
    )


# -- what their answers tell -------------------------------------------------------------------------------------------


def _got(_request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    known: dict[str, inventory.Body] = {}
    gone = []
    for result in answer["getVariableResult"]:
        variable = keys.read(result)
        if result["attributeStatus"] in ("UnknownComponent", "UnknownVariable"):
            gone.append(variable.key)
        elif result["attributeStatus"] == "Accepted" and "attributeValue" in result:
            value = _masked(variable.name, {"value": result["attributeValue"], "pending": None})
            _attributes(known, variable.key)[result.get("attributeType", "Actual")] = value
    return (inventory.Change(kind=KIND, drop=tuple(gone), merge=known),) if known or gone else ()


def _has_set(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    known: dict[str, inventory.Body] = {}
    for key, attribute, value, status in written(request, answer):
        if status == "Accepted":
            _attributes(known, key)[attribute] = {"value": value, "pending": None}
        elif status == "RebootRequired":
            _attributes(known, key)[attribute] = {"pending": value}
    return (inventory.Change(kind=KIND, merge=known),) if known else ()


def written(request: dict[str, Any], answer: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Of each variable of a SetVariables its key, attribute, value (masked where secret), and what became of it."""
    results = {_which(result): result["attributeStatus"] for result in answer["setVariableResult"]}
    for entry in request["setVariableData"]:
        key, attribute = _which(entry)
        value = charger.MASK if charger.is_secret(key) else entry["attributeValue"]
        yield key, attribute, value, results.get((key, attribute), "Rejected")


def writes(order: versions.Order, answer: dict[str, Any]) -> Iterator[versions.Written]:
    """The settings that an answered SetVariables changed."""
    if order.action == "SetVariables":
        for key, attribute, value, status in written(order.payload, answer):
            if attribute == "Actual" and status in ("Accepted", "RebootRequired"):
                yield versions.Written(key, value, status == "RebootRequired")


def _which(entry: dict[str, Any]) -> tuple[str, str]:
    return keys.read(entry).key, entry.get("attributeType", "Actual")


def _attributes(known: dict[str, inventory.Body], key: str) -> dict[str, Any]:
    attributes: dict[str, Any] = known.setdefault(key, {"attributes": {}})["attributes"]
    return attributes


def _masked(name: str, attribute: dict[str, Any]) -> dict[str, Any]:
    return attribute | {"value": charger.MASK} if "value" in attribute and charger.is_secret(name) else attribute


INCOMING: Mapping[str, versions.Incoming] = {"NotifyReport": versions.Incoming(_report, notices.empty)}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.GetConfiguration: versions.Outgoing("GetVariables", _get, _get_in_parts),
    commands.SetConfiguration: versions.Outgoing("SetVariables", _set),
}

CALLS: Mapping[str, versions.Learn] = {
    "GetBaseReport": versions.nothing,
    "GetReport": versions.nothing,
    "GetVariables": _got,
    "SetVariables": _has_set,
}
