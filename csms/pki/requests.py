"""Signing requests: what a charger asks to be certified, and whether it may be (rule 53). Pure.

A request proves with its signature that who made it has the key. Its names say who that is: the common name must be
the charger's serial number and the organisation the operator, whatever else the charger claims.
"""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from csms.pki import errors, parsing

LONGEST = 5500
"""Characters of a request in every version of OCPP."""
RSA_BITS = range(2048, 8193)
"""Below: broken; above: a check costs too much."""
COMMON_NAME = x509.NameOID.COMMON_NAME
CURVES = ("secp256r1", "secp384r1", "secp521r1")


def check(text: str, common_name: str | None, organisation: str) -> x509.CertificateSigningRequest:
    """The request, if it may be signed for a charger of that serial number (None: unknown). Raises BadRequest."""
    request = read(text)
    if common_name is None:
        raise errors.BadRequest(
            "the charger's serial number is not known: it reports none when it boots, so set its serial_number"
        )
    name = only(request.subject, x509.NameOID.COMMON_NAME)
    if name != common_name:
        raise errors.BadRequest(
            f"the common name is {name!r} and not the charger's serial number {common_name!r}:"
            " set serial_number of the charger if that one is right"
        )
    _owned(request, organisation)
    return request


def check_v2g(text: str, organisation: str) -> x509.CertificateSigningRequest:
    """The request, if it may be signed for what the charger shows to cars. Raises BadRequest."""
    request = read(text)
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != CURVES[0]:
        raise errors.BadRequest(f"a certificate for cars needs a key on the curve {CURVES[0]}")
    _owned(request, organisation)
    return request


def read(text: str) -> x509.CertificateSigningRequest:
    """A request whose signature and key are good, whatever its names. Raises BadRequest."""
    if len(text) > LONGEST:
        raise errors.BadRequest(f"the request is longer than {LONGEST} characters")
    with parsing.guard(errors.BadRequest, "this is no signing request in PEM form"):
        request = x509.load_pem_x509_csr(text.encode())
        request.subject.rfc4514_string()
        key, signed = request.public_key(), request.is_signature_valid
    _strong(key)
    if not signed:
        raise errors.BadRequest("the signature of the request does not fit its key")
    return request


def only(name: x509.Name, kind: x509.ObjectIdentifier) -> str | None:
    """The value of a part of a name; None where there is none, or more than one."""
    found = [str(each.value) for each in name.get_attributes_for_oid(kind)]
    return found[0] if len(found) == 1 else None


def _owned(request: x509.CertificateSigningRequest, organisation: str) -> None:
    owner = only(request.subject, x509.NameOID.ORGANIZATION_NAME)
    if owner != organisation:
        raise errors.BadRequest(
            f"the organisation is {owner!r} and not the operator {organisation!r}: set the charger's CpoName (1.6) or"
            " SecurityCtrlr.OrganizationName (2.x), or the setting operator_name"
        )


def _strong(key: object) -> None:
    match key:
        case rsa.RSAPublicKey(key_size=size) if size in RSA_BITS:
            return
        case ec.EllipticCurvePublicKey(curve=curve) if curve.name in CURVES:
            return
        case rsa.RSAPublicKey(key_size=size):
            raise errors.BadRequest(f"an RSA key of {size} bits: it must have {RSA_BITS[0]} to {RSA_BITS[-1]}")
        case _:
            raise errors.BadRequest(f"the key is neither RSA nor on one of the curves {', '.join(CURVES)}")
