"""Lists of revoked certificates, and OCSP's answers about single ones."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp as rfc6960

from csms.domain.certificates import HashData
from csms.pki import authority, errors, hashes, ocsp, requests, revocation
from tests.csms.pki import support

LIFE = timedelta(days=30)


def leaf() -> x509.Certificate:
    return authority.sign_charger(support.operator(), requests.read(support.request()), support.NOW, LIFE)


def revoked(certificate: x509.Certificate) -> revocation.Revoked:
    return revocation.Revoked(f"{certificate.serial_number:x}", support.NOW, "key_compromise")


def test_a_list_has_what_was_revoked_and_is_signed() -> None:
    bad, good = leaf(), leaf()
    [crl] = revocation.read(revocation.publish(support.operator(), [revoked(bad)], support.NOW))
    assert revocation.trusted([crl], support.operator().chain) == [crl]
    assert revocation.listed(bad, [crl])
    assert not revocation.listed(good, [crl])
    entry = crl.get_revoked_certificate_by_serial_number(bad.serial_number)
    assert entry is not None
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.key_compromise


def test_a_strangers_list_says_nothing_about_ours() -> None:
    mine = leaf()
    text = revocation.publish(support.operator("Stranger"), [revoked(mine)], support.NOW)
    lists = revocation.read(text)
    assert revocation.trusted(lists, support.operator().chain) == []
    assert not revocation.listed(mine, lists)


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(errors.BadCertificate):
        revocation.read(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    assert revocation.read(b"") == []


@pytest.mark.parametrize(
    ("is_revoked", "known", "status"),
    [
        (False, True, rfc6960.OCSPCertStatus.GOOD),
        (True, True, rfc6960.OCSPCertStatus.REVOKED),
        (False, False, rfc6960.OCSPCertStatus.UNKNOWN),
    ],
)
def test_an_answer_about_one_is_signed_and_for_that_one(
    is_revoked: bool, known: bool, status: rfc6960.OCSPCertStatus
) -> None:
    mine, signer = leaf(), support.operator()
    named = hashes.of(mine, signer.issuer)
    told = ocsp.respond(signer, named, revoked(mine) if is_revoked else None, support.NOW, known=known)
    assert len(told) < 5500
    answer = rfc6960.load_der_ocsp_response(base64.b64decode(told))
    assert (answer.certificate_status, answer.serial_number) == (status, mine.serial_number)
    assert answer.next_update_utc == support.NOW + timedelta(days=1)
    key = signer.issuer.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert answer.signature_hash_algorithm is not None
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm))


def test_hashes_that_are_none_are_refused() -> None:
    with pytest.raises(errors.BadCertificate):
        ocsp.respond(support.operator(), HashData("SHA256", "zz", "", "1"), None, support.NOW)
