"""Time-based one-time passwords (RFC 6238) as authenticator apps make them: six digits, a new one each 30 s. Pure.

Called by csms/storage/reference/second_factors.py, which remembers the last step that was used, and by the API, which
shows how to enrol.
"""

import base64
import hmac
import secrets
from datetime import datetime

import pyotp

STEP_S = 30
DRIFT = 1
"""Steps that a phone's clock may be wrong by, either way."""
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_GROUP = 4


def new_secret() -> str:
    """A fresh secret: 160 random bits in base32."""
    return pyotp.random_base32()


def uri(secret: str, account: str, issuer: str) -> str:
    """What the QR code says: otpauth://totp/ISSUER:ACCOUNT?secret=..."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step(secret: str, code: str, at: datetime, after: int = 0) -> int | None:
    """The step that a code is of; None for a wrong one, and for one that is not newer than `after`."""
    made, now = pyotp.TOTP(secret), int(at.timestamp()) // STEP_S
    given = "".join(code.split()).encode("utf-8", "surrogatepass")
    fit = [
        each
        for each in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(made.generate_otp(each).encode(), given)
    ]
    return next((each for each in fit if each > after), None)


def recovery_codes() -> tuple[str, ...]:
    """Ten fresh codes of 80 random bits, such as "k3v7-q2xm-...": enough that a plain digest keeps them secret."""
    made = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES))
    return tuple("-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP)) for code in made)


def plain(recovery_code: str) -> str:
    """A recovery code as it is compared: without spaces, hyphens and capitals."""
    return "".join(each for each in recovery_code if each.isalnum()).lower()
