"""What others say of their certificates: asked, read, and believed only as far as it can be checked."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes as digests
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp as wire
from cryptography.x509.oid import ExtendedKeyUsageOID

from csms import pki
from csms.domain.certificates import HashData
from csms.pki import authority, hashes, ocsp, responders, revocation
from tests.csms.pki import support

NOW = support.NOW
LATER = NOW + timedelta(hours=1)
NUMBER = "abc"


def named(issuer: x509.Certificate, serial: str = NUMBER, algorithm: str = "SHA256") -> HashData:
    return HashData(algorithm, *hashes.of_issuer(issuer, algorithm), serial)


OPERATOR = support.operator()
ASKED = named(OPERATOR.issuer)
REVOKED = revocation.Revoked(NUMBER, NOW, "key_compromise")


def said(asked: HashData = ASKED, gone: revocation.Revoked | None = None, signer: Any = OPERATOR) -> bytes:
    return base64.b64decode(ocsp.respond(signer, asked, gone, NOW))


def charged(uses: list[x509.ObjectIdentifier], life: timedelta = timedelta(days=9)) -> tuple[Any, x509.Certificate]:
    """A key that the operator's authority charges with something, and its certificate."""
    key, name = support.key(curve="secp224r1"), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Answers")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(OPERATOR.issuer.subject).serial_number(5)
    builder = builder.public_key(key.public_key()).not_valid_before(NOW).not_valid_after(NOW + life)
    builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    return key, builder.sign(OPERATOR.key, digests.SHA256())


def delegated(key: Any, certificate: x509.Certificate) -> bytes:
    """An answer that another than the issuer signed."""
    name, own = bytes.fromhex(ASKED.issuer_name_hash), bytes.fromhex(ASKED.issuer_key_hash)
    builder = wire.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=name,
        issuer_key_hash=own,
        serial_number=int(NUMBER, 16),
        algorithm=digests.SHA256(),
        cert_status=wire.OCSPCertStatus.GOOD,
        this_update=NOW,
        next_update=None,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.certificates([certificate]).responder_id(wire.OCSPResponderEncoding.HASH, certificate)
    return builder.sign(key, digests.SHA256()).public_bytes(serialization.Encoding.DER)


# -- OCSP --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_the_request_names_the_certificate_by_its_hashes(algorithm: str) -> None:
    asked = named(OPERATOR.issuer, algorithm=algorithm)
    request = wire.load_der_ocsp_request(responders.question(asked))
    assert request.serial_number == 0xABC
    assert (request.issuer_name_hash.hex(), request.issuer_key_hash.hex()) == (
        asked.issuer_name_hash,
        asked.issuer_key_hash,
    )


@pytest.mark.parametrize("asked", [HashData("SHA1", "00", "00", "1"), HashData("SHA256", "x", "y", "1")])
def test_what_names_no_certificate_is_not_asked(asked: HashData) -> None:
    with pytest.raises(pki.BadCertificate):
        responders.question(asked)


@pytest.mark.parametrize(("gone", "status"), [(None, "Good"), (REVOKED, "Revoked")])
def test_the_issuers_word_counts_until_it_says(gone: revocation.Revoked | None, status: str) -> None:
    told = responders.answer(said(gone=gone), ASKED, LATER, [support.v2g().issuer, OPERATOR.issuer])
    assert told == (status, NOW + ocsp.LIFE, True)


def test_without_the_issuers_certificate_it_is_a_word_that_nobody_checked() -> None:
    assert responders.answer(said(), ASKED, LATER) == ("Good", NOW + ocsp.LIFE, False)


def test_the_issuer_may_charge_another_with_its_answers() -> None:
    told = responders.answer(delegated(*charged([ExtendedKeyUsageOID.OCSP_SIGNING])), ASKED, LATER, [OPERATOR.issuer])
    assert told == ("Good", None, True)


@pytest.mark.parametrize(
    ("answer", "at", "told"),
    [
        (said(named(OPERATOR.issuer, "def")), LATER, "another certificate"),
        (said(), NOW + ocsp.LIFE, "out of date"),
        (said(), NOW - timedelta(minutes=6), "to come"),
        (said(signer=support.v2g()), LATER, "signature"),
        (delegated(*charged([ExtendedKeyUsageOID.SERVER_AUTH])), LATER, "signature"),
        (delegated(*charged([ExtendedKeyUsageOID.OCSP_SIGNING], timedelta(minutes=1))), LATER, "signature"),
        (b"", LATER, "cannot be read"),
        (b"<html>", LATER, "cannot be read"),
    ],
    ids=["of another", "old", "of tomorrow", "another's", "not charged", "charged once", "empty", "a page"],
)
def test_any_other_answer_is_none(answer: bytes, at: datetime, told: str) -> None:
    with pytest.raises(pki.BadCertificate, match=told):
        responders.answer(answer, ASKED, at, [OPERATOR.issuer])


def test_a_responder_that_refuses() -> None:
    refusal = wire.OCSPResponseBuilder.build_unsuccessful(wire.OCSPResponseStatus.TRY_LATER)
    with pytest.raises(pki.BadCertificate, match="try_later"):
        responders.answer(refusal.public_bytes(serialization.Encoding.DER), ASKED, LATER)


# -- Lists -------------------------------------------------------------------------------------------------------------


def der(pem: bytes) -> bytes:
    return x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("form", [bytes, der])
@pytest.mark.parametrize(("gone", "status"), [([], "Good"), ([REVOKED], "Revoked")])
def test_who_is_on_a_list_is_revoked(
    form: Callable[[bytes], bytes], gone: list[revocation.Revoked], status: str
) -> None:
    content = form(revocation.publish(OPERATOR, gone, NOW))
    told = responders.listed(content, ASKED, LATER, [OPERATOR.issuer])
    assert told == (status, NOW + revocation.LIFE, True)
    assert not responders.listed(content, ASKED, LATER).checked


@pytest.mark.parametrize(
    ("signer", "at", "told"),
    [
        (support.v2g(), LATER, "another issuer's"),
        (OPERATOR, NOW + revocation.LIFE, "out of date"),
        (authority.Authority(OPERATOR.chain, support.key()), LATER, "signature"),
    ],
    ids=["of another", "old", "forged"],
)
def test_any_other_list_is_none(signer: authority.Authority, at: datetime, told: str) -> None:
    with pytest.raises(pki.BadCertificate, match=told):
        responders.listed(revocation.publish(signer, [], NOW), ASKED, at, [OPERATOR.issuer])


@pytest.mark.parametrize("content", [b"", b"-----BEGIN X509 CRL-----", b"<html>"])
def test_what_is_no_list(content: bytes) -> None:
    with pytest.raises(pki.BadCertificate, match="cannot be read"):
        responders.listed(content, ASKED, LATER)
