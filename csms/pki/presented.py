"""The certificate with which a charger signs in: who it says that is, and whether that is who it should be. Pure.

TLS has checked the chain, the dates and the purpose before; what is looked at here is what TLS cannot know (rule 53):
the common name must be the charger's serial number, and the organisation the operator.
"""

from collections.abc import Collection

import msgspec
from cryptography import x509

from csms.pki import errors, parsing, requests


class Presented(msgspec.Struct, frozen=True):
    """What a client's certificate says. `serial_number` is the certificate's, hexadecimal; names None where unclear."""

    common_name: str | None
    organisation: str | None
    serial_number: str
    issuer: str
    certificate: x509.Certificate


def read(der: bytes) -> Presented:
    """What it says. Raises BadCertificate."""
    with parsing.guard(errors.BadCertificate, "the client's certificate cannot be read"):
        certificate = parsing.certificate(x509.load_der_x509_certificate(der))
    return Presented(
        requests.only(certificate.subject, x509.NameOID.COMMON_NAME),
        requests.only(certificate.subject, x509.NameOID.ORGANIZATION_NAME),
        f"{certificate.serial_number:x}",
        certificate.issuer.rfc4514_string(),
        certificate,
    )


def objection(found: Presented, common_names: Collection[str], organisation: str) -> str | None:
    """Why this is not the certificate of that charger; None if it is."""
    if not common_names:
        return "the charger's serial number is not known: set serial_number of the charger"
    if found.common_name not in common_names:
        wanted = " or ".join(repr(each) for each in common_names)
        return f"the certificate is of {found.common_name!r}, and the charger's serial number is {wanted}"
    if found.organisation != organisation:
        return f"the certificate names the organisation {found.organisation!r}, and the operator is {organisation!r}"
    return None
