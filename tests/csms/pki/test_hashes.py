"""How OCPP names certificates: the same as OCSP's CertID."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes as digests
from cryptography.x509 import ocsp

from csms.domain.certificates import HashData
from csms.pki import authority, errors, hashes, requests
from tests.csms.pki import support


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize("bits", [0, 2048], ids=["ecdsa", "rsa"])
def test_the_hashes_are_those_of_an_ocsp_request(algorithm: str, bits: int) -> None:
    request = requests.read(support.request(signer=support.key(bits)))
    leaf = authority.sign_charger(support.operator(), request, support.NOW, timedelta(days=1))
    for certificate, issuer in ((leaf, support.operator().issuer), (support.operator().root, support.operator().root)):
        digest = getattr(digests, algorithm)()
        asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, digest).build()
        named = hashes.of(certificate, issuer, algorithm)
        assert named.issuer_name_hash == asked.issuer_name_hash.hex()
        assert named.issuer_key_hash == asked.issuer_key_hash.hex()
        assert hashes.serial(named) == asked.serial_number


def test_an_rsa_issuers_key_is_hashed_without_tag_and_length() -> None:
    [root] = authority.create(("Root",), support.OWNER, support.NOW, "rsa")
    asked = ocsp.OCSPRequestBuilder().add_certificate(root.certificate, root.certificate, digests.SHA256()).build()
    assert hashes.of(root.certificate).issuer_key_hash == asked.issuer_key_hash.hex()
    assert root.certificate.not_valid_after_utc - support.NOW > timedelta(days=7000)


def test_who_issued_it_is_seen_without_regard_to_case() -> None:
    named = hashes.of(support.operator().issuer, support.operator().root)
    shouted = HashData("SHA256", named.issuer_name_hash.upper(), named.issuer_key_hash.upper(), "0A")
    assert hashes.is_by(shouted, support.operator().root)
    assert not hashes.is_by(shouted, support.operator().issuer)
    assert not hashes.is_by(HashData("MD5", "", "", "1"), support.operator().root)


def test_a_serial_number_that_is_none_is_refused() -> None:
    with pytest.raises(errors.BadCertificate):
        hashes.serial(HashData("SHA256", "", "", "no number"))
