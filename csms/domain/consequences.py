"""What a charger sends because it took a call of ours (rule 20). Used by the charger actor; pure."""

from typing import Any

_CONSEQUENCES = {
    "CustomerInformation": frozenset({"NotifyCustomerInformation"}),
    "GetBaseReport": frozenset({"NotifyReport"}),
    "GetChargingProfiles": frozenset({"ReportChargingProfiles"}),
    "GetDERControl": frozenset({"ReportDERControl"}),
    "GetDiagnostics": frozenset({"DiagnosticsStatusNotification"}),
    "GetDisplayMessages": frozenset({"NotifyDisplayMessages"}),
    "GetLog": frozenset({"LogStatusNotification"}),
    "GetMonitoringReport": frozenset({"NotifyMonitoringReport"}),
    "GetReport": frozenset({"NotifyReport"}),
    "PublishFirmware": frozenset({"PublishFirmwareStatusNotification"}),
    "SignedUpdateFirmware": frozenset({"SignedFirmwareStatusNotification"}),
    "UpdateFirmware": frozenset({"FirmwareStatusNotification"}),
}
"""Call of ours -> what the charger reports then."""


def asked_for(action: str, payload: dict[str, Any]) -> frozenset[str]:
    """The messages that a charger sends because it took this call of ours (rule 20)."""
    if action in ("TriggerMessage", "ExtendedTriggerMessage"):
        message = str(payload.get("requestedMessage"))
        return frozenset({"SignCertificate" if message.startswith("Sign") else message})
    return _CONSEQUENCES.get(action, frozenset())
