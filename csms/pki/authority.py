"""A certificate authority: a root, what is below it, and the key of the lowest, which signs. Pure.

Two hierarchies, and neither vouches for the other: the operator's (root > issuing) for chargers and our own servers,
and V2G's (root > sub-CA 1 > sub-CA 2) for what a charger shows to a car, as ISO 15118 has it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, types
from cryptography.x509 import oid

from csms.pki import errors, parsing

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KeyType: TypeAlias = Literal["ecdsa", "rsa"]

OPERATOR = ("Root CA", "Issuing CA")
V2G = ("V2G Root CA", "CPO Sub-CA 1", "CPO Sub-CA 2")
YEARS = (20, 15, 10)
"""Of a CA's life, by its depth."""
V2G_DAYS = 90
"""A charger's certificate for cars lives no longer."""
BACK = timedelta(hours=1)
"""Certificates begin that long ago: chargers' clocks are not exact."""
_RSA_BITS = 3072
_UNSIGNABLE = "no certificate can be made of what the request says"


@dataclass(frozen=True, slots=True)
class Authority:
    """`chain`: the issuing certificate first, the root last. `key` is the issuing one's."""

    chain: tuple[x509.Certificate, ...]
    key: Key = field(repr=False)

    @property
    def issuer(self) -> x509.Certificate:
        """What signs."""
        return self.chain[0]

    @property
    def root(self) -> x509.Certificate:
        """What others must trust."""
        return self.chain[-1]

    @property
    def below_root(self) -> tuple[x509.Certificate, ...]:
        """What goes with a certificate: all but the root, which the other side has."""
        return self.chain[:-1]


@dataclass(frozen=True, slots=True)
class Level:
    """One CA of a new hierarchy."""

    certificate: x509.Certificate
    key: Key = field(repr=False)


def create(levels: Sequence[str], organisation: str, now: datetime, key_type: KeyType = "ecdsa") -> list[Level]:
    """A new hierarchy, the root first; each level is named "<organisation> <level>"."""
    made: list[Level] = []
    for depth, name in enumerate(levels):
        key = new_key(key_type, _RSA_BITS)
        subject = _name(f"{organisation} {name}", organisation)
        above = made[-1] if made else None
        below = len(levels) - depth - 1
        builder = _begin(subject, key.public_key(), now, timedelta(days=365 * YEARS[depth]), above)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
        signer = key if above is None else above.key
        made.append(Level(builder.sign(signer, hashes.SHA256()), key))
    return made


def new_key(key_type: KeyType, bits: int = 2048) -> Key:
    """A fresh key; an RSA one of so many bits, each doubling of which makes a handshake six times as dear."""
    if key_type == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(ec.SECP256R1())


def sign_charger(
    authority: Authority, request: x509.CertificateSigningRequest, now: datetime, life: timedelta
) -> x509.Certificate:
    """A certificate with which a charger signs in (profile 3); its names are the request's, nothing else of it is.

    Raises BadRequest, and BadStore when the authority itself has expired.
    """
    with parsing.guard(errors.BadRequest, _UNSIGNABLE):
        builder = _leaf(authority, request.subject, request.public_key(), now, life)
        usage = x509.ExtendedKeyUsage([oid.ExtendedKeyUsageOID.CLIENT_AUTH])
        return builder.add_extension(usage, critical=False).sign(authority.key, hashes.SHA256())


def sign_v2g(
    authority: Authority, request: x509.CertificateSigningRequest, now: datetime, life: timedelta
) -> x509.Certificate:
    """A certificate that a charger shows to cars. Raises BadRequest, and BadStore when the authority has expired."""
    life = min(life, timedelta(days=V2G_DAYS))
    with parsing.guard(errors.BadRequest, _UNSIGNABLE):
        return _leaf(authority, request.subject, request.public_key(), now, life).sign(authority.key, hashes.SHA256())


def sign_server(
    authority: Authority, key: Key, hosts: Sequence[str], organisation: str, now: datetime, life: timedelta
) -> x509.Certificate:
    """A certificate for our own port, good for these host names and addresses. Raises BadStore."""
    builder = _leaf(authority, _name(hosts[0], organisation), key.public_key(), now, life)
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    usage = x509.ExtendedKeyUsage([oid.ExtendedKeyUsageOID.SERVER_AUTH])
    builder = builder.add_extension(names, critical=False).add_extension(usage, critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def _leaf(
    authority: Authority,
    subject: x509.Name,
    key: types.CertificatePublicKeyTypes,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    ends = authority.issuer.not_valid_after_utc
    if now >= ends:
        raise errors.BadStore(
            f"the issuing CA expired on {ends:%Y-%m-%d}: move its folder out of DATA/pki, and csms pki init HOST makes"
            " a new one"
        )
    builder = _begin(subject, key, now, min(life, ends - now), Level(authority.issuer, authority.key))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return builder.add_extension(_usage(encipher=isinstance(key, rsa.RSAPublicKey)), critical=True)


def _begin(
    subject: x509.Name, key: types.CertificatePublicKeyTypes, now: datetime, life: timedelta, above: Level | None
) -> x509.CertificateBuilder:
    issuer = subject if above is None else above.certificate.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACK)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if above is None:
        return builder
    known = above.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)
    return builder.add_extension(identifier, critical=False)


def _usage(*, sign_certificates: bool = False, encipher: bool = False) -> x509.KeyUsage:
    # TLS_RSA_WITH_... (rule 57) encrypts to the key of the certificate; every other suite only signs with it.
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encipher,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
