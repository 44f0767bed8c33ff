"""Certificates of a 2.x charger: roots to trust, its own ones, and asking for new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from csms.simulator import certificates
from csms.simulator.connector import Connector
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import commands, security, variables
from csms.simulator.v2x.device_model import Variable
from csms.simulator.v2x.station import Station

STATION, V2G, V2G_20 = "ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"
_ROOTS = (
    "V2GRootCertificate",
    "MORootCertificate",
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "OEMRootCertificate",
)
_CHAIN = "V2GCertificateChain"


def _install(station: Station, call: Payload) -> Payload:
    use, pem = call["certificateType"], call["certificate"]
    if not certificates.parsed(pem):
        return commands.status("Rejected", "InvalidFormat")
    installed = station.charger.certificates.install(use, pem, station.charger.now())
    return commands.status("Accepted") if installed else commands.status("Failed", "NotUsable")


def _installed(station: Station, call: Payload) -> Payload:
    asked, store = call.get("certificateType"), station.charger.certificates
    uses = tuple(use for use in _ROOTS if asked is None or use in asked)
    found = [{"certificateType": use, "certificateHashData": hash_data(name)} for use, name in store.named(uses)]
    if asked is None or _CHAIN in asked:
        found += _chain(store)
    return {"status": "Accepted", "certificateHashDataChain": found} if found else commands.status("NotFound")


def _chain(store: certificates.Certificates) -> list[Payload]:
    named = [hash_data(name) for name in store.chain_hashes(V2G)]
    if not named:
        return []
    below = {"childCertificateHashData": named[1:]} if named[1:] else {}
    return [{"certificateType": _CHAIN, "certificateHashData": named[0], **below}]


def _delete(station: Station, call: Payload) -> Payload:
    data, store = call["certificateHashData"], station.charger.certificates
    if data["hashAlgorithm"] != "SHA256":
        return commands.status("NotFound")
    name = certificates.Hashes(
        data["issuerNameHash"].lower(), data["issuerKeyHash"].lower(), data["serialNumber"].lower().lstrip("0")
    )
    if store.own(name):
        return commands.status("Failed", "OwnCertificate")
    return commands.status("Accepted" if store.delete(name) else "NotFound")


def _signed(station: Station, call: Payload) -> Payload:
    uses = [call["certificateType"]] if "certificateType" in call else [STATION, V2G]
    store, now = station.charger.certificates, station.charger.now()
    taken = [use for use in uses if store.signed(use, call["certificateChain"], now)]
    if not taken:
        security.event(station, "InvalidChargingStationCertificate")
        return commands.status("Rejected", "InvalidCertificate")
    return commands.status("Accepted")


def hash_data(name: certificates.Hashes) -> Payload:
    """A CertificateHashDataType."""
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": name.issuer_name,
        "issuerKeyHash": name.issuer_key,
        "serialNumber": name.serial,
    }


def asker(*uses: str) -> Callable[[Station, list[Connector]], bool]:
    """Answers a TriggerMessage: ask for one certificate for these uses, with a new key."""

    def ask(station: Station, _affected: list[Connector]) -> bool:
        sign(station, *uses)
        return True

    return ask


def sign(station: Station, *uses: str) -> None:
    """Ask for a certificate; without a type it is for all uses. Rule 53: it comes in a call of its own afterwards."""
    store = station.charger.certificates
    payload: Payload = {"csr": store.request(*uses)}
    if len(uses) == 1:
        payload["certificateType"] = uses[0]
    if station.version == "2.1":
        payload["requestId"] = store.requests
    station.charger.exchange.outbox.add_urgent(Message("SignCertificate", payload))


def inventory(station: Station) -> Iterator[Variable]:
    """What SecurityCtrlr says of certificates."""
    rows = variables.Rows(station, "SecurityCtrlr")
    yield rows.reading("CertificateEntries", lambda: str(len(station.charger.certificates.named(_ROOTS))), "integer")
    yield rows.constant("MaxCertificateChainSize", "10000", "integer")


COMMANDS: Mapping[str, commands.Handler] = {
    "CertificateSigned": _signed,
    "DeleteCertificate": _delete,
    "GetInstalledCertificateIds": _installed,
    "InstallCertificate": _install,
}
