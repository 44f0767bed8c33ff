"""A charger's certificates: what it trusts, what it is, and the keys behind that. No version of OCPP.

Owned by `charger`, ordered about by the dialects' certificate blocks, shown by `link` (profile 3). Keys are real, so
that what the central system signs can be checked.
"""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

OWN = ("ChargePointCertificate", "ChargingStationCertificate")
"""What the versions call the certificate with which a charger signs in."""
SERVERS = ("CentralSystemRootCertificate", "CSMSRootCertificate")
"""And the root of the central system."""
ROOM = 10
"""Root certificates that it can hold."""

_PEM = serialization.Encoding.PEM


@dataclasses.dataclass(frozen=True, slots=True)
class Hashes:
    """What names a certificate in OCPP: SHA-256 over its issuer's name and key, and its serial number, in hex."""

    issuer_name: str
    issuer_key: str
    serial: str

    @classmethod
    def of(cls, certificate: x509.Certificate, issuer: x509.Certificate) -> Hashes:
        """Of a certificate that `issuer` signed (itself, where it is a root)."""
        serial = f"{certificate.serial_number:x}"
        return cls(_digest(certificate.issuer.public_bytes()), _digest(_bits(issuer)), serial)


class Certificates:
    """Trusted roots by what they are for, and the charger's own chains likewise."""

    def __init__(self, common_name: str, organization: str) -> None:
        self.roots: dict[str, dict[Hashes, x509.Certificate]] = {}
        """Use -> hashes -> certificate; the uses are the words of the OCPP version."""
        self.chains: dict[str, list[x509.Certificate]] = {}
        """Use -> own certificate and its issuers."""
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        """Use -> the key of the chain."""
        self.requests = 0
        """Requests for certificates so far."""
        self._waiting: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._common_name = common_name
        self._organization = organization

    @property
    def identity(self) -> str | None:
        """The chain with which it signs in, and its key (PEM); None where it has none."""
        use = next((use for use in OWN if use in self.chains), None)
        if use is None:
            return None
        key = self.keys[use].private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return "".join(one.public_bytes(_PEM).decode() for one in self.chains[use]) + key.decode()

    @property
    def servers(self) -> list[x509.Certificate]:
        """The roots that central systems are trusted by."""
        return [root for use in SERVERS for root in self.roots.get(use, {}).values()]

    def install(self, use: str, pem: str, now: float) -> bool:
        """Trust a root; False for what is none, is over, or finds no room."""
        found = parsed(pem)
        if len(found) != 1 or not _valid(found[0], now) or sum(map(len, self.roots.values())) >= ROOM:
            return False
        [root] = found
        self.roots.setdefault(use, {})[Hashes.of(root, root)] = root
        return True

    def delete(self, name: Hashes) -> bool:
        """Trust a root no longer; False for one that is not there."""
        found = [known for known in self.roots.values() if name in known]
        for known in found:
            del known[name]
        return bool(found)

    def own(self, name: Hashes) -> bool:
        """True for one of its own certificates, which nobody may delete."""
        return any(name == _hashes(chain) for chain in self.chains.values())

    def named(self, uses: tuple[str, ...]) -> list[tuple[str, Hashes]]:
        """(use, hashes) of what it trusts for these uses."""
        return [(use, name) for use in uses for name in self.roots.get(use, {})]

    def chain_hashes(self, use: str) -> list[Hashes]:
        """Of its own chain for a use, its own certificate first; empty where it has none."""
        chain = self.chains.get(use, [])
        issuers = [*chain[1:], *chain[-1:]]
        return [Hashes.of(one, issuer) for one, issuer in zip(chain, issuers, strict=True)]

    def request(self, *uses: str) -> str:
        """A new key, and the request for a certificate of it (PEM). The name is the serial number, not the identity."""
        self.requests += 1
        key = ec.generate_private_key(ec.SECP256R1())
        self._waiting |= dict.fromkeys(uses, key)
        names = [
            x509.NameAttribute(NameOID.COMMON_NAME, self._common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._organization),
        ]
        made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, hashes.SHA256())
        return made.public_bytes(_PEM).decode()

    def signed(self, use: str, pem: str, now: float) -> bool:
        """Take the certificate that was asked for; False for another key's, one that is over, or a broken chain."""
        chain, key = parsed(pem), self._waiting.get(use)
        if key is None or not chain or chain[0].public_key() != key.public_key():
            return False
        if not all(_valid(one, now) for one in chain) or not _linked(chain):
            return False
        self.chains[use], self.keys[use] = chain, self._waiting.pop(use)
        return True


def parsed(pem: str) -> list[x509.Certificate]:
    """The certificates of a text, [] for a text that holds none."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return []


def _hashes(chain: list[x509.Certificate]) -> Hashes:
    return Hashes.of(chain[0], chain[min(1, len(chain) - 1)])


def _valid(certificate: x509.Certificate, now: float) -> bool:
    return certificate.not_valid_before_utc <= datetime.fromtimestamp(now, UTC) <= certificate.not_valid_after_utc


def _linked(chain: list[x509.Certificate]) -> bool:
    """Each one is signed by the next."""
    for one, issuer in itertools.pairwise(chain):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            return False
    return True


def _bits(certificate: x509.Certificate) -> bytes:
    """The public key itself, without the header that says of what kind it is."""
    match certificate.public_key():
        case ec.EllipticCurvePublicKey() as key:
            return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        case rsa.RSAPublicKey() as key:
            return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        case other:
            return other.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _digest(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()
