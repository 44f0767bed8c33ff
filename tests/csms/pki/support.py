"""Keys, requests and a clock: what the tests of certificates share. Keys are made once, for they take long."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from csms.pki import authority

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
OWNER = "ACME Mobility"
SERIAL = "SN-0001"


def key(bits: int = 0, curve: str = "secp256r1") -> authority.Key:
    """A key that stays the same; with `bits` an RSA one."""
    return _key(bits, curve)


@cache
def _key(bits: int, curve: str) -> authority.Key:
    if bits:
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    curves: dict[str, ec.EllipticCurve] = {"secp256r1": ec.SECP256R1(), "secp224r1": ec.SECP224R1()}
    return ec.generate_private_key(curves[curve])


def request(
    common_name: str | None = SERIAL, organisation: str | None = OWNER, signer: authority.Key | None = None
) -> str:
    """A signing request as a charger sends it."""
    parts = ((x509.NameOID.ORGANIZATION_NAME, organisation), (x509.NameOID.COMMON_NAME, common_name))
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts if value is not None])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(signer or key(), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@cache
def operator(organisation: str = OWNER) -> authority.Authority:
    """An operator's authority, made at NOW."""
    return _lowest(authority.create(authority.OPERATOR, organisation, NOW))


@cache
def v2g() -> authority.Authority:
    """A V2G authority, made at NOW."""
    return _lowest(authority.create(authority.V2G, OWNER, NOW))


def _lowest(levels: list[authority.Level]) -> authority.Authority:
    return authority.Authority(tuple(each.certificate for each in reversed(levels)), levels[-1].key)
