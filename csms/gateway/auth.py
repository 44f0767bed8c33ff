"""Who may connect: security profiles 0 to 2 and basic authentication (rules 6 and 7), pure.

Called by the handshake. Never verifies a password itself (passwords.py does, it may be slow) and never looks anything
up. Profile 3 needs a client certificate, which the listener does not ask for yet, so such a charger is refused.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

CHALLENGE: Headers = ((b"WWW-Authenticate", b'Basic realm="OCPP", charset="UTF-8"'),)


@dataclass(frozen=True, slots=True)
class Known:
    """A charger that is registered here.

    `identity` is the stored spelling. `credentials` are stored hashes, any of which may match: two while the answer
    to a password change is lost (rule 8). `ping_interval` and `offline_after` are seconds; None takes the gateway's
    own, a ping interval of 0 sends none.
    """

    identity: str
    security_profile: int = 0
    credentials: tuple[str, ...] = field(default=(), repr=False)
    ping_interval: float | None = None
    offline_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody registered that identity. `admit` lets it in all the same, without a password.

    What it then may do is the handler's business.
    """

    admit: bool = False


@dataclass(frozen=True, slots=True)
class Basic:
    """What an Authorization header carried. The password stays bytes: in OCPP 1.6 it need not be text (rule 8)."""

    user: str
    password: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accept:
    """The charger may come in. `credential`: the stored one that matched, None if none was asked for."""

    identity: str
    credential: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refuse:
    """The HTTP answer instead of an upgrade. `why` is for the log.

    `body` for the person who reads the charger's log.
    """

    status: int
    why: str
    body: str
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Verify:
    """The charger may come in if the password matches one of `credentials`."""

    identity: str
    password: bytes = field(repr=False)
    credentials: tuple[str, ...] = field(repr=False)


def check(
    identity: str, found: Known | Unknown, authorization: bytes | None, *, secure: bool
) -> Accept | Refuse | Verify:
    """Decide about an upgrade request of `identity` (as in the path) over TLS (`secure`) or not.

    Total, never raises.
    """
    if isinstance(found, Unknown):
        return (
            Accept(identity)
            if found.admit
            else Refuse(404, "unknown_charger", "No charger of that id is registered here.")
        )
    if found.security_profile >= 2 and not secure:
        return _refuse_401("plain_connection", "This charger must connect with TLS (wss).")
    if found.security_profile >= 3:
        return _refuse_401("no_client_certificate", "This charger must present a client certificate.")
    if authorization is None or (found.security_profile == 0 and not found.credentials):
        # Chargers may ask first without credentials and repeat the request after the 401.
        return (
            Accept(found.identity)
            if found.security_profile == 0
            else _refuse_401("no_credentials", "Basic authentication is needed.")
        )
    basic = parse(authorization)
    if basic is None or basic.user.casefold() != found.identity.casefold() or not found.credentials:
        return wrong(found.identity)
    return Verify(found.identity, basic.password, found.credentials)


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


def _refuse_401(why: str, body: str) -> Refuse:
    return Refuse(401, why, body, CHALLENGE)
