"""OCPP 1.6 Remote Trigger: ask for one message now; those of the security whitepaper have a call of their own."""

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
_EXTENDED = ("LogStatusNotification", "SignChargePointCertificate")


def _trigger(command: commands.Trigger) -> dict[str, Any] | versions.Order | versions.CannotExpress:
    if command.message not in _MESSAGES + _EXTENDED:
        return versions.CannotExpress(f"OCPP 1.6 can trigger: {', '.join(_MESSAGES + _EXTENDED)}.")
    number = core_commands.connector(command.connector_id, command.evse_id)
    if isinstance(number, versions.CannotExpress):
        return number
    # connectorId is above 0 here; without it every connector and the charger itself is meant.
    payload = {"requestedMessage": command.message, **({"connectorId": number} if number else {})}
    return versions.Order("ExtendedTriggerMessage", payload) if command.message in _EXTENDED else payload


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.Trigger: versions.Outgoing("TriggerMessage", _trigger),
}
