"""The directory DATA/pki: the authorities' certificates and keys, and the certificates of our own port.

    operator/root.pem root.key issuing.pem issuing.key     what chargers' and servers' certificates chain to
    v2g/root.pem ...                                       what chargers show to cars; made when first needed
    server-ecdsa.pem .key, server-rsa.pem .key             for wss, where the settings name no certificate
    revoked.crl                                            what was revoked, for others; the gateway asks the database

Keys are readable by their owner only. Root keys may be moved elsewhere: only `csms pki` needs them, and seldom. Called
by the charger actor (in a thread), the composition root and the command line; a folder appears whole or not at all, so
that several may begin at once. A backup (csms/storage/backup.py) has all of it unless told otherwise.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from csms.pki import authority, errors, parsing, pem

SERVER_LIFE = timedelta(days=398)
_PRIVATE = 0o600
_RESTORE = "Restore DATA/pki from your backup of it"


class Store:
    """`organisation` is the operator's name: it goes into all that is made here."""

    def __init__(self, directory: Path, organisation: str) -> None:
        self.directory = directory
        self.organisation = organisation

    # -- Authorities ---------------------------------------------------------------------------------------------------

    def operator(self, now: datetime, key_type: authority.KeyType = "ecdsa") -> authority.Authority:
        """What signs for chargers and servers; made if there is none. Raises BadStore."""
        return self._hierarchy("operator", authority.OPERATOR, now, key_type)

    def v2g(self, now: datetime) -> authority.Authority:
        """What signs what chargers show to cars; made if there is none. Raises BadStore."""
        return self._hierarchy("v2g", authority.V2G, now, "ecdsa")

    def existing(self) -> list[authority.Authority]:
        """Those that there are, their keys looked at closely, which takes half a second. Raises BadStore."""
        for folder in self._folders():
            _key(folder / "issuing.key", closely=True)
        return [self._load(folder) for folder in self._folders()]

    def chains(self) -> list[tuple[x509.Certificate, ...]]:
        """The certificates of those that there are, the issuing one first; keys are not read. Raises BadStore."""
        return [tuple(_certificates(folder / "chain.pem")) for folder in self._folders()]

    def signers(self) -> list[authority.Authority]:
        """Those that there are, at each of their levels whose key is here. Raises BadStore."""
        found = []
        for folder in self._folders():
            whole = self._load(folder)
            for depth, file in enumerate(reversed(_files(len(whole.chain)))):
                if (key := folder / f"{file}.key").exists():
                    found.append(authority.Authority(whole.chain[depth:], _key(key)))
        return found

    @property
    def begun(self) -> bool:
        """Whether there is an operator's authority."""
        return self.root_file.exists()

    @property
    def root_file(self) -> Path:
        """The operator's root, for who must trust us."""
        return self.directory / "operator" / "root.pem"

    @property
    def chain_file(self) -> Path:
        """The operator's authorities, the lowest first: what a client's certificate may be signed by."""
        return self.directory / "operator" / "chain.pem"

    def operator_chain(self) -> tuple[x509.Certificate, ...]:
        """The operator's authorities' certificates, the issuing one first; no key is read. Raises BadStore."""
        return tuple(_certificates(self.chain_file))

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """What clients' certificates may chain to: our own root, if there is one. Raises BadStore."""
        return tuple(_certificates(self.root_file)) if self.begun else ()

    def _folders(self) -> list[Path]:
        return [self.directory / name for name in ("operator", "v2g") if (self.directory / name).is_dir()]

    def _hierarchy(
        self, name: str, levels: Sequence[str], now: datetime, key_type: authority.KeyType
    ) -> authority.Authority:
        folder = self.directory / name
        if not folder.is_dir():
            self._make(folder, authority.create(levels, self.organisation, now, key_type))
        return self._load(folder)

    def _make(self, folder: Path, levels: list[authority.Level]) -> None:
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=self.directory))
            for file, level in zip(_files(len(levels)), levels, strict=True):
                _write(unfinished / f"{file}.pem", pem.write([level.certificate]).encode(), 0o644)
                _write(unfinished / f"{file}.key", _key_text(level.key), _PRIVATE)
            above = reversed([level.certificate for level in levels])
            _write(unfinished / "chain.pem", pem.write(above).encode(), 0o644)
            try:
                unfinished.rename(folder)
            except OSError:
                shutil.rmtree(unfinished)
                if not folder.is_dir():
                    raise
        except OSError as error:
            raise errors.BadStore(f"cannot write {folder}: {error.strerror or error}") from error

    def _load(self, folder: Path) -> authority.Authority:
        chain, key = tuple(_certificates(folder / "chain.pem")), _key(folder / "issuing.key")
        if key.public_key() != chain[0].public_key():
            raise errors.BadStore(f"{folder}/issuing.key is not the key of {folder}/chain.pem. {_RESTORE}")
        return authority.Authority(chain, key)

    # -- Our own port --------------------------------------------------------------------------------------------------

    @property
    def server_files(self) -> list[tuple[Path, Path]]:
        """(certificate chain, key) of our own port, by kind of key; those that there are."""
        pairs = [(self.directory / f"server-{kind}.pem", self.directory / f"server-{kind}.key") for kind in _KINDS]
        return [(certificate, key) for certificate, key in pairs if certificate.exists()]

    def make_server(self, hosts: Sequence[str], now: datetime) -> list[Path]:
        """Certificates for our own port, one of each kind of key: the files. Replaces older ones. Raises BadStore."""
        signer, made = self.operator(now), []
        for kind in _KINDS:
            key = authority.new_key(kind)
            signed = authority.sign_server(signer, key, hosts, self.organisation, now, SERVER_LIFE)
            file = self.directory / f"server-{kind}.pem"
            try:  # the key first: a server that reloads between the two must not pair a new certificate with an old key
                _replace(file.with_suffix(".key"), _key_text(key), _PRIVATE)
                _replace(file, pem.write([signed, *signer.below_root]).encode(), 0o644)
            except OSError as error:
                raise errors.BadStore(f"cannot write {file}: {error.strerror or error}") from error
            made.append(file)
        return made

    def publish(self, crl: bytes) -> Path:
        """Keep the list of revoked certificates; its file. Raises BadStore."""
        file = self.directory / "revoked.crl"
        try:
            _replace(file, crl, 0o644)
        except OSError as error:
            raise errors.BadStore(f"cannot write {file}: {error.strerror or error}") from error
        return file


def _files(levels: int) -> list[str]:
    """The names of a hierarchy's files, the root's first; the lowest is "issuing" whatever its depth."""
    return ["root", *(f"sub-ca-{depth}" for depth in range(1, levels - 1)), "issuing"]


_KINDS: tuple[authority.KeyType, ...] = ("ecdsa", "rsa")


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return pem.read(file.read_text("ascii"))
    except (OSError, UnicodeDecodeError, errors.BadCertificate) as error:
        raise errors.BadStore(f"{file} cannot be used: {error}. {_RESTORE}") from error


def _key(file: Path, *, closely: bool = False) -> authority.Key:
    """A key of ours. To look at an RSA one closely stops every thread for 0.4 s: that is for who has the time."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=not closely)
    except (OSError, *parsing.FAULTS) as error:
        raise errors.BadStore(f"{file} cannot be used: {error}. {_RESTORE}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise errors.BadStore(f"{file} holds a key that is neither RSA nor on a curve")
    return key


def _key_text(key: authority.Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _replace(file: Path, content: bytes, mode: int) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    _write(unfinished, content, mode)
    unfinished.replace(file)


def _write(file: Path, content: bytes, mode: int) -> None:
    """A new file that nobody else could read for a moment."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
