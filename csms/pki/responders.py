"""What others say of certificates that are not ours: OCSP requests and answers, and lists of revoked ones. Pure.

A charger asks whether a car's certificate is good still; who knows is named by that certificate, and called by
actors/chargers/certificate_statuses.py. An answer is about the certificate that was asked for and of this time, or
none; whether its signature could be checked is said too, since that needs the issuer's certificate.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from csms.domain.certificates import HashData
from csms.pki import errors, hashes, parsing
from csms.pki.ocsp import DIGESTS

SKEW = timedelta(minutes=5)
"""By which others' clocks may be ahead of ours."""
_STATUSES = {
    ocsp.OCSPCertStatus.GOOD: "Good",
    ocsp.OCSPCertStatus.REVOKED: "Revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "Unknown",
}
_SIGNS_OCSP = ExtendedKeyUsageOID.OCSP_SIGNING


class Told(NamedTuple):
    """status: Good | Revoked | Unknown. `until` None: newer word may come at any time."""

    status: str
    until: datetime | None
    checked: bool
    """Whether the issuer, or whom it charged with that, signed it."""


def question(asked: HashData) -> bytes:
    """The OCSP request (DER). Raises BadCertificate."""
    digest = DIGESTS.get(asked.hash_algorithm)
    if digest is None:
        raise errors.BadCertificate(f"there is no hash algorithm {asked.hash_algorithm}")
    try:
        name, key = bytes.fromhex(asked.issuer_name_hash), bytes.fromhex(asked.issuer_key_hash)
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name, key, hashes.serial(asked), digest)
    except ValueError as error:
        raise errors.BadCertificate(f"the hashes name no certificate: {error}") from error
    return builder.build().public_bytes(serialization.Encoding.DER)


def answer(der: bytes, asked: HashData, now: datetime, known: Collection[x509.Certificate] = ()) -> Told:
    """What an OCSP response says; `known` are certificates among which the issuer may be. Raises BadCertificate."""
    try:
        told = ocsp.load_der_ocsp_response(der)
        if told.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise errors.BadCertificate(f"the responder said {told.response_status.name.casefold()}")
        one = next((each for each in told.responses if _is_about(each, asked)), None)
        if one is None:
            raise errors.BadCertificate("the responder's answer is about another certificate")
        _of_now(one.this_update_utc, one.next_update_utc, now)
        issuer = _issuer(asked, [*told.certificates, *known])
        checked = issuer is not None and _signed(told, issuer, now)
        if issuer is not None and not checked:
            raise errors.BadCertificate("the responder's signature is not that of the issuer")
        return Told(_STATUSES[one.certificate_status], one.next_update_utc, checked)
    except parsing.FAULTS as error:
        raise errors.BadCertificate(f"the responder's answer cannot be read: {error}") from error


def listed(content: bytes, asked: HashData, now: datetime, known: Collection[x509.Certificate] = ()) -> Told:
    """The same of a list of revoked certificates, DER or PEM. Raises BadCertificate."""
    try:
        pem = content.lstrip().startswith(b"-----BEGIN")
        crl = x509.load_pem_x509_crl(content) if pem else x509.load_der_x509_crl(content)
        digest = hashes.ALGORITHMS.get(asked.hash_algorithm)
        if digest is None or digest(crl.issuer.public_bytes()).hexdigest() != asked.issuer_name_hash.lower():
            raise errors.BadCertificate("the list is another issuer's")
        _of_now(crl.last_update_utc, crl.next_update_utc, now)
        issuer = _issuer(asked, known)
        checked = issuer is not None and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        if issuer is not None and not checked:
            raise errors.BadCertificate("the list's signature is not that of the issuer")
        gone = crl.get_revoked_certificate_by_serial_number(hashes.serial(asked)) is not None
        return Told("Revoked" if gone else "Good", crl.next_update_utc, checked)
    except parsing.FAULTS as error:
        raise errors.BadCertificate(f"the list cannot be read: {error}") from error


def _is_about(one: ocsp.OCSPSingleResponse, asked: HashData) -> bool:
    """Responders may name it by hashes of another kind than they were asked by; the number is the same."""
    if one.serial_number != hashes.serial(asked):
        return False
    name, key = one.issuer_name_hash.hex(), one.issuer_key_hash.hex()
    same_kind = len(name) == len(asked.issuer_name_hash)
    return not same_kind or (name, key) == (asked.issuer_name_hash.lower(), asked.issuer_key_hash.lower())


def _of_now(since: datetime, until: datetime | None, now: datetime) -> None:
    if since > now + SKEW:
        raise errors.BadCertificate("the answer is of a time to come")
    if until is not None and until <= now:
        raise errors.BadCertificate("the answer is out of date")


def _issuer(asked: HashData, among: Collection[x509.Certificate]) -> x509.Certificate | None:
    return next((each for each in among if hashes.is_by(asked, each)), None)


def _signed(told: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    return any(_verifies(told, each) for each in (issuer, *_charged(told, issuer, now)))


def _charged(told: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> Iterator[x509.Certificate]:
    """The certificates by which the issuer charges others with its answers."""
    for each in told.certificates:
        try:
            each.verify_directly_issued_by(issuer)
            uses = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (*parsing.FAULTS, InvalidSignature, x509.ExtensionNotFound):
            continue
        if _SIGNS_OCSP in uses and each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            yield each


def _verifies(told: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, digest = signer.public_key(), told.signature_hash_algorithm
    try:
        if digest is None:
            key.verify(told.signature, told.tbs_response_bytes)  # type: ignore[union-attr, call-arg]
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(told.signature, told.tbs_response_bytes, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(told.signature, told.tbs_response_bytes, padding.PKCS1v15(), digest)
        else:
            return False
    except (InvalidSignature, AttributeError, TypeError):
        return False
    return True
