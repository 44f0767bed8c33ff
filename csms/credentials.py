"""Secrets that people and chargers present: made here, stored only as hashes, checked in constant time.

Two schemes, and every stored text says which it is. Generated keys have 256 random bits, so that one salted SHA-256 is
enough and 10,000 chargers may reconnect at once; what a person chose gets argon2id, which takes tens of milliseconds:
keep that off the event loop. Called by the gateway, the API and the command line; never logs anything.
"""

import hashlib
import hmac
import secrets

import argon2

_KEY_SCHEME = "sha256"
_PASSWORD_SCHEME = "$argon2id$"
CHARGER_PASSWORD = range(8, 65)
"""Characters of a charger's password that somebody chose; shorter than OCPP makes them, for chargers that have one."""
_argon2 = argon2.PasswordHasher()


def generate() -> str:
    """A new key: 256 random bits as 43 characters that are safe in URLs and headers."""
    return secrets.token_urlsafe(32)


def charger_password() -> str:
    """A new password for a charger: 120 random bits as 20 characters.

    An OCPP 1.6 charger keeps at most 20 bytes (rule 8), and 2.0.1 wants at least 16 characters.
    """
    return secrets.token_urlsafe(15)


def hash_key(key: str | bytes) -> str:
    """How a generated key is stored: scheme, salt and digest. Only for keys with enough randomness of their own."""
    salt = secrets.token_hex(16)
    return f"{_KEY_SCHEME}${salt}${_digest(salt, key)}"


def verify_key(stored: str, key: str | bytes) -> bool:
    """True when `key` is the one that was stored with hash_key."""
    scheme, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    return scheme == _KEY_SCHEME and hmac.compare_digest(digest.encode(), _digest(salt, key).encode())


def hash_password(password: str | bytes) -> str:
    """How a password that somebody chose is stored (argon2id; slow on purpose)."""
    return _argon2.hash(_bytes(password))


def verify_password(stored: str, password: str | bytes) -> bool:
    """True when `password` is the one that was stored with hash_password (slow on purpose)."""
    try:
        return _argon2.verify(stored, _bytes(password))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def is_slow(stored: str) -> bool:
    """True when verify takes long enough to be kept off the event loop."""
    return stored.startswith(_PASSWORD_SCHEME)


def verify(stored: str, secret: str | bytes) -> bool:
    """True when `secret` matches, whichever scheme it was stored with; chargers may present bytes that are no text."""
    return verify_password(stored, secret) if is_slow(stored) else verify_key(stored, secret)


def _digest(salt: str, key: str | bytes) -> str:
    return hashlib.sha256(f"{salt}$".encode() + _bytes(key)).hexdigest()


def _bytes(secret: str | bytes) -> bytes:
    return secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
