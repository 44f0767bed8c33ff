"""Grid settings of a 2.1 charger: what it was told to keep, which of them are in force, its alarms."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from csms.simulator import agenda, clock
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station

_FIELDS: Mapping[str, str] = {
    "EnterService": "enterService",
    "FixedPFAbsorb": "fixedPFAbsorb",
    "FixedPFInject": "fixedPFInject",
    "FixedVar": "fixedVar",
    "FreqDroop": "freqDroop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limitMaxDischarge",
}
"""controlType -> its field; every other type is a curve."""
_ALL_FIELDS = ("curve", *_FIELDS.values())
_ALWAYS_DEFAULT = ("EnterService", "Gradients")
_INSIDE = {"fixedPFAbsorb": "fixedPF", "fixedPFInject": "fixedPF"}


@dataclasses.dataclass(slots=True)
class Control:
    """One setting, as it was told."""

    told: Payload
    superseded: bool = False
    begins: agenda.Entry | None = None
    ends: agenda.Entry | None = None

    @property
    def field(self) -> str:
        """Where its content is."""
        return _FIELDS.get(self.told["controlType"], "curve")

    @property
    def content(self) -> Payload:
        """The setting itself."""
        found: Payload = self.told[self.field]
        return found

    def matches(self, call: Payload) -> bool:
        """Whether a call that names an id, a type or whether it is a default means this one."""
        return all(self.told[name] == call[name] for name in ("controlId", "controlType", "isDefault") if name in call)

    def forget(self) -> None:
        """It will neither begin nor end."""
        for entry in (self.begins, self.ends):
            if entry is not None:
                entry.cancel()


class Controls:
    """The settings of a charger, by id."""

    def __init__(self, station: Station) -> None:
        self.held: dict[str, Control] = {}
        self._station = station

    def set(self, call: Payload) -> Payload:
        """Keep one; the more important one of a type and sort (the smaller number) supersedes the other."""
        control = Control(call)
        if not _sound(control):
            return commands.status("Rejected", "InvalidValue")
        rivals = [
            each
            for name, each in self.held.items()
            if name != call["controlId"]
            and not each.superseded
            and (each.told["controlType"], each.told["isDefault"]) == (call["controlType"], call["isDefault"])
        ]
        mine = control.content["priority"]
        control.superseded = any(each.content["priority"] < mine for each in rivals)
        losers = [control] if control.superseded else [each for each in rivals if each.content["priority"] > mine]
        for each in losers:
            each.superseded = True
        self.remove(call["controlId"])
        self.held[call["controlId"]] = control
        self._schedule(control)
        names = [each.told["controlId"] for each in losers]
        return commands.status("Accepted") | ({"supersededIds": names} if names else {})

    def remove(self, control_id: str) -> None:
        """Forget one, if it is there."""
        gone = self.held.pop(control_id, None)
        if gone is not None:
            gone.forget()

    def _schedule(self, control: Control) -> None:
        if control.told["isDefault"] or control.superseded:
            return
        charger = self._station.charger
        begin = max(charger.now(), _moment(control.content.get("startTime"), charger.now()))
        control.begins = charger.agenda.at(begin, lambda: self._tell(control, started=True))
        if "duration" in control.content:
            control.ends = charger.agenda.at(begin + control.content["duration"], lambda: self._end(control))

    def _end(self, control: Control) -> None:
        self._tell(control, started=False)
        self.remove(control.told["controlId"])

    def _tell(self, control: Control, *, started: bool) -> None:
        now = clock.stamp(self._station.charger.now())
        told = {"controlId": control.told["controlId"], "started": started, "timestamp": now}
        self._station.keep("NotifyDERStartStop", told)


def alarm(station: Station, control_type: str, fault: str | None = None, *, ended: bool = False) -> None:
    """The grid is beyond what a control allows, or is no more."""
    told = {"controlType": control_type, "timestamp": clock.stamp(station.charger.now())}
    named = {} if fault is None else {"gridEventFault": fault}
    station.keep("NotifyDERAlarm", {**told, **named, **({"alarmEnded": True} if ended else {})})


def _moment(text: str | None, otherwise: float) -> float:
    return otherwise if text is None else datetime.fromisoformat(text).timestamp()


def _sound(control: Control) -> bool:
    """What the schema cannot say: the one field of its type; defaults hold always, and two types are only defaults."""
    if [name for name in _ALL_FIELDS if name in control.told] != [control.field]:
        return False
    if control.told["isDefault"]:
        return not {"startTime", "duration"} & control.content.keys()
    return control.told["controlType"] not in _ALWAYS_DEFAULT


def _set(station: Station, call: Payload) -> Payload:
    return station.own(Controls).set(call)


def _get(station: Station, call: Payload) -> Payload:
    found = [each for each in station.own(Controls).held.values() if each.matches(call)]
    if not found:
        return commands.status("NotFound")
    for place, control in enumerate(found, 1):
        station.tell(
            "ReportDERControl", _reported(control) | {"requestId": call["requestId"], "tbc": place < len(found)}
        )
    return commands.status("Accepted")


def _reported(control: Control) -> Payload:
    """A report of one control."""
    told, field = control.told, control.field
    entry = {"id": told["controlId"], _INSIDE.get(field, field): control.content}
    if told["controlType"] not in _ALWAYS_DEFAULT:
        entry |= {"isDefault": told["isDefault"], "isSuperseded": control.superseded}
    if field == "curve":
        entry["curveType"] = told["controlType"]
    return {field: [entry]}


def _clear(station: Station, call: Payload) -> Payload:
    controls = station.own(Controls)
    found = [name for name, each in controls.held.items() if each.matches(call)]
    for name in found:
        controls.remove(name)
    return commands.status("Accepted" if found else "NotFound")


COMMANDS: Mapping[str, commands.Handler] = {"ClearDERControl": _clear, "GetDERControl": _get, "SetDERControl": _set}
