"""Provisioning of a 2.x charger: variables and reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from csms.simulator import clock
from csms.simulator.dialect import CallRefused
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands, device_model, variables
from csms.simulator.v2x.station import Station

_SUMMARY = frozenset({"AvailabilityState", "Problem"})
_ABSENT = {"Active": True, "Available": True, "Enabled": True, "Problem": False}
"""What a component without that variable counts as."""


def _get_variables(station: Station, call: Payload) -> Payload:
    items = call["getVariableData"]
    _within_limits(call, len(items))
    return {"getVariableResult": [station.model.get(item) for item in items]}


def _set_variables(station: Station, call: Payload) -> Payload:
    items = call["setVariableData"]
    _within_limits(call, len(items))
    return {"setVariableResult": [station.model.set(item) for item in items]}


def _get_base_report(station: Station, call: Payload) -> Payload:
    wanted: dict[str, Callable[[device_model.Variable], bool]] = {
        "FullInventory": lambda _variable: True,
        "ConfigurationInventory": lambda variable: variable.write is not None,
        "SummaryInventory": lambda variable: variable.name in _SUMMARY,
    }
    return _report(station, call["requestId"], filter(wanted[call["reportBase"]], station.model))


def _get_report(station: Station, call: Payload) -> Payload:
    wanted = call.get("componentVariable", [])
    _within_limits(call, len(wanted))
    criteria = call.get("componentCriteria", [])
    fitting = [
        variable
        for variable in station.model
        if (not wanted or any(asked(variable, one) for one in wanted))
        and (not criteria or any(_meets(station, variable, one) for one in criteria))
    ]
    return _report(station, call["requestId"], fitting)


def asked(variable: device_model.Variable, wanted: Payload) -> bool:
    """Whatever a request leaves open fits: another instance, another EVSE, every variable of the component."""
    component, name = wanted["component"], wanted.get("variable", {})
    have, place = variable.component, component.get("evse", {})
    return bool(
        component["name"].casefold() == have.name.casefold()
        and component.get("instance", have.instance) == have.instance
        and place.get("id", have.evse) == have.evse
        and place.get("connectorId", have.connector) == have.connector
        and name.get("name", variable.name).casefold() == variable.name.casefold()
        and name.get("instance", variable.instance) == variable.instance
    )


def _meets(station: Station, variable: device_model.Variable, criterion: str) -> bool:
    found = station.model.find(variable.component.payload(), {"name": criterion})
    if isinstance(found, str) or found.read is None:
        return _ABSENT[criterion]
    return found.read().lower() == "true"


def _report(station: Station, request_id: int, found: Iterable[device_model.Variable]) -> Payload:
    rows = [variable.report() for variable in found]
    if not rows:
        return commands.status("EmptyResultSet")
    size, stamp = station.charger.config.report_items, clock.stamp(station.charger.now())
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    for number, part in enumerate(parts):
        station.tell(
            "NotifyReport",
            {
                "requestId": request_id,
                "generatedAt": stamp,
                "seqNo": number,
                "tbc": number < len(parts) - 1,
                "reportData": part,
            },
        )
    return commands.status("Accepted")


def _within_limits(call: Payload, items: int) -> None:
    if items > variables.MAX_ITEMS:
        raise CallRefused("OccurrenceConstraintViolation", f"more than {variables.MAX_ITEMS} items")
    if len(msgspec.json.encode(call)) > variables.MAX_BYTES:
        raise CallRefused("FormatViolation", f"more than {variables.MAX_BYTES} bytes")


COMMANDS: Mapping[str, commands.Handler] = {
    "GetBaseReport": _get_base_report,
    "GetReport": _get_report,
    "GetVariables": _get_variables,
    "SetVariables": _set_variables,
}
