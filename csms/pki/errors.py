"""What this package raises.

PkiError
|- BadCertificate   text or bytes that should be certificates are none, or none that can be used
|- BadRequest       a signing request that must be refused; the message says why and what to change
`- BadStore         DATA/pki cannot be read or written; the message says what to do
"""


class PkiError(Exception):
    """Everything that has to do with certificates and is wrong."""


class BadCertificate(PkiError):
    """What should be certificates cannot be read or used."""


class BadRequest(PkiError):
    """A certificate signing request that must not be signed. The message holds nothing that is secret."""


class BadStore(PkiError):
    """The directory of keys cannot be used."""
