"""What was revoked: our own list, to be published, and the lists of others, as configured. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from csms.pki import authority, errors, parsing

REASONS = {
    "unspecified": x509.ReasonFlags.unspecified,
    "key_compromise": x509.ReasonFlags.key_compromise,
    "superseded": x509.ReasonFlags.superseded,
    "cessation_of_operation": x509.ReasonFlags.cessation_of_operation,
    "affiliation_changed": x509.ReasonFlags.affiliation_changed,
}
"""Why a certificate may be revoked."""
LIFE = timedelta(days=7)
"""How long a published list counts."""


class Revoked(msgspec.Struct, frozen=True):
    """A certificate that is good no more; `serial_number` hexadecimal."""

    serial_number: str
    at: datetime
    reason: str = "unspecified"


def publish(signer: authority.Authority, revoked: Iterable[Revoked], now: datetime) -> bytes:
    """The list as others read it (PEM)."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(signer.issuer.subject)
    builder = builder.last_update(now - authority.BACK).next_update(now + LIFE)
    number = x509.CRLNumber(int(now.timestamp()))
    builder = builder.add_extension(number, critical=False)
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(each.serial_number, 16)).revocation_date(each.at)
        reason = x509.CRLReason(REASONS.get(each.reason, x509.ReasonFlags.unspecified))
        builder = builder.add_revoked_certificate(entry.add_extension(reason, critical=False).build())
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read(text: bytes) -> list[x509.CertificateRevocationList]:
    """The lists of a PEM file. Raises BadCertificate."""
    begin = b"-----BEGIN X509 CRL-----"
    with parsing.guard(errors.BadCertificate, "this is no list of revoked certificates in PEM form"):
        return [x509.load_pem_x509_crl(begin + part) for part in text.split(begin)[1:]]


def trusted(
    lists: Iterable[x509.CertificateRevocationList], issuers: Sequence[x509.Certificate]
) -> list[x509.CertificateRevocationList]:
    """Those that one of the issuers signed."""
    return [each for each in lists if any(_signed(each, issuer) for issuer in issuers)]


def listed(certificate: x509.Certificate, lists: Iterable[x509.CertificateRevocationList]) -> bool:
    """Whether one of the lists of the certificate's issuer has it."""
    own = (each for each in lists if each.issuer == certificate.issuer)
    return any(each.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None for each in own)


def _signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except parsing.FAULTS:
        return False
