"""OCPP 2.1 battery swap: batteries that are put into and taken out of a station, with or without our asking.

Inventory: batteries, "serial number" -> {evseId, soC, soH, ...}, those in the station now; battery-swaps, "request id"
-> {status: requested | BatteryIn}, those under way: a swap is over when the battery is out, or was left inside.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts, inventory
from csms.protocol import fields, jsontext, notices, versions

BATTERIES = "batteries"
SWAPS = "battery-swaps"


def _swapped(report: fields.Fields) -> facts.Notification:
    told = notices.plain(report.payload)
    token = told.pop("idToken")
    event, swap = told["eventType"], str(told["requestId"])
    going_on = inventory.Change(kind=SWAPS, put={swap: {"status": event}})
    under_way = going_on if event == "BatteryIn" else inventory.Change(kind=SWAPS, drop=(swap,))
    return facts.Notification(
        action="BatterySwap",
        payload=jsontext.encode(told),
        tokens={"idToken": facts.IdToken(token["idToken"], token["type"])},
        changes=(*(_moved(event, battery) for battery in told["batteryData"]), under_way),
        suspect=report.suspect,
    )


def _moved(event: str, battery: inventory.Body) -> inventory.Change:
    """An EVSE holds one battery; one that nobody took in time stays where it is."""
    serial_number = battery["serialNumber"]
    if event == "BatteryOut":
        return inventory.Change(kind=BATTERIES, drop=(serial_number,))
    return inventory.Change(kind=BATTERIES, where={"evseId": battery["evseId"]}, put={serial_number: battery})


def _requested(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    return (inventory.Change(kind=SWAPS, put={str(request["requestId"]): {"status": "requested"}}),)


INCOMING: Mapping[str, versions.Incoming] = {"BatterySwap": versions.Incoming(_swapped, notices.empty)}

CALLS: Mapping[str, versions.Learn] = {"RequestBatterySwap": _requested}
