"""Who may connect: security profiles 0 to 3, by password or by certificate (rules 6, 7, 53 and 57), pure.

Called by the handshake. Never verifies a password itself (passwords.py does, it may be slow) and never looks anything
up. While a charger is being moved to another profile both are good, until it has used the new one.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import TypeAlias

from csms.pki import presented

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

CHALLENGE: Headers = ((b"WWW-Authenticate", b'Basic realm="OCPP", charset="UTF-8"'),)


@dataclass(frozen=True, slots=True)
class Known:
    """A charger that is registered here.

    `identity` is the stored spelling. `credentials` are stored hashes, any of which may match: two while the answer
    to a password change is lost (rule 8). `next_profile` is what it was told to use from now on. `common_names` are
    those that its certificate may have, `organisation` is the operator's. `ping_interval` and `offline_after` are
    seconds; None takes the gateway's own, a ping interval of 0 sends none.
    """

    identity: str
    security_profile: int = 0
    credentials: tuple[str, ...] = field(default=(), repr=False)
    ping_interval: float | None = None
    offline_after: float | None = None
    next_profile: int | None = None
    common_names: tuple[str, ...] = ()
    organisation: str = ""

    @property
    def profiles(self) -> tuple[int, ...]:
        """The security profiles that it may use now, the strongest first."""
        wanted = {self.security_profile, self.security_profile if self.next_profile is None else self.next_profile}
        return tuple(sorted(wanted, reverse=True))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody registered that identity. `admit` lets it in all the same, without a password.

    What it then may do is the handler's business. `decommissioned`: somebody did, and took it out of service.
    """

    admit: bool = False
    decommissioned: bool = False


@dataclass(frozen=True, slots=True)
class Basic:
    """What an Authorization header carried. The password stays bytes: in OCPP 1.6 it need not be text (rule 8)."""

    user: str
    password: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accept:
    """The charger may come in. `credential`: the stored one that matched, None if none was asked for.

    `profile`: the security profile that it used.
    """

    identity: str
    credential: str | None = field(default=None, repr=False)
    profile: int = 0


@dataclass(frozen=True, slots=True)
class Refuse:
    """The HTTP answer instead of an upgrade. `why` is for the log.

    `body` for the person who reads the charger's log. `identity` is the charger's that was named, if there is one.
    """

    status: int
    why: str
    body: str
    headers: Headers = ()
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Verify:
    """The charger may come in if the password matches one of `credentials`."""

    identity: str
    password: bytes = field(repr=False)
    credentials: tuple[str, ...] = field(repr=False)
    profile: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A client certificate that TLS found good. `revoked`: it was good once.

    `issued_to`: the charger that it was made for; None where it is not of our making.
    """

    certificate: presented.Presented
    revoked: bool = False
    issued_to: str | None = None


def check(
    identity: str, found: Known | Unknown, authorization: bytes | None, *, secure: bool, shown: Shown | None = None
) -> Accept | Refuse | Verify:
    """Decide about an upgrade request of `identity` (as in the path) over TLS (`secure`) or not.

    Total, never raises.
    """
    if shown is not None and shown.revoked:
        return _refuse_403("certificate_revoked", "The client certificate was revoked.")
    if isinstance(found, Unknown):
        return Accept(identity) if found.admit else _refuse_404(found)
    verdicts = [_by_profile(profile, found, authorization, secure, shown) for profile in found.profiles]
    good = next((each for each in verdicts if not isinstance(each, Refuse)), None)
    return good or verdicts[found.profiles.index(found.security_profile)]


def _by_profile(
    profile: int, found: Known, authorization: bytes | None, secure: bool, shown: Shown | None
) -> Accept | Refuse | Verify:
    if profile >= 2 and not secure:
        return _refuse_401("plain_connection", "This charger must connect with TLS (wss).")
    if profile >= 3:
        return _by_certificate(found, shown)
    if authorization is None or (profile == 0 and not found.credentials):
        # Chargers may ask first without credentials and repeat the request after the 401.
        return (
            Accept(found.identity) if profile == 0 else _refuse_401("no_credentials", "Basic authentication is needed.")
        )
    basic = parse(authorization)
    if basic is None or basic.user.casefold() != found.identity.casefold() or not found.credentials:
        return wrong(found.identity)
    return Verify(found.identity, basic.password, found.credentials, profile)


def _by_certificate(found: Known, shown: Shown | None) -> Accept | Refuse:
    if shown is None:
        return _refuse_401("no_client_certificate", "This charger must present a client certificate.")
    objection = presented.objection(shown.certificate, found.common_names, found.organisation)
    if shown.issued_to not in (None, found.identity):
        # A charger says itself what its serial number is, and may have said another one's when it asked for this.
        objection = "it was issued to another charger"
    if objection is not None:
        return _refuse_403("foreign_certificate", f"This is not the certificate of {found.identity}: {objection}.")
    return Accept(found.identity, profile=3)


def wrong(identity: str) -> Refuse:
    """The answer to a wrong user or password. It does not tell which of the two it was."""
    return _refuse_401("bad_credentials", f"User and password do not belong to {identity}.")


def parse(authorization: bytes) -> Basic | None:
    """Read `Basic <base64 of user:password>`; None if it is anything else."""
    scheme, _, encoded = authorization.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return Basic(user.decode("utf-8"), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _refuse_404(found: Unknown) -> Refuse:
    if found.decommissioned:
        return Refuse(404, "decommissioned", "This charger was taken out of service.")
    return Refuse(404, "unknown_charger", "No charger of that id is registered here.")


def _refuse_403(why: str, body: str) -> Refuse:
    return Refuse(403, why, body)


def _refuse_401(why: str, body: str) -> Refuse:
    return Refuse(401, why, body, CHALLENGE)
