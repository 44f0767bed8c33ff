"""OCPP 1.6 firmware, diagnostics and security reports: stored as they are, answered with the empty payload."""

from collections.abc import Mapping

from csms.domain import facts
from csms.protocol import fields, jsontext, versions
from csms.protocol.v16 import answers

_ACTIONS = (
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignedFirmwareStatusNotification",
)


def _row(action: str) -> versions.Incoming:
    def notification(report: fields.Fields) -> facts.Notification:
        return facts.Notification(action=action, payload=jsontext.encode(report.payload), suspect=report.suspect)

    return versions.Incoming(notification, answers.payload)


INCOMING: Mapping[str, versions.Incoming] = {action: _row(action) for action in _ACTIONS}
