"""OCPP 1.6 (edition 2, with the security whitepaper): the tables of its functional blocks, composed."""

from csms.protocol import frames, schemas, versions
from csms.protocol.v16 import (
    certificates,
    core,
    core_commands,
    cost,
    diagnostics,
    firmware,
    local_list,
    notifications,
    remote_trigger,
    reservation,
    security,
    smart_charging,
)

_CALLS = {
    "core": "ChangeAvailability ChangeConfiguration ClearCache DataTransfer GetConfiguration RemoteStartTransaction"
    " RemoteStopTransaction Reset UnlockConnector",
    "firmware": "GetDiagnostics UpdateFirmware",
    "local authorization list": "GetLocalListVersion SendLocalList",
    "remote trigger": "TriggerMessage",
    "reservation": "CancelReservation ReserveNow",
    "security": "CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds GetLog"
    " InstallCertificate SignedUpdateFirmware",
    "smart charging": "ClearChargingProfile GetCompositeSchedule SetChargingProfile",
}
"""What a server may call, by functional block."""

VERSION = versions.Version(
    name="1.6",
    subprotocol="ocpp1.6",
    dialect=frames.Dialect(malformed="FormationViolation", answer_anonymous=False, unknown_type="FormationViolation"),
    validators=schemas.Schemas("v16"),
    codes=schemas.CODES_16,
    incoming={
        **certificates.INCOMING,
        **core.INCOMING,
        **diagnostics.INCOMING,
        **firmware.INCOMING,
        **notifications.INCOMING,
    },
    outgoing={
        **certificates.OUTGOING,
        **core_commands.OUTGOING,
        **cost.OUTGOING,
        **diagnostics.OUTGOING,
        **firmware.OUTGOING,
        **local_list.OUTGOING,
        **remote_trigger.OUTGOING,
        **reservation.OUTGOING,
        **smart_charging.OUTGOING,
    },
    calls={
        **dict.fromkeys(" ".join(_CALLS.values()).split(), versions.nothing),
        **certificates.CALLS,
        **diagnostics.CALLS,
        **firmware.CALLS,
        **local_list.CALLS,
        **reservation.CALLS,
        **smart_charging.CALLS,
    },
    writes=core_commands.writes,
    password=security.password,
    profile=security.profile,
    objection=security.objection,
)
