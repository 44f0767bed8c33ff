"""An operator with an authority and a port, and chargers with certificates good and bad: for the tests of profile 3."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import oid

from csms import gateway
from csms.pki import authority, pem, store
from tests.csms.pki import support as pki

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
OWNER, SERIAL = pki.OWNER, pki.SERIAL


@cache
def issuer(organisation: str = OWNER) -> authority.Authority:
    """An authority that is valid now."""
    made = authority.create(authority.OPERATOR, organisation, NOW)
    return authority.Authority(tuple(each.certificate for each in reversed(made)), made[-1].key)


def operator(folder: Path) -> store.Store:
    """DATA/pki with certificates for 127.0.0.1."""
    kept = store.Store(folder / "pki", OWNER)
    kept.make_server(["127.0.0.1", "localhost"], NOW)
    return kept


def files(kept: store.Store, *authorities: Path) -> gateway.Files:
    """What a port shows and trusts."""
    return gateway.Files(kept.server_files, (kept.directory / "operator" / "chain.pem", *authorities))


def signed(
    signer: authority.Authority,
    *,
    common_name: str = SERIAL,
    begins: datetime = NOW - timedelta(days=1),
    ends: datetime = NOW + YEAR,
    usage: x509.ObjectIdentifier = oid.ExtendedKeyUsageOID.CLIENT_AUTH,
    bits: int = 0,
) -> x509.Certificate:
    """A certificate as somebody else might have made it."""
    subject = [(x509.NameOID.ORGANIZATION_NAME, OWNER), (x509.NameOID.COMMON_NAME, common_name)]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(kind, value) for kind, value in subject]))
        .issuer_name(signer.issuer.subject)
        .public_key(pki.key(bits).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(signer.key, hashes.SHA256())
    )


def self_signed() -> x509.Certificate:
    """One that nobody vouches for."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SERIAL)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(pki.key().public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - YEAR).not_valid_after(NOW + YEAR)
    return builder.sign(pki.key(), hashes.SHA256())


def client(
    folder: Path, kept: store.Store, chain: list[x509.Certificate], *, bits: int = 0, ciphers: str | None = None
) -> ssl.SSLContext:
    """A charger's side of TLS: trusts the operator and shows `chain` (none: nothing)."""
    context = ssl.create_default_context(cafile=str(kept.root_file))
    if chain:
        file = folder / f"client-{chain[0].serial_number:x}.pem"
        key = pki.key(bits).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_text(pem.write(chain) + key.decode())
        context.load_cert_chain(file)
    if ciphers is not None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    return context
