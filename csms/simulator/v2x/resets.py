"""Resets of a 2.x charger: the whole, or one EVSE that starts again by itself while the others go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from csms.simulator import agenda, power
from csms.simulator.connector import Connector
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station

Kind: TypeAlias = Literal["Immediate", "OnIdle", "ImmediateAndResume"]


class Resets:
    """The EVSEs that start again, or will when nobody charges there."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._back: dict[int, agenda.Entry] = {}
        station.charger.watchers.append(self._look)
        station.restarts.append(self._forget)

    def reset(self, evse_id: int, kind: Kind) -> str:
        """Accepted, or Scheduled where the transaction of the EVSE is waited for. Its other transactions end or resume.

        From now on nothing begins there until the EVSE is back.
        """
        affected = self._station.connectors(evse_id)
        if kind == "OnIdle" and _busy(affected):
            self._mark(affected, "scheduled")
            return "Scheduled"
        if kind != "ImmediateAndResume":
            for connector in affected:
                self._station.charger.transactions.end(connector, "HardReset")
        self._begin(evse_id)
        return "Accepted"

    def _look(self) -> None:
        for evse_id in self._station.evse_ids:
            affected = self._station.connectors(evse_id)
            if affected[0].reset == "scheduled" and not _busy(affected):
                self._begin(evse_id)

    def _begin(self, evse_id: int) -> None:
        charger, affected = self._station.charger, self._station.connectors(evse_id)
        self._mark(affected, "running")
        for connector in affected:
            connector.grant, connector.ended = None, False
        if evse_id in self._back:
            self._back[evse_id].cancel()
        self._back[evse_id] = charger.agenda.at(charger.now() + power.BOOT_S, lambda: self._end(evse_id))

    def _end(self, evse_id: int) -> None:
        del self._back[evse_id]
        affected = self._station.connectors(evse_id)
        self._mark(affected, None)
        for connector in affected:
            self._station.charger.transactions.tell(connector, "TxResumed")

    def _mark(self, affected: list[Connector], reset: Literal["scheduled", "running"] | None) -> None:
        for connector in affected:
            connector.advance(self._station.charger.now())
            connector.reset = reset

    def _forget(self) -> None:
        """The whole charger goes off, and comes back with every EVSE."""
        for entry in self._back.values():
            entry.cancel()
        self._back.clear()
        self._mark(self._station.connectors(), None)


def _busy(affected: list[Connector]) -> bool:
    return any(connector.session is not None for connector in affected)


def _reset(station: Station, call: Payload) -> Payload:
    evse_id, kind = call.get("evseId"), call["type"]
    if evse_id is not None and evse_id not in station.evse_ids:
        return commands.status("Rejected", "UnknownEvse")
    if evse_id is not None:
        return commands.status(station.own(Resets).reset(evse_id, kind))
    if kind == "OnIdle":
        return commands.status("Accepted" if station.charger.power.reboot_when_idle() else "Scheduled")
    station.charger.power.reboot(soft=True, resume=kind == "ImmediateAndResume")  # the answer leaves first
    return commands.status("Accepted")


COMMANDS: Mapping[str, commands.Handler] = {"Reset": _reset}
