"""Certificates as text: PEM, several one after another, the leaf first. Pure."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import Certificate as Certificate

from csms.pki import errors, parsing

LONGEST = 100_000
"""Characters that are looked at: a bundle of fifty roots is shorter."""


def read(text: str) -> list[x509.Certificate]:
    """All certificates of a text, in its order. Raises BadCertificate; also where there is none."""
    if len(text) > LONGEST:
        raise errors.BadCertificate(f"this is longer than {LONGEST} characters: send fewer certificates at a time")
    with parsing.guard(errors.BadCertificate, "this is no certificate in PEM form"):
        return [parsing.certificate(each) for each in x509.load_pem_x509_certificates(text.encode())]


def one(text: str) -> x509.Certificate:
    """The only certificate of a text. Raises BadCertificate."""
    found = read(text)
    if len(found) != 1:
        raise errors.BadCertificate(f"this holds {len(found)} certificates: send one at a time")
    return found[0]


def write(certificates: Iterable[x509.Certificate]) -> str:
    """The text of certificates, in the order given."""
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)
