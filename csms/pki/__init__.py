"""Certificates: a certificate authority of our own, what chargers ask it to sign, and what is checked of theirs.

Called by the charger actor (SignCertificate), the gateway (profile 3) and the command line. Everything here is
computed from what it is given, but for `store`, which keeps keys in DATA/pki. Knows no charger, no socket, no database.
"""

from csms.pki.errors import BadCertificate, BadRequest, BadStore, PkiError

__all__ = ["BadCertificate", "BadRequest", "BadStore", "PkiError"]
