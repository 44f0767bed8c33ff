"""What a 2.x charger asks for a car that brings certificates: a contract of its own, and whether one is good still.

Called by tests and demos; the charger keeps what it was answered.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Literal

from cryptography import x509

from csms.simulator.certificates import Hashes
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import certificates
from csms.simulator.v2x.station import Station

SCHEMA = "urn:iso:15118:2:2013:MsgDef"


class Answers:
    """What the central system said: contracts as they came, statuses by the serial number."""

    def __init__(self, _station: Station) -> None:
        self.contracts: list[Payload] = []
        self.statuses: dict[str, Payload] = {}


def ask_for_contract(station: Station, exi: str, action: Literal["Install", "Update"] = "Install") -> None:
    """The car wants a contract certificate; `exi` is its request (Base64), which nobody here reads."""
    payload = {"iso15118SchemaVersion": SCHEMA, "action": action, "exiRequest": exi}
    _ask(station, "Get15118EVCertificate", payload, station.own(Answers).contracts.append)


def ask_for_status(station: Station, certificate: x509.Certificate, issuer: x509.Certificate, url: str) -> None:
    """Is a certificate good still? `url` is who answers for its issuer (OCSP)."""
    name = Hashes.of(certificate, issuer)
    asked = {**certificates.hash_data(name), "responderURL": url}

    def told(answer: Payload) -> None:
        station.own(Answers).statuses[name.serial] = answer

    _ask(station, "GetCertificateStatus", {"ocspRequestData": asked}, told)


def ask_for_chain(station: Station, chain: list[x509.Certificate], url: str) -> None:
    """Are all certificates of a chain below its root good still? Only 2.1 has words for it; `url` as above."""
    names = [Hashes.of(one, issuer) for one, issuer in itertools.pairwise(chain)]
    asked = [{"certificateHashData": certificates.hash_data(name), "source": "OCSP", "urls": [url]} for name in names]

    def told(answer: Payload) -> None:
        for each in answer["certificateStatus"]:
            station.own(Answers).statuses[each["certificateHashData"]["serialNumber"]] = each

    _ask(station, "GetCertificateChainStatus", {"certificateStatusRequests": asked}, told)


def _ask(station: Station, action: str, payload: Payload, told: Callable[[Payload], None]) -> None:
    station.charger.exchange.outbox.add_urgent(Message(action, payload, answered=told))
