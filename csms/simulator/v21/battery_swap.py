"""Battery swaps at a 2.1 charger: each EVSE is a place for a battery, one of them free for what a driver brings."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station

INSERT_S, TAKE_S = 5.0, 10.0
"""When the driver puts a battery in after the order, and takes another one out."""


class Batteries:
    """Which battery is where: EVSE -> its batteryData, None = free."""

    def __init__(self, station: Station) -> None:
        *full, free = station.evse_ids
        self.places: dict[int, Payload | None] = {
            evse: _battery(evse, f"{station.charger.config.id}-{evse}", 100.0) for evse in full
        }
        self.places[free] = None
        self._station = station
        self._brought = 0

    def swap(self, request_id: int, token: Payload) -> bool:
        """Begin a swap; False where no battery is there to be taken."""
        free = next((evse for evse, battery in self.places.items() if battery is None), None)
        full = next((evse for evse, battery in self.places.items() if battery is not None), None)
        if free is None or full is None:
            return False
        charger = self._station.charger
        charger.agenda.at(charger.now() + INSERT_S, lambda: self._inserted(free, request_id, token))
        charger.agenda.at(charger.now() + TAKE_S, lambda: self._taken(full, request_id, token))
        return True

    def _inserted(self, evse_id: int, request_id: int, token: Payload) -> None:
        self._brought += 1
        battery = _battery(evse_id, f"{self._station.charger.config.id}-brought-{self._brought}", 12.5)
        self.places[evse_id] = battery
        self._tell("BatteryIn", battery, request_id, token)

    def _taken(self, evse_id: int, request_id: int, token: Payload) -> None:
        battery, self.places[evse_id] = self.places[evse_id], None
        if battery is not None:
            self._tell("BatteryOut", battery, request_id, token)

    def _tell(self, event: str, battery: Payload, request_id: int, token: Payload) -> None:
        told = {"eventType": event, "requestId": request_id, "idToken": token, "batteryData": [battery]}
        self._station.keep("BatterySwap", told)


def _battery(evse_id: int, serial_number: str, charge: float) -> Payload:
    return {"evseId": evse_id, "serialNumber": serial_number, "soC": charge, "soH": 97.0}


def _request(station: Station, call: Payload) -> Payload:
    if station.own(Batteries).swap(call["requestId"], call["idToken"]):
        return commands.status("Accepted")
    return commands.status("Rejected", "NoBattery")


COMMANDS: Mapping[str, commands.Handler] = {"RequestBatterySwap": _request}
