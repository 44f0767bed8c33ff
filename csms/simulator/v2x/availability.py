"""Availability of a 2.x charger: the whole, an EVSE, or one connector."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator import operations
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station


def _change(station: Station, call: Payload) -> Payload:
    place, operative = call.get("evse"), call["operationalStatus"] == "Operative"
    if place is None or place["id"] == 0:
        return commands.status(operations.set_availability(station.charger, 0, operative).capitalize())
    affected = station.connectors(place["id"], place.get("connectorId"))
    outcomes = {operations.set_availability(station.charger, each.id, operative) for each in affected}
    if not outcomes:
        return commands.status("Rejected", "UnknownEvse")
    return commands.status("Scheduled" if "scheduled" in outcomes else "Accepted")


COMMANDS: Mapping[str, commands.Handler] = {"ChangeAvailability": _change}
