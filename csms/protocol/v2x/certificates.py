"""OCPP 2.x certificates: requests to sign, what is signed, what the charger trusts, and what it asks about others'."""

from collections.abc import Mapping
from typing import Any

import msgspec

from csms.domain import certificates as known
from csms.domain import commands, facts, inventory
from csms.protocol import certificates, fields, versions

_USES = {
    "csms_root": "CSMSRootCertificate",
    "manufacturer_root": "ManufacturerRootCertificate",
    "v2g_root": "V2GRootCertificate",
    "mo_root": "MORootCertificate",
}
_USES_21 = {**_USES, "oem_root": "OEMRootCertificate"}
_ALL = (*_USES_21.values(), "V2GCertificateChain")
_KINDS = {"charger": "ChargingStationCertificate", "v2g": "V2GCertificate"}
_MEANT = {sent: kind for kind, sent in _KINDS.items()}
_TRIGGERS = {"charger": "SignChargingStationCertificate", "v2g": "SignV2GCertificate"}
_LONGEST_INFO = 512


def info(reason: str, told: str) -> dict[str, Any]:
    """A statusInfo: a word for machines, of at most 20 characters, and what people need."""
    return {"reasonCode": reason, "additionalInfo": told[:_LONGEST_INFO]}


def _asked(report: fields.Fields) -> facts.SigningRequest:
    named = report.text("certificateType")
    use = named or "ChargingStationCertificate"
    return facts.SigningRequest(
        csr=report.words("csr"),
        kind=_MEANT.get(use, use),
        for_all=named is None,
        request_id=report.integer("requestId"),
        suspect=report.suspect,
    )


def _answered(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.SigningAnswer)
    if answer.objection is None:
        return {"status": "Accepted"}
    return {"status": "Rejected", "statusInfo": info("InvalidCSR", answer.objection)}


def _send(command: commands.SendCertificate) -> dict[str, Any]:
    """Without a type, as it was asked for, it is for all that the charger shows a certificate for."""
    payload: dict[str, Any] = {"certificateChain": command.chain}
    if not command.for_all:
        payload["certificateType"] = _KINDS[command.kind]
    return payload if command.request_id is None else {**payload, "requestId": command.request_id}


def _list(command: commands.ListCertificates) -> dict[str, Any]:
    return {} if command.certificate_type is None else {"certificateType": [_USES_21[command.certificate_type]]}


def _listed(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    put: dict[str, inventory.Body] = {}
    for each in answer.get("certificateHashDataChain") or []:
        named = msgspec.convert(each["certificateHashData"], known.HashData)
        children = {name: each[name] for name in ("childCertificateHashData",) if name in each}
        put |= known.entry(each["certificateType"], named, **children)
    asked = request.get("certificateType") or _ALL
    cleared = tuple(inventory.Change(kind=known.KIND, clear=f"{use}/") for use in asked)
    return (*cleared, inventory.Change(kind=known.KIND, put=put)) if put else cleared


def _renew(command: commands.RenewCertificate) -> dict[str, Any]:
    return {"requestedMessage": _TRIGGERS[command.kind]}


def _status_asked(report: fields.Fields) -> facts.CertificateStatusRequest:
    data = report.whole("ocspRequestData")
    asked = facts.StatusQuestion(certificates.hash_data(data), urls=(data.words("responderURL"),))
    return facts.CertificateStatusRequest(asked=(asked,), suspect=report.suspect)


def _status_told(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.CertificateStatusAnswer)
    [found] = answer.found
    if found.response is None:
        return {"status": "Failed", "statusInfo": info("NotFound", found.detail)}
    return {"status": "Accepted", "ocspResult": found.response}


def _contract_asked(report: fields.Fields) -> facts.ContractRequest:
    return facts.ContractRequest(suspect=report.suspect)


def _contract_refused(_: facts.Answer) -> dict[str, Any]:
    told = "no provider of contract certificates is set: the car must be given its contract otherwise"
    return {"status": "Failed", "exiResponse": "", "statusInfo": info("NotEnabled", told)}


INCOMING: Mapping[str, versions.Incoming] = {
    "Get15118EVCertificate": versions.Incoming(_contract_asked, _contract_refused),
    "GetCertificateStatus": versions.Incoming(_status_asked, _status_told),
    "SignCertificate": versions.Incoming(_asked, _answered),
}

_SHARED: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.DeleteCertificate: versions.Outgoing("DeleteCertificate", certificates.delete),
    commands.ListCertificates: versions.Outgoing("GetInstalledCertificateIds", _list),
    commands.RenewCertificate: versions.Outgoing("TriggerMessage", _renew),
    commands.SendCertificate: versions.Outgoing("CertificateSigned", _send),
}
OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    **_SHARED,
    commands.InstallCertificate: versions.Outgoing("InstallCertificate", certificates.install(_USES, "2.0.1")),
}
"""Of 2.0.1."""
OUTGOING_21: Mapping[type[commands.Command], versions.Outgoing] = {
    **_SHARED,
    commands.InstallCertificate: versions.Outgoing("InstallCertificate", certificates.install(_USES_21, "2.1")),
}
"""Of 2.1, where a charger trusts carmakers too."""

CALLS: Mapping[str, versions.Learn] = {
    "CertificateSigned": versions.nothing,
    "DeleteCertificate": certificates.deleted(_ALL),
    "GetInstalledCertificateIds": _listed,
    "InstallCertificate": certificates.installed,
}
