"""Certificates of an OCPP 1.6 charger (security whitepaper): roots to trust, its own one, and asking for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.simulator import certificates
from csms.simulator.messages import Message, Payload
from csms.simulator.v16 import handlers

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

OWN = "ChargePointCertificate"


def sign(charger: Charger) -> None:
    """Ask for a certificate, with a new key. Rule 53: it comes in a call of its own, after the answer to this one."""
    payload = {"csr": charger.certificates.request(OWN)}
    charger.exchange.outbox.add_urgent(Message("SignCertificate", payload))


def _install(charger: Charger, call: Payload) -> Payload:
    use, pem = call["certificateType"], call["certificate"]
    if not certificates.parsed(pem):
        return {"status": "Rejected"}
    return {"status": "Accepted" if charger.certificates.install(use, pem, charger.now()) else "Failed"}


def _installed(charger: Charger, call: Payload) -> Payload:
    found = [_hash_data(name) for _, name in charger.certificates.named((call["certificateType"],))]
    return {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}


def _delete(charger: Charger, call: Payload) -> Payload:
    data = call["certificateHashData"]
    name = certificates.Hashes(
        data["issuerNameHash"].lower(), data["issuerKeyHash"].lower(), data["serialNumber"].lower().lstrip("0")
    )
    if charger.certificates.own(name):
        return {"status": "Failed"}
    gone = data["hashAlgorithm"] == "SHA256" and charger.certificates.delete(name)
    return {"status": "Accepted" if gone else "NotFound"}


def _signed(charger: Charger, call: Payload) -> Payload:
    return handlers.accepted(charger.certificates.signed(OWN, call["certificateChain"], charger.now()))


def _hash_data(name: certificates.Hashes) -> Payload:
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": name.issuer_name,
        "issuerKeyHash": name.issuer_key,
        "serialNumber": name.serial,
    }


COMMANDS: Mapping[str, handlers.Handler] = {
    "CertificateSigned": _signed,
    "DeleteCertificate": _delete,
    "GetInstalledCertificateIds": _installed,
    "InstallCertificate": _install,
}
