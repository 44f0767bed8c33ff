"""OCPP 1.6 security: how a password travels in the configuration key AuthorizationKey (rule 8), and a security profile
in SecurityProfile (rule 57)."""

from csms.protocol import versions

SHORTEST, LONGEST = 16, 40
"""Bytes of a password, characters of the key (improved security for OCPP 1.6-J, A00.FR.205: as hex up to 20 bytes)."""
_PROFILE = "securityprofile"
_KEY = "authorizationkey"  # keys are compared without regard to case


def written(key: str, value: str) -> str:
    """The value to send for a key: a password as the hex of its bytes, unless it is hex already."""
    if key.casefold() != _KEY or _unhexed(value) is not None:
        return value
    return value.encode().hex()


def password(order: versions.Order) -> bytes | None:
    """The password that this call sets: what the hex stands for, or the text itself. None for any other call."""
    key, value = order.payload.get("key"), order.payload.get("value")
    if order.action != "ChangeConfiguration" or not isinstance(key, str) or not isinstance(value, str):
        return None
    if key.casefold() != _KEY:
        return None
    unhexed = _unhexed(value)
    return value.encode() if unhexed is None else unhexed


def objection(order: versions.Order) -> str | None:
    """What is wrong with the password that this call sets; None for a good one and for any other call."""
    given = password(order)
    if given is None or (len(given) >= SHORTEST and len(order.payload["value"]) <= LONGEST):
        return None
    this = "this one" if _unhexed(order.payload["value"]) is None else "this one, read as hexadecimal,"
    return (
        f"{order.payload['key']}: a charger takes a password of {SHORTEST} to {LONGEST // 2} bytes, and {this} has "
        f"{len(given)}. Send another one, or with set-configuration no value at all to have one made."
    )


def profile(order: versions.Order) -> int | None:
    """The security profile that this call tells the charger to use; None for any other call."""
    key, value = order.payload.get("key"), order.payload.get("value")
    if order.action != "ChangeConfiguration" or not isinstance(key, str) or not isinstance(value, str):
        return None
    is_number = value.strip().isascii() and value.strip().isdigit()
    return int(value) if key.casefold() == _PROFILE and is_number else None


def _unhexed(value: str) -> bytes | None:
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None
