"""Certificates of a 2.x charger: real keys, real requests, real chains."""

import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import START, Payload, World

_NOW = datetime.datetime.fromtimestamp(START, datetime.UTC)
_DAY = datetime.timedelta(days=1)


class Authority:
    """A root that signs."""

    def __init__(self, name: str = "Root", *, over: bool = False) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        end = _NOW - _DAY if over else _NOW + 1000 * _DAY
        self.root = self._sign(self.name, self.key.public_key(), end)
        self.pem = _text(self.root)

    def sign(self, csr: str, *, over: bool = False) -> str:
        """A certificate for a request."""
        request = x509.load_pem_x509_csr(csr.encode())
        assert request.is_signature_valid
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return _text(self._sign(request.subject, key, _NOW - _DAY if over else _NOW + 90 * _DAY))

    def _sign(self, name: x509.Name, key: ec.EllipticCurvePublicKey, end: datetime.datetime) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(_NOW - 9 * _DAY).not_valid_after(end)
        return made.sign(self.key, hashes.SHA256())


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _install(world: World, pem: str, use: str = "CSMSRootCertificate") -> str:
    return str(world.order("InstallCertificate", certificateType=use, certificate=pem)["status"])


def _installed(world: World, *uses: str) -> list[Payload]:
    answer = world.order("GetInstalledCertificateIds", **({"certificateType": list(uses)} if uses else {}))
    assert answer["status"] == ("Accepted" if "certificateHashDataChain" in answer else "NotFound")
    return list(answer.get("certificateHashDataChain", []))


def _asked(world: World, use: str = "ChargingStationCertificate") -> str:
    word = use.removesuffix("Certificate")
    assert world.order("TriggerMessage", requestedMessage=f"Sign{word}Certificate") == {"status": "Accepted"}
    call = world.calls("SignCertificate")[-1]
    assert call["certificateType"] == use
    return str(call["csr"])


def _signed(world: World, chain: str, **more: Any) -> str:
    return str(world.order("CertificateSigned", certificateChain=chain, **more)["status"])


def test_roots_are_installed_listed_and_deleted(world_of: Worlds) -> None:
    world, one, other = world_of(), Authority("one"), Authority("other")
    assert _installed(world) == []
    assert _install(world, one.pem) == "Accepted"
    assert _install(world, other.pem, "MORootCertificate") == "Accepted"
    assert [row["certificateType"] for row in _installed(world)] == ["MORootCertificate", "CSMSRootCertificate"]
    [row] = _installed(world, "CSMSRootCertificate")
    name = row["certificateHashData"]
    assert name["serialNumber"] == f"{one.root.serial_number:x}"
    assert world.order("DeleteCertificate", certificateHashData=name) == {"status": "Accepted"}
    assert world.order("DeleteCertificate", certificateHashData=name) == {"status": "NotFound"}
    assert _installed(world, "CSMSRootCertificate") == []


def test_the_hashes_are_those_of_the_issuer(world_of: Worlds) -> None:
    world, one = world_of(), Authority()
    _install(world, one.pem)
    [row] = _installed(world)
    point = one.root.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    digests = []
    for data in (one.root.issuer.public_bytes(), point):
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        digests.append(digest.finalize().hex())
    name = row["certificateHashData"]
    assert [name["issuerNameHash"], name["issuerKeyHash"]] == digests


@pytest.mark.parametrize(("pem", "status"), [("nothing", "Rejected"), (Authority(over=True).pem, "Failed")])
def test_what_is_no_root_or_is_over_is_not_trusted(world_of: Worlds, pem: str, status: str) -> None:
    world = world_of()
    assert _install(world, pem) == status
    assert _installed(world) == []


def test_rule_53_a_certificate_names_the_charger_and_the_operator(world_of: Worlds) -> None:
    world, authority = world_of(), Authority()
    csr = _asked(world)
    subject = x509.load_pem_x509_csr(csr.encode()).subject
    assert {name.rfc4514_attribute_name: name.value for name in subject} == {"CN": "CP-1", "O": "CSMS"}
    assert _signed(world, authority.sign(csr)) == "Accepted"


def test_a_chain_for_cars_is_listed_with_its_issuers(world_of: Worlds) -> None:
    world, authority = world_of(), Authority()
    chain = authority.sign(_asked(world, "V2GCertificate")) + authority.pem
    assert _signed(world, chain, certificateType="V2GCertificate") == "Accepted"
    [row] = _installed(world, "V2GCertificateChain")
    assert len(row["childCertificateHashData"]) == 1
    answer = world.order("DeleteCertificate", certificateHashData=row["certificateHashData"])
    assert answer["status"] == "Failed"


def test_certificates_that_are_expired_of_another_key_or_of_a_wrong_chain_are_refused(world_of: Worlds) -> None:
    world, authority = world_of(), Authority()
    csr = _asked(world)
    wrong = [
        authority.sign(csr, over=True),
        authority.pem,
        authority.sign(csr) + Authority("other").pem,
        "nothing",
    ]
    assert [_signed(world, chain) for chain in wrong] == ["Rejected"] * 4
    events = [call["type"] for call in world.calls("SecurityEventNotification")]
    assert events == ["InvalidChargingStationCertificate"] * 4
    assert _signed(world, authority.sign(csr)) == "Accepted"


def test_nothing_is_taken_that_was_not_asked_for(world_of: Worlds) -> None:
    world, authority = world_of(), Authority()
    chain = authority.sign(_asked(world))
    assert [_signed(world, chain), _signed(world, chain)] == ["Accepted", "Rejected"]


def test_one_certificate_may_be_for_all_uses(world_of: Worlds) -> None:
    world, authority = world_of(), Authority()
    world.order("TriggerMessage", requestedMessage="SignCombinedCertificate")
    [call] = world.calls("SignCertificate")
    chain = authority.sign(call["csr"])
    assert _signed(world, chain) == "Accepted"
    store = world.charger.certificates
    assert store.chains["ChargingStationCertificate"] == store.chains["V2GCertificate"]
    assert store.identity is not None


def test_2_1_numbers_its_requests() -> None:
    world = World(protocol="2.1")
    _asked(world)
    _asked(world)
    assert [call["requestId"] for call in world.calls("SignCertificate")] == [1, 2]
