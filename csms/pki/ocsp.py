"""Whether certificates of ours are good still, as OCSP says it: for chargers that ask us on a car's behalf. Pure."""

import base64
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes as digests
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp

from csms.domain.certificates import HashData
from csms.pki import authority, errors, hashes, parsing, revocation

LIFE = timedelta(days=1)
"""How long an answer counts: a charger may keep it for its cars that long."""
DIGESTS: dict[str, digests.HashAlgorithm] = {
    "SHA256": digests.SHA256(),
    "SHA384": digests.SHA384(),
    "SHA512": digests.SHA512(),
}
"""OCPP\'s names of hash algorithms."""


def respond(
    signer: authority.Authority,
    asked: HashData,
    revoked: revocation.Revoked | None,
    now: datetime,
    *,
    known: bool = True,
) -> str:
    """A signed answer about a certificate of `signer`'s, as base64 of its DER. Raises BadCertificate.

    One that is not `known` was never issued here, whatever number it carries.
    """
    if asked.hash_algorithm not in DIGESTS:
        raise errors.BadCertificate(f"there is no hash algorithm {asked.hash_algorithm}")
    with parsing.guard(errors.BadCertificate, "the hashes name no certificate"):
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=bytes.fromhex(asked.issuer_name_hash),
            issuer_key_hash=bytes.fromhex(asked.issuer_key_hash),
            serial_number=hashes.serial(asked),
            algorithm=DIGESTS[asked.hash_algorithm],
            cert_status=_status(revoked, known),
            this_update=now,
            next_update=now + LIFE,
            revocation_time=None if revoked is None else revoked.at,
            revocation_reason=None if revoked is None else _reason(revoked.reason),
        )
    answer = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.issuer).sign(signer.key, digests.SHA256())
    return base64.b64encode(answer.public_bytes(serialization.Encoding.DER)).decode()


def _status(revoked: revocation.Revoked | None, known: bool) -> ocsp.OCSPCertStatus:
    if revoked is not None:
        return ocsp.OCSPCertStatus.REVOKED
    return ocsp.OCSPCertStatus.GOOD if known else ocsp.OCSPCertStatus.UNKNOWN


def _reason(name: str) -> x509.ReasonFlags:
    return revocation.REASONS.get(name, x509.ReasonFlags.unspecified)
