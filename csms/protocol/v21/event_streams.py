"""OCPP 2.1 periodic event streams: opened and closed by the charger, adjusted by us; their data comes in SENDs.

Inventory: event-streams, "id" -> {id, variableMonitoringId, params, pending, newest: {basetime, t, v}}; a value was
measured t seconds after its basetime. Every message with data is a report besides. A stream lasts until it is closed:
a charger that lost its connection goes on with it or opens it again, and GetPeriodicEventStream tells which there are.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts, inventory
from csms.protocol import notices, versions

STREAMS = "event-streams"
_PARAMETERS: inventory.Body = {"interval": None, "values": None}


def _opened(told: inventory.Body) -> tuple[inventory.Change, ...]:
    stream = told["constantStreamData"]
    return (inventory.Change(kind=STREAMS, put={str(stream["id"]): stream}),)


def _closed(told: inventory.Body) -> tuple[inventory.Change, ...]:
    return (inventory.Change(kind=STREAMS, drop=(str(told["id"]),)),)


def _data(told: inventory.Body) -> tuple[inventory.Change, ...]:
    newest = max(told["data"], key=lambda point: point["t"])
    known = {"pending": told["pending"], "newest": {"basetime": told["basetime"], "t": newest["t"], "v": newest["v"]}}
    return (inventory.Change(kind=STREAMS, merge={str(told["id"]): known}),)


def _adjusted(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    params = _PARAMETERS | request["params"]
    return (inventory.Change(kind=STREAMS, merge={str(request["id"]): {"params": params}}),)


def _listed(_: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    streams = {str(stream["id"]): stream for stream in answer.get("constantStreamData", ())}
    return (inventory.Change(kind=STREAMS, only=tuple(streams), merge=streams),)


def _accepted(_: facts.Answer) -> dict[str, Any]:
    return {"status": "Accepted"}


INCOMING: Mapping[str, versions.Incoming] = {
    "OpenPeriodicEventStream": notices.row("OpenPeriodicEventStream", _opened, _accepted),
    "ClosePeriodicEventStream": notices.row("ClosePeriodicEventStream", _closed),
}

SENDS: Mapping[str, versions.Incoming] = {
    "NotifyPeriodicEventStream": notices.row("NotifyPeriodicEventStream", _data),
}

CALLS: Mapping[str, versions.Learn] = {
    "AdjustPeriodicEventStream": _adjusted,
    "GetPeriodicEventStream": _listed,
}
