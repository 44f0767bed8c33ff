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


class Store(certificates.Certificates):
    """The certificates of a 1.6 charger."""

    def __init__(self, charger: Charger) -> None:
        super().__init__(charger.config.id[:25], charger.config.vendor)


def sign(charger: Charger) -> None:
    """Ask for a certificate, with a new key. Rule 53: it comes in a call of its own, after the answer to this one."""
    payload = {"csr": charger.own(Store).request(OWN)}
    charger.exchange.outbox.add_urgent(Message("SignCertificate", payload))


def _install(charger: Charger, call: Payload) -> Payload:
    use, pem = call["certificateType"], call["certificate"]
    if not certificates.parsed(pem):
        return {"status": "Rejected"}
    return {"status": "Accepted" if charger.own(Store).install(use, pem, charger.now()) else "Failed"}


def _installed(charger: Charger, call: Payload) -> Payload:
    found = [_hash_data(name) for _, name in charger.own(Store).named((call["certificateType"],))]
    return {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}


def _delete(charger: Charger, call: Payload) -> Payload:
    data = call["certificateHashData"]
    name = certificates.Hashes(
        data["issuerNameHash"].lower(), data["issuerKeyHash"].lower(), data["serialNumber"].lower().lstrip("0")
    )
    if charger.own(Store).own(name):
        return {"status": "Failed"}
    gone = data["hashAlgorithm"] == "SHA256" and charger.own(Store).delete(name)
    return {"status": "Accepted" if gone else "NotFound"}


def _signed(charger: Charger, call: Payload) -> Payload:
    return handlers.accepted(charger.own(Store).signed(OWN, call["certificateChain"], charger.now()))


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
