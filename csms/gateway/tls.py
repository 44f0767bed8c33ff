"""TLS of the wss listener: what it shows, whom it trusts, and how both change while it runs.

Made by the gateway actor from the settings. Profiles 1, 2 and 3 share the port: a client certificate may be shown and
need not, but one that is shown must chain to an authority that we trust, be in its time and meant for signing in, or
the handshake ends there. Whose certificate it is, and whether it was revoked, is looked at afterwards (auth.py).
"""

import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography import x509

from csms import pki
from csms.gateway import errors
from csms.pki import pem, revocation

log = logging.getLogger(__name__)

# OpenSSL's own choice plus the two that OCPP's certification cases ask for (rule 57) and Python's default leaves out.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:AES128-GCM-SHA256:AES256-GCM-SHA384"
_ADVICE = (
    "Set CSMS_TLS_CERTIFICATE and CSMS_TLS_KEY to a readable PEM chain and its private key,"
    " or make them with csms pki init."
)

Context: TypeAlias = Callable[[], ssl.SSLContext]
"""Gives what the next connection is to use."""
Lists: TypeAlias = Sequence[x509.CertificateRevocationList]


@dataclass(frozen=True, slots=True)
class Files:
    """`pairs` of (certificate chain, private key), one for each kind of key; `authorities` that sign chargers'.

    `revoked`: lists of what those authorities revoked.
    """

    pairs: Sequence[tuple[Path, Path]]
    authorities: Sequence[Path] = ()
    revoked: Sequence[Path] = ()

    @property
    def stamp(self) -> tuple[object, ...]:
        """Changes when one of them does."""
        shown = (file for pair in self.pairs for file in pair)
        return tuple(_stamp(file) for file in (*shown, *self.authorities, *self.revoked))


class Tls:
    """The context of now. `files` is asked each time, for which files there are may change too."""

    def __init__(self, files: Callable[[], Files]) -> None:
        """Raises BadListener."""
        self._files = files
        self._stamp: tuple[object, ...] = ()
        self._context, self._lists = self._loaded()
        self._used: tuple[object, ...] = self._stamp

    def current(self) -> ssl.SSLContext:
        """What the next connection is to use; those that are open keep theirs.

        Looks at the files, which costs a hundredth of the handshake that follows.
        """
        self.refresh()
        return self._context

    def revoked(self, certificate: x509.Certificate) -> bool:
        """Whether one of the lists has it."""
        return revocation.listed(certificate, self._lists)

    def refresh(self) -> bool:
        """Load the files again if they changed; whether they did. Files that cannot be used change nothing."""
        return self._files().stamp != self._stamp and self._take()

    def reload(self) -> bool:
        """The same, and what cannot be used is tried again and told again, though it did not change: somebody asked."""
        return self._take()

    def _take(self) -> bool:
        try:
            self._context, self._lists = self._loaded()
        except errors.BadListener as error:
            log.error("certificates_not_reloaded reason=%s", error)
            return False
        changed, self._used = self._used != self._stamp, self._stamp
        log.info("certificates_reloaded files=%d changed=%s", len(self._stamp), changed)
        return changed

    def _loaded(self) -> tuple[ssl.SSLContext, Lists]:
        files = self._files()
        self._stamp = files.stamp  # also of files that cannot be used: they are not tried again until they change
        return server_context(files), _lists(files)


def server_context(files: Files) -> ssl.SSLContext:
    """TLS 1.2 or newer with those files. Raises BadListener with what to do."""
    if not files.pairs:
        raise errors.BadListener("wss needs a certificate and its key. " + _ADVICE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    for certificate, key in files.pairs:  # OpenSSL keeps one of each kind and shows what the client can read
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise errors.BadListener(
                f"cannot use the TLS certificate {certificate} with the key {key}: {error}. {_ADVICE}"
            ) from error
    for authorities in files.authorities:
        _trust(context, authorities)
    return context


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    context.verify_mode = ssl.CERT_OPTIONAL
    try:
        context.load_verify_locations(authorities)
    except (OSError, ssl.SSLError) as error:
        raise errors.BadListener(
            f"cannot use the authorities in {authorities}: {error}. Set CSMS_TLS_CLIENT_CA to a readable PEM file."
        ) from error


def _lists(files: Files) -> Lists:
    try:
        issuers = [each for file in files.authorities for each in pem.read(file.read_text("ascii"))]
        found = [each for file in files.revoked for each in revocation.read(file.read_bytes())]
    except (OSError, UnicodeDecodeError, pki.BadCertificate) as error:
        raise errors.BadListener(
            f"cannot use the lists of revoked certificates: {error}. Set CSMS_TLS_CLIENT_CRL to readable PEM files."
        ) from error
    good = revocation.trusted(found, issuers)
    if len(good) < len(found):
        raise errors.BadListener(
            "a list of revoked certificates is signed by none of the authorities in CSMS_TLS_CLIENT_CA:"
            " set that to the authority that made it."
        )
    return good


def _stamp(file: Path) -> object:
    try:
        found = file.stat()
    except OSError as error:
        return file, error.errno
    return file, found.st_mtime_ns, found.st_size, found.st_ino
