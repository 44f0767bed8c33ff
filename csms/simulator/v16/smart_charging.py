"""Smart charging of an OCPP 1.6 charger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.domain.schedule import Installed
from csms.protocol import profiles
from csms.simulator import clock
from csms.simulator.messages import Payload
from csms.simulator.v16 import handlers

if TYPE_CHECKING:
    from csms.simulator.charger import Charger


def _set(charger: Charger, call: Payload) -> Payload:
    wanted = profiles.read({**call["csChargingProfiles"], "connectorId": call["connectorId"]})
    return handlers.accepted(wanted is not None and charger.limits.take(wanted))


def _clear(charger: Charger, call: Payload) -> Payload:
    def fits(each: Installed) -> bool:
        told = profiles.written(each.profile, profiles.V16)
        named = {"id": each.profile.id, "connectorId": each.connector_id, **told}
        return all(named.get(name) == value for name, value in call.items())

    return {"status": "Accepted" if charger.limits.clear(fits) else "Unknown"}


def _composite(charger: Charger, call: Payload) -> Payload:
    unit = call.get("chargingRateUnit", "W")
    periods = charger.limits.composite(call["connectorId"], call["duration"], unit)
    if periods is None:
        return {"status": "Rejected"}
    start = clock.stamp(int(charger.now()))
    schedule = {
        "duration": call["duration"],
        "startSchedule": start,
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [handlers.period(each) for each in periods],
    }
    return {
        "status": "Accepted",
        "connectorId": call["connectorId"],
        "scheduleStart": start,
        "chargingSchedule": schedule,
    }


COMMANDS: Mapping[str, handlers.Handler] = {
    "ClearChargingProfile": _clear,
    "GetCompositeSchedule": _composite,
    "SetChargingProfile": _set,
}
