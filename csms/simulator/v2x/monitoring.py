"""Monitoring orders to a 2.x charger: set, clear and report monitors, how much is reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from csms.simulator import clock
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands, device_model, provisioning
from csms.simulator.v2x.monitors import CUSTOM, HARD_WIRED, NUMBERS, PRECONFIGURED, TYPES, Monitor, Monitors
from csms.simulator.v2x.station import Station

_HIGHEST = 9
_CRITERIA = {
    "ThresholdMonitoring": ("UpperThreshold", "LowerThreshold"),
    "DeltaMonitoring": ("Delta",),
    "PeriodicMonitoring": ("Periodic", "PeriodicClockAligned"),
}
_BASES = {
    "All": (HARD_WIRED, PRECONFIGURED, CUSTOM),
    "FactoryDefault": (HARD_WIRED, PRECONFIGURED),
    "HardWiredOnly": (HARD_WIRED,),
}


def _set(station: Station, call: Payload) -> Payload:
    return {"setMonitoringResult": [_set_one(station, item) for item in call["setMonitoringData"]]}


def _set_one(station: Station, item: Payload) -> Payload:
    result = {name: item[name] for name in ("component", "variable", "type", "severity")}
    variable = station.model.find(item["component"], item["variable"])
    if isinstance(variable, str):
        return {**result, "status": variable}
    refusal = _refusal(station, item, variable)
    if refusal is not None:
        return {**result, "status": refusal}
    monitor = station.own(Monitors).add(
        id=item.get("id"),
        variable=variable,
        type=item["type"],
        value=item["value"],
        severity=item["severity"],
        transaction=item.get("transaction", False),
    )
    return {**result, "status": "Accepted", "id": monitor.id}


def _refusal(station: Station, item: Payload, variable: device_model.Variable) -> str | None:
    threshold = item["type"].endswith("Threshold")
    if item["type"] not in TYPES or not variable.monitored or (threshold and variable.kind not in NUMBERS):
        return "UnsupportedMonitorType"
    known = station.own(Monitors).all
    if "id" in item and (item["id"] not in known or known[item["id"]].kind == HARD_WIRED):
        return "Rejected"
    out_of_range = not 0 <= item["severity"] <= _HIGHEST or item["value"] < 0
    if out_of_range or (variable.high is not None and threshold and item["value"] > variable.high):
        return "Rejected"
    same = (variable.key, item["type"], item["severity"])
    twins = (each for each in known.values() if (each.variable.key, each.type, each.severity) == same)
    return "Duplicate" if any(each.id != item.get("id") for each in twins) else None


def _clear(station: Station, call: Payload) -> Payload:
    return {"clearMonitoringResult": [{"id": one, "status": _clear_one(station, one)} for one in call["id"]]}


def _clear_one(station: Station, id: int) -> str:
    monitors = station.own(Monitors)
    known = monitors.all.get(id)
    if known is None:
        return "NotFound"
    if known.kind == HARD_WIRED:
        return "Rejected"
    monitors.remove(id)
    return "Accepted"


def _set_base(station: Station, call: Payload) -> Payload:
    station.own(Monitors).reset(_BASES[call["monitoringBase"]])
    return commands.status("Accepted")


def _set_level(station: Station, call: Payload) -> Payload:
    fits = 0 <= call["severity"] <= _HIGHEST
    if fits:
        station.own(Monitors).level = call["severity"]
    return commands.accepted(fits)


def _report(station: Station, call: Payload) -> Payload:
    types = {one for criterion in call.get("monitoringCriteria", _CRITERIA) for one in _CRITERIA[criterion]}
    asked = call.get("componentVariable", [])
    found = [
        monitor
        for monitor in station.own(Monitors).all.values()
        if monitor.type in types and (not asked or any(provisioning.asked(monitor.variable, one) for one in asked))
    ]
    if not found:
        return commands.status("EmptyResultSet")
    rows = list(_rows(station, found))
    size, stamp = station.charger.config.report_items, clock.stamp(station.charger.now())
    for start in range(0, len(rows), size):
        station.tell(
            "NotifyMonitoringReport",
            {
                "requestId": call["requestId"],
                "seqNo": start // size,
                "tbc": start + size < len(rows),
                "generatedAt": stamp,
                "monitor": rows[start : start + size],
            },
        )
    return commands.status("Accepted")


def _rows(station: Station, found: list[Monitor]) -> Iterable[Payload]:
    """One row a variable with all its monitors; 2.1 says of each where it comes from."""
    ordered = sorted(found, key=lambda monitor: (str(monitor.variable.key), monitor.id))
    for _, group in groupby(ordered, key=lambda monitor: str(monitor.variable.key)):
        monitors = list(group)
        variable = monitors[0].variable
        yield {
            "component": variable.component.payload(),
            "variable": variable.payload(),
            "variableMonitoring": [
                monitor.payload() | ({"eventNotificationType": monitor.kind} if station.version == "2.1" else {})
                for monitor in monitors
            ],
        }


COMMANDS: Mapping[str, commands.Handler] = {
    "ClearVariableMonitoring": _clear,
    "GetMonitoringReport": _report,
    "SetMonitoringBase": _set_base,
    "SetMonitoringLevel": _set_level,
    "SetVariableMonitoring": _set,
}
