"""Monitors of a 2.x charger's variables: when one fires, and what it says then.

Kept by `station`, ordered about by `monitoring`. A monitor looks whenever something happened to the charger, and a
periodic one when its time has come.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from csms.simulator import agenda, clock
from csms.simulator.messages import Payload
from csms.simulator.v2x.device_model import Variable

if TYPE_CHECKING:
    from csms.simulator.v2x.station import Station

HARD_WIRED, PRECONFIGURED, CUSTOM = "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"
TYPES = ("UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned")
NUMBERS = ("integer", "decimal")
_LOWEST_SEVERITY = 9


@dataclasses.dataclass(slots=True, kw_only=True)
class Monitor:
    """One monitor. `value` is a threshold, a difference, or seconds."""

    id: int
    variable: Variable
    type: str
    value: float
    severity: int
    transaction: bool = False
    kind: str = CUSTOM
    last: str = ""
    """The value that was reported last (Delta), or seen."""
    raised: bool = False
    """The threshold is passed."""
    next: agenda.Entry | None = None

    def payload(self) -> Payload:
        """A VariableMonitoringType of 2.0.1; 2.1 adds the kind."""
        return {
            "id": self.id,
            "transaction": self.transaction,
            "value": self.value,
            "type": self.type,
            "severity": self.severity,
        }


class Monitors:
    """The monitors of one charger, by id. A hard-wired one watches each connector for problems."""

    def __init__(self, station: Station) -> None:
        self.level = _LOWEST_SEVERITY
        """Less severe (higher) ones are not reported."""
        self.all: dict[int, Monitor] = {}
        self._station = station
        self._last_id = 0
        for variable in station.model:
            if variable.component.name == "Connector" and variable.name == "Problem":
                self.add(variable=variable, type="Delta", value=1, severity=2, kind=HARD_WIRED)
        self._fill()
        station.charger.watchers.append(self._look)

    def add(
        self,
        *,
        variable: Variable,
        type: str,
        value: float,
        severity: int,
        transaction: bool = False,
        kind: str = CUSTOM,
        id: int | None = None,
    ) -> Monitor:
        """Watch from now on; a monitor with that id is replaced."""
        if id is None:
            self._last_id += 1
        number = self._last_id if id is None else id
        self.remove(number)
        monitor = self.all[number] = Monitor(
            id=number,
            variable=variable,
            type=type,
            value=value,
            severity=severity,
            transaction=transaction,
            kind=kind,
            last=_read(variable),
        )
        self._plan(monitor)
        return monitor

    def remove(self, id: int) -> None:
        """Watch no longer."""
        known = self.all.pop(id, None)
        if known is not None and known.next is not None:
            known.next.cancel()

    def reset(self, kinds: tuple[str, ...]) -> None:
        """Keep only monitors of these kinds; those from the factory come back where they may."""
        for monitor in [each for each in self.all.values() if each.kind not in kinds]:
            self.remove(monitor.id)
        if PRECONFIGURED in kinds:
            self._fill()

    def _fill(self) -> None:
        """The monitors from the factory: the temperature of the charger."""
        if any(monitor.kind == PRECONFIGURED for monitor in self.all.values()):
            return
        found = self._station.model.find({"name": "ChargingStation"}, {"name": "Temperature"})
        if not isinstance(found, str):
            self.add(variable=found, type="UpperThreshold", value=75, severity=3, kind=PRECONFIGURED)

    def _plan(self, monitor: Monitor) -> None:
        now, seconds = self._station.charger.now(), monitor.value
        if not monitor.type.startswith("Periodic") or seconds <= 0:
            return
        at = (now // seconds + 1) * seconds if monitor.type == "PeriodicClockAligned" else now + seconds
        monitor.next = self._station.charger.agenda.at(at, lambda: self._periodic(monitor))

    def _periodic(self, monitor: Monitor) -> None:
        self._say(monitor, "Periodic", _read(monitor.variable))
        self._plan(monitor)

    def _look(self) -> None:
        for monitor in self.all.values():
            match monitor.type:
                case "Delta":
                    self._delta(monitor, _read(monitor.variable))
                case "UpperThreshold" | "LowerThreshold":
                    self._threshold(monitor, _read(monitor.variable))

    def _delta(self, monitor: Monitor, value: str) -> None:
        if value == monitor.last:
            return
        if monitor.variable.kind in NUMBERS and abs(float(value) - float(monitor.last)) < monitor.value:
            return
        monitor.last = value
        self._say(monitor, "Delta", value)

    def _threshold(self, monitor: Monitor, value: str) -> None:
        above = float(value) > monitor.value
        below = float(value) < monitor.value
        raised = above if monitor.type == "UpperThreshold" else below
        if raised != monitor.raised:
            monitor.raised = raised
            self._say(monitor, "Alerting", value, cleared=not raised)

    def _say(self, monitor: Monitor, trigger: str, value: str, *, cleared: bool = False) -> None:
        charger = self._station.charger
        if monitor.severity > self.level or not charger.exchange.registered:
            return
        event: Payload = {
            "eventId": next(self._station.event_ids),
            "timestamp": clock.stamp(charger.now()),
            "trigger": trigger,
            "actualValue": value,
            "eventNotificationType": monitor.kind,
            "variableMonitoringId": monitor.id,
            "component": monitor.variable.component.payload(),
            "variable": monitor.variable.payload(),
        }
        if cleared:
            event["cleared"] = True
        stamp = clock.stamp(charger.now())
        self._station.keep("NotifyEvent", {"generatedAt": stamp, "seqNo": 0, "eventData": [event]})


def _read(variable: Variable) -> str:
    return "" if variable.read is None else variable.read()
