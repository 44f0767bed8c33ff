"""OCPP 2.1 control of distributed energy resources: settings for the grid that a charger keeps, and its alarms.

Inventory: der-controls, "control id" -> {controlId, controlType, isDefault, isSuperseded, started, timestamp, and the
setting under its name in SetDERControl}, until it ends; der-alarms, "control type" -> {controlType, gridEventFault,
timestamp, extraInfo, alarmEnded}, the last one of each, with the time of its end once that is told. One that begins is
an alert.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from csms.domain import der_controls, facts, inventory
from csms.protocol import fields, jsontext, notices, versions

CONTROLS = der_controls.KIND
ALARMS = "der-alarms"
ALERT = "der_alarm"

_TYPES: Mapping[str, str] = {
    "enterService": "EnterService",
    "fixedPFAbsorb": "FixedPFAbsorb",
    "fixedPFInject": "FixedPFInject",
    "fixedVar": "FixedVar",
    "freqDroop": "FreqDroop",
    "gradient": "Gradients",
    "limitMaxDischarge": "LimitMaxDischarge",
}
"""Field of SetDERControl, which is a list in ReportDERControl -> its controlType. A curve says its own."""
_INSIDE: Mapping[str, str] = {"fixedPFAbsorb": "fixedPF", "fixedPFInject": "fixedPF"}
"""Where the name within such a list is another one."""


# -- what the charger says ---------------------------------------------------------------------------------------------


def _reported(told: inventory.Body) -> tuple[inventory.Change, ...]:
    return (inventory.Change(kind=CONTROLS, merge={control["controlId"]: control for control in _listed(told)}),)


def _listed(payload: inventory.Body) -> Iterator[inventory.Body]:
    for curve in payload.get("curve", ()):
        yield _control(curve, curve["curveType"], "curve", curve["curve"])
    for name, control_type in _TYPES.items():
        for each in payload.get(name, ()):
            yield _control(each, control_type, name, each[_INSIDE.get(name, name)])


def _control(told: inventory.Body, control_type: str, name: str, setting: inventory.Body) -> inventory.Body:
    """Two types have no other controls than default ones, which nothing supersedes."""
    flags = {"isDefault": told.get("isDefault", True), "isSuperseded": told.get("isSuperseded", False)}
    return {"controlId": told["id"], "controlType": control_type, **flags, name: setting}


def _started(told: inventory.Body) -> tuple[inventory.Change, ...]:
    superseded: dict[str, inventory.Body] = {each: {"isSuperseded": True} for each in told.get("supersededIds", ())}
    known = {told["controlId"]: inventory.pick(told, "controlId", "started", "timestamp")}
    change = inventory.Change(kind=CONTROLS, merge=superseded | known)
    return (change,) if told["started"] else (change, *der_controls.ended(told["controlId"]))


def _alarm(report: fields.Fields) -> facts.Notification:
    told = notices.plain(report.payload)
    known = {told["controlType"]: {"alarmEnded": False, **told}}
    ended = known[told["controlType"]]["alarmEnded"]
    change = inventory.Change(kind=ALARMS, merge=known) if ended else inventory.Change(kind=ALARMS, put=known)
    return facts.Notification(
        action="NotifyDERAlarm",
        payload=jsontext.encode(told),
        changes=(change,),
        alert=None if ended else _alert(told),
        suspect=report.suspect,
    )


def _alert(told: inventory.Body) -> facts.Alert:
    fault = told.get("gridEventFault", "no grid fault named")
    extra = f" ({told['extraInfo']})" if "extraInfo" in told else ""
    return facts.Alert(ALERT, f"{told['controlType']}: {fault}{extra}, {told['timestamp']}")


# -- what it is told ---------------------------------------------------------------------------------------------------


def _set(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """The new control is itself among the superseded ones where a more important one is in force."""
    if answer["status"] != "Accepted":
        return ()
    held = {name: value for name, value in request.items() if name != "customData"} | {"isSuperseded": False}
    superseded: dict[str, inventory.Body] = {each: {"isSuperseded": True} for each in answer.get("supersededIds", ())}
    return (inventory.Change(kind=CONTROLS, put={request["controlId"]: held}, merge=superseded),)


def _asked(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """The controls themselves come in ReportDERControl; that there are none is said here."""
    return _gone(request) if answer["status"] == "NotFound" else ()


def _cleared(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    return _gone(request) if answer["status"] in ("Accepted", "NotFound") else ()


def _gone(request: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """The controls that a request names, by their id or by what they are."""
    return (inventory.Change(kind=CONTROLS, where=inventory.pick(request, "controlId", "controlType", "isDefault")),)


INCOMING: Mapping[str, versions.Incoming] = {
    "NotifyDERAlarm": versions.Incoming(_alarm, notices.empty),
    "NotifyDERStartStop": notices.row("NotifyDERStartStop", _started),
    "ReportDERControl": notices.row("ReportDERControl", _reported),
}

CALLS: Mapping[str, versions.Learn] = {
    "ClearDERControl": _cleared,
    "GetDERControl": _asked,
    "SetDERControl": _set,
}
