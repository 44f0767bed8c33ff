"""OCPP 2.x monitoring: what a charger watches of itself, and the events that it tells of it.

Makes the kinds "monitors" (key: the monitor's id; body: component, variable and the fields of VariableMonitoring),
"monitoring" (base: which monitors are on, level: down to which severity events are told) and "monitoring-reports" (the
parts of reports, as device_model.py counts them). Events are kept as reports; those about an AvailabilityState are
statuses too (rule 24), and those with a severity, which 2.0.1 has in the monitor only, may be problems.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from csms.domain import charger, facts, inventory
from csms.protocol import fields, jsontext, notices, versions
from csms.protocol.v2x import device_model, keys

MONITORS = "monitors"
SETTINGS = "monitoring"
REPORTS = "monitoring-reports"

_OURS = "CustomMonitor"
"""A monitor that a server has set."""
_ENDED_BY_BASE = {
    "All": (),
    "FactoryDefault": (_OURS,),
    "HardWiredOnly": (_OURS, "PreconfiguredMonitor"),
}
_PLACES = frozenset({"ChargingStation", "EVSE", "Connector"})
_LONGEST = 200
"""Characters of a value that an alert quotes."""
_WORDS = frozenset({"Available", "Occupied", "Reserved", "Unavailable", "Faulted"})


# -- what chargers tell ------------------------------------------------------------------------------------------------


def _event(report: fields.Fields) -> facts.Notification:
    told = notices.plain(report.payload)
    availability = tuple(_availability(report, told["eventData"]))
    shown = charger.without_secrets(told)
    return facts.Notification(
        action="NotifyEvent",
        payload=jsontext.encode(shown),
        availability=availability,
        problems=tuple(_problems(report, shown["eventData"])),
        suspect=report.suspect,
    )


def _problems(report: fields.Fields, entries: list[dict[str, Any]]) -> Iterator[facts.Problem]:
    """The events that have a severity, or a monitor which has one, or end something."""
    for entry in entries:
        if entry.keys() & {"severity", "variableMonitoringId", "cleared"}:
            said = (entry.get(name) for name in ("actualValue", "techCode", "techInfo"))
            yield facts.Problem(
                key=keys.read(entry).key,
                event_id=entry["eventId"],
                severity=entry.get("severity"),
                monitor_id=entry.get("variableMonitoringId"),
                cleared=entry.get("cleared") is True,
                at=report.moment(entry["timestamp"]),
                detail="".join(f", {each[:_LONGEST]}" for each in said if each),
            )


def _availability(report: fields.Fields, entries: list[dict[str, Any]]) -> Iterator[facts.Availability]:
    """In the order told, so that the newest one stays."""
    for entry in entries:
        component, word = entry["component"], entry["actualValue"]
        evse = {"id": 0} if component["name"] == "ChargingStation" else component.get("evse")
        known = component["name"] in _PLACES and entry["variable"]["name"] == "AvailabilityState" and word in _WORDS
        if evse and known:
            yield facts.Availability(evse["id"], evse.get("connectorId"), word, report.moment(entry["timestamp"]))


def _report(report: fields.Fields) -> facts.Notification:
    told = notices.plain(report.payload)
    monitors = {
        str(monitor["id"]): {"component": entry["component"], "variable": entry["variable"], **monitor}
        for entry in told.get("monitor", ())
        for monitor in entry["variableMonitoring"]
    }
    part = device_model.part(report, REPORTS, len(monitors))
    changes = (inventory.Change(kind=MONITORS, put=monitors), part) if monitors else (part,)
    return facts.Notification(action="NotifyMonitoringReport", payload=None, changes=changes, suspect=report.suspect)


# -- what they are told ------------------------------------------------------------------------------------------------


def _set(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    """Results stand in the order of the requests. Only the charger's id names a monitor."""
    known = {
        str(result["id"]): {**asked, "id": result["id"], "eventNotificationType": _OURS}
        for asked, result in zip(request["setMonitoringData"], answer["setMonitoringResult"], strict=False)
        if result["status"] == "Accepted" and "id" in result
    }
    return (inventory.Change(kind=MONITORS, put=known),) if known else ()


def _cleared(_request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    gone = tuple(
        str(result["id"]) for result in answer["clearMonitoringResult"] if result["status"] in ("Accepted", "NotFound")
    )
    return (inventory.Change(kind=MONITORS, drop=gone),) if gone else ()


def _based(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    base = request["monitoringBase"]
    ended = (inventory.Change(kind=MONITORS, where={"eventNotificationType": kind}) for kind in _ENDED_BY_BASE[base])
    return (inventory.Change(kind=SETTINGS, put={"base": {"monitoringBase": base}}), *ended)


def _levelled(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    return (inventory.Change(kind=SETTINGS, put={"level": {"severity": request["severity"]}}),)


INCOMING: Mapping[str, versions.Incoming] = {
    "NotifyEvent": versions.Incoming(_event, notices.empty),
    "NotifyMonitoringReport": versions.Incoming(_report, notices.empty),
}

CALLS: Mapping[str, versions.Learn] = {
    "ClearVariableMonitoring": _cleared,
    "GetMonitoringReport": versions.nothing,
    "SetMonitoringBase": _based,
    "SetMonitoringLevel": _levelled,
    "SetVariableMonitoring": _set,
}
