"""Data transfer to a 2.x charger: it knows no vendor's messages, and says which part it does not know."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station


def _transfer(station: Station, call: Payload) -> Payload:
    own = call["vendorId"] == station.charger.config.vendor
    return commands.status("UnknownMessageId" if own else "UnknownVendorId")


COMMANDS: Mapping[str, commands.Handler] = {"DataTransfer": _transfer}
