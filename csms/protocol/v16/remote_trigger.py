"""OCPP 1.6 Remote Trigger: ask for one message now."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands
from csms.protocol import versions
from csms.protocol.v16 import core_commands

_MESSAGES = (
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
)


def _trigger(command: commands.Trigger) -> dict[str, Any] | versions.CannotExpress:
    if command.message not in _MESSAGES:
        return versions.CannotExpress(f"OCPP 1.6 can trigger: {', '.join(_MESSAGES)}.")
    number = core_commands.connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    # connectorId is above 0 here; without it every connector and the charger itself is meant.
    return {"requestedMessage": command.message, **({"connectorId": number} if number else {})}


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.Trigger: versions.Outgoing("TriggerMessage", _trigger),
}
