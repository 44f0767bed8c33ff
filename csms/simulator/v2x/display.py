"""Messages on the display of a 2.x charger, and what charging costs so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from csms.simulator import clock, operations
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands, variables
from csms.simulator.v2x.device_model import Variable
from csms.simulator.v2x.station import Station

_FORMATS = ("ASCII", "UTF8", "URI")
_PRIORITIES = ("AlwaysFront", "InFront", "NormalCycle")
_STATES = ("Charging", "Faulted", "Idle", "Unavailable")
_ROOM = 20
"""Messages that it can hold."""


class Display:
    """What is shown or waits to be: messages by their id, and costs by transaction. Nothing is shown after its end."""

    def __init__(self, station: Station) -> None:
        self._all: dict[int, Payload] = {}
        self.costs: dict[str, float] = {}
        """The totalCost that the central system told last."""
        self._now: Callable[[], float] = station.charger.now
        self._station = station

    @property
    def messages(self) -> dict[int, Payload]:
        """Those that count, by id."""
        self._all = {number: one for number, one in self._all.items() if not self._over(one)}
        return self._all

    def _over(self, message: Payload) -> bool:
        if "endDateTime" in message and clock.moment(message["endDateTime"]) <= self._now():
            return True
        transaction = message.get("transactionId")
        return transaction is not None and operations.running(self._station.charger, transaction) is None


def _set(station: Station, call: Payload) -> Payload:
    message, shown = call["message"], station.own(Display).messages
    if message["message"]["format"] not in _FORMATS:
        return commands.status("NotSupportedMessageFormat")
    if message.get("state", "Idle") not in _STATES:
        return commands.status("NotSupportedState")
    transaction = message.get("transactionId")
    if transaction is not None and operations.running(station.charger, transaction) is None:
        return commands.status("UnknownTransaction")
    if message["id"] not in shown and len(shown) >= _ROOM:
        return commands.status("Rejected", "NoRoom")
    if message["priority"] == "AlwaysFront":
        for other in [one for one in shown.values() if one["priority"] == "AlwaysFront"]:
            del shown[other["id"]]
    shown[message["id"]] = message
    return commands.status("Accepted")


def _get(station: Station, call: Payload) -> Payload:
    found = [
        message
        for number, message in sorted(station.own(Display).messages.items())
        if number in call.get("id", (number,))
        and call.get("priority") in (None, message["priority"])
        and call.get("state") in (None, message.get("state"))
    ]
    if not found:
        return commands.status("Unknown")
    size = station.charger.config.report_items
    for start in range(0, len(found), size):
        station.tell(
            "NotifyDisplayMessages",
            {
                "requestId": call["requestId"],
                "tbc": start + size < len(found),
                "messageInfo": found[start : start + size],
            },
        )
    return commands.status("Accepted")


def _clear(station: Station, call: Payload) -> Payload:
    known = station.own(Display).messages.pop(call["id"], None)
    return commands.status("Unknown" if known is None else "Accepted")


def _cost(station: Station, call: Payload) -> Payload:
    station.own(Display).costs[call["transactionId"]] = call["totalCost"]
    return {}


def inventory(station: Station) -> Iterator[Variable]:
    """DisplayMessageCtrlr."""
    rows = variables.Rows(station, "DisplayMessageCtrlr")
    yield rows.constant("Enabled", "true", "boolean")
    yield rows.constant("SupportedFormats", ",".join(_FORMATS), "MemberList")
    yield rows.constant("SupportedPriorities", ",".join(_PRIORITIES), "MemberList")
    yield rows.constant("SupportedStates", ",".join(_STATES), "MemberList")
    yield rows.reading("DisplayMessages", lambda: str(len(station.own(Display).messages)), "integer")


COMMANDS: Mapping[str, commands.Handler] = {
    "ClearDisplayMessage": _clear,
    "CostUpdated": _cost,
    "GetDisplayMessages": _get,
    "SetDisplayMessage": _set,
}
