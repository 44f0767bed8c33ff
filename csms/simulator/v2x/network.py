"""Network connection profiles of a 2.x charger: kept by slot, and used after a reboot in the order of priority."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from csms.simulator import config
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands, variables
from csms.simulator.v2x.device_model import Component, Variable, split
from csms.simulator.v2x.station import Station

SLOTS = (1, 2, 3)
_SPOKEN = {"2.0.1": ("OCPP20", "OCPP201"), "2.1": ("OCPP20", "OCPP201", "OCPP21")}


class Network:
    """The profiles by slot, and the order in which they are tried."""

    def __init__(self, station: Station) -> None:
        self.profiles: dict[int, Payload] = {}
        """By slot; the first slot holds the address that the charger came with until it is set."""
        self.priority: tuple[int, ...] = (SLOTS[0],)
        self._charger = station.charger
        station.restarts.append(self._use)

    def prefer(self, text: str) -> None:
        """Another order. Raises ValueError for a slot that does not exist."""
        wanted = tuple(int(part) for part in split(text))
        if not wanted or not set(wanted) <= set(SLOTS):
            raise ValueError(text)
        self.priority = wanted

    def _use(self) -> None:
        known = {SLOTS[0]: self._charger.config.url} | {
            slot: data["ocppCsmsUrl"] for slot, data in self.profiles.items()
        }
        self._charger.addresses = tuple(known[slot] for slot in self.priority if slot in known) or (known[SLOTS[0]],)


def _set(station: Station, call: Payload) -> Payload:
    slot, data = call["configurationSlot"], call["connectionData"]
    if slot not in SLOTS:
        return commands.status("Rejected", "NoSuchSlot")
    if data["ocppTransport"] != "JSON" or data.get("ocppVersion", "OCPP20") not in _SPOKEN[station.version]:
        return commands.status("Rejected", "NotSupported")
    if not data["ocppCsmsUrl"].startswith(("ws://", "wss://")):
        return commands.status("Rejected", "InvalidUrl")
    if data["securityProfile"] < (1 if station.charger.password else 0):
        return commands.status("Rejected", "NoDowngrade")
    station.own(Network).profiles[slot] = data
    return commands.status("Accepted")


def inventory(station: Station) -> Iterator[Variable]:
    """The part of OCPPCommCtrlr that is about the network."""
    rows = variables.Rows(station, "OCPPCommCtrlr")
    yield Variable(
        component=Component("OCPPCommCtrlr"),
        name="NetworkConfigurationPriority",
        kind="SequenceList",
        values=tuple(map(str, SLOTS)),
        read=lambda: ",".join(map(str, station.own(Network).priority)),
        write=lambda text: station.own(Network).prefer(text),
        at_reboot=True,
    )
    yield rows.constant("NetworkProfileConnectionAttempts", str(config.ATTEMPTS), "integer")


COMMANDS: Mapping[str, commands.Handler] = {"SetNetworkProfile": _set}
