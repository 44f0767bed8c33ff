"""OCPP 1.6 certificates (security whitepaper): requests to sign, what is signed, and what the charger trusts."""

from collections.abc import Mapping
from typing import Any

import msgspec

from csms.domain import certificates as known
from csms.domain import commands, facts, inventory
from csms.protocol import certificates, fields, versions

_USES = {"csms_root": "CentralSystemRootCertificate", "manufacturer_root": "ManufacturerRootCertificate"}


def _asked(report: fields.Fields) -> facts.SigningRequest:
    return facts.SigningRequest(csr=report.words("csr"), suspect=report.suspect)


def _answered(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.SigningAnswer)
    return {"status": "Rejected" if answer.objection else "Accepted"}


def _send(command: commands.SendCertificate) -> dict[str, Any]:
    return {"certificateChain": command.chain}


def _list(command: commands.ListCertificates) -> dict[str, Any] | versions.CannotExpress:
    use = _USES.get(command.certificate_type or "csms_root")
    if use is None:
        return versions.CannotExpress(f"OCPP 1.6 can list: {', '.join(_USES)}.")
    return {"certificateType": use}


def _listed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    use = request["certificateType"]
    put: dict[str, inventory.Body] = {}
    for each in answer.get("certificateHashData") or []:
        put |= known.entry(use, msgspec.convert(each, known.HashData))
    return (inventory.Change(kind=known.KIND, clear=f"{use}/", put=put),)


def _renew(command: commands.RenewCertificate) -> dict[str, Any] | versions.CannotExpress:
    if command.kind != "charger":
        return versions.CannotExpress("OCPP 1.6 has no certificates for cars of its own: renew the charger's.")
    return {"requestedMessage": "SignChargePointCertificate"}


INCOMING: Mapping[str, versions.Incoming] = {"SignCertificate": versions.Incoming(_asked, _answered)}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.DeleteCertificate: versions.Outgoing("DeleteCertificate", certificates.delete),
    commands.InstallCertificate: versions.Outgoing("InstallCertificate", certificates.install(_USES, "1.6")),
    commands.ListCertificates: versions.Outgoing("GetInstalledCertificateIds", _list),
    commands.RenewCertificate: versions.Outgoing("ExtendedTriggerMessage", _renew),
    commands.SendCertificate: versions.Outgoing("CertificateSigned", _send),
}

CALLS: Mapping[str, versions.Learn] = {
    "CertificateSigned": versions.nothing,
    "DeleteCertificate": certificates.deleted(_USES.values()),
    "GetInstalledCertificateIds": _listed,
    "InstallCertificate": certificates.installed,
}
