"""How OCPP names a certificate: hashes of its issuer's name and key, and its serial number. Pure.

The same as OCSP's CertID: the name's hash is of its DER form as it stands in the certificate, the key's of the bit
string without tag and length. A root is its own issuer.
"""

import hashlib
import re

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from csms.domain.certificates import HashData
from csms.pki import errors

ALGORITHMS = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}
_HEXADECIMAL = re.compile("[0-9a-fA-F]+")


def serial(named: HashData) -> int:
    """The serial number as a number. Raises BadCertificate where it is none."""
    if not _HEXADECIMAL.fullmatch(named.serial_number):  # int() takes signs, spaces and underscores too
        raise errors.BadCertificate("the serial number is not hexadecimal")
    return int(named.serial_number, 16)


def of(certificate: x509.Certificate, issuer: x509.Certificate | None = None, algorithm: str = "SHA256") -> HashData:
    """What OCPP calls `certificate`, which `issuer` signed (None: itself)."""
    name, key = of_issuer(issuer or certificate, algorithm)
    return HashData(algorithm, name, key, f"{certificate.serial_number:x}")


def of_issuer(issuer: x509.Certificate, algorithm: str) -> tuple[str, str]:
    """(name hash, key hash) of what an issuer signs. Raises BadCertificate for an algorithm that OCPP has not."""
    digest = ALGORITHMS.get(algorithm)
    if digest is None:
        raise errors.BadCertificate(f"there is no hash algorithm {algorithm}: use {', '.join(ALGORITHMS)}")
    return digest(issuer.subject.public_bytes()).hexdigest(), digest(_key_bits(issuer)).hexdigest()


def is_by(named: HashData, issuer: x509.Certificate) -> bool:
    """Whether the certificate that is named so was issued by this one."""
    try:
        name, key = of_issuer(issuer, named.hash_algorithm)
    except errors.BadCertificate:
        return False
    return (named.issuer_name_hash.lower(), named.issuer_key_hash.lower()) == (name, key)


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The content of the subjectPublicKey bit string: what SubjectKeyIdentifier hashes too."""
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    outer = _content(spki)
    algorithm_end = _end(outer)
    return _content(outer[algorithm_end:])[1:]  # the first byte of a bit string counts unused bits


def _content(der: bytes) -> bytes:
    """The value of the first DER element."""
    length, start = _length(der)
    return der[start : start + length]


def _end(der: bytes) -> int:
    """Where the first DER element ends."""
    length, start = _length(der)
    return start + length


def _length(der: bytes) -> tuple[int, int]:
    """(length, where the value starts) of the first DER element."""
    if der[1] < 0x80:
        return der[1], 2
    size = der[1] & 0x7F
    return int.from_bytes(der[2 : 2 + size], "big"), 2 + size
