"""Reading what others made: whatever the library raises about it becomes an error of ours. Used in csms/pki. Pure.

The library reads a certificate's names, dates and key only when they are asked for, and raises errors of many kinds
then, not all of them ValueErrors. So all that is used is read here at once: what came through raises nothing later.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from csms.pki import errors

FAULTS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises about content that it cannot read."""


@contextmanager
def guard(kind: type[errors.PkiError], what: str) -> Iterator[None]:
    """Whatever is wrong with the content that is read within is raised as `kind`, and `what` says what was expected."""
    try:
        yield
    except FAULTS as error:
        raise kind(f"{what}: {error}") from error


def certificate(found: x509.Certificate) -> x509.Certificate:
    """The same, all of whose names, dates and key were read. Raises one of FAULTS."""
    found.subject.rfc4514_string(), found.issuer.rfc4514_string()
    found.not_valid_before_utc, found.not_valid_after_utc  # noqa: B018 - reading is what checks them
    found.public_key()
    return found
