"""Whether the certificate that a car presents may charge (OCPP's certificateStatus in Authorize). Pure.

The charger sends hashes of the chain, or in 2.x the chain itself where it could not check it. What says nothing about
its certificates (no chain, nothing that is known to be revoked) is Accepted: the contract itself is a matter of the
token.
"""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from csms.domain.certificates import HashData
from csms.pki import errors, hashes, parsing, pem

ACCEPTED = "Accepted"
EXPIRED = "CertificateExpired"
REVOKED = "CertificateRevoked"
CHAIN_ERROR = "CertChainError"

IsRevoked: TypeAlias = Callable[[HashData], bool]
"""Whether a certificate that is named so is known to be revoked."""


def status(
    chain: str | None,
    named: Sequence[HashData],
    roots: Sequence[x509.Certificate],
    revoked: IsRevoked,
    now: datetime,
) -> str:
    """The word of OCPP: `chain` is PEM, the leaf first, without its root; `roots` are the mobility operators' we trust.

    A chain is Accepted only when it leads to one of the roots, so without any every chain is a CertChainError.
    """
    if any(revoked(each) for each in named):
        return REVOKED
    if chain is None:
        return ACCEPTED
    try:
        certificates = pem.read(chain)
    except errors.BadCertificate:
        return CHAIN_ERROR
    if any(now > each.not_valid_after_utc for each in certificates):
        return EXPIRED
    issuers = [*certificates[1:], *roots]
    if any(revoked(hashes.of(each, _issuer(each, issuers))) for each in certificates):
        return REVOKED
    return ACCEPTED if _leads_to(certificates, roots, now) else CHAIN_ERROR


def _issuer(certificate: x509.Certificate, among: Sequence[x509.Certificate]) -> x509.Certificate | None:
    return next((each for each in among if each.subject == certificate.issuer), None)


def _leads_to(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime) -> bool:
    """Each signed the one before it, is a CA, in its time; the last is signed by, or is, a root that we trust."""
    path = list(chain)
    root = next((each for each in roots if each.subject == path[-1].issuer), None)
    if root is None:
        return False
    if path[-1] != root:
        path.append(root)
    if any(now < each.not_valid_before_utc for each in path) or now > root.not_valid_after_utc:
        return False
    return all(_signed(below, above) for below, above in itertools.pairwise(path)) and len(path) > 1


def _signed(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
        return above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (*parsing.FAULTS, InvalidSignature, x509.ExtensionNotFound):
        return False
