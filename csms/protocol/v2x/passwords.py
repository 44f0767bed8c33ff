"""OCPP 2.x: how a charger's password travels in the variable SecurityCtrlr.BasicAuthPassword (rule 8).

It is text of 16 to 40 characters, never hex. In 2.1 a network profile may bring one too, which counts when the charger
connects with that profile; so does the variable BasicAuthPassword of NetworkConfiguration, which is such a profile.
"""

from typing import Any

from csms.domain import secrets
from csms.protocol import versions
from csms.protocol.v2x import keys

SHORTEST, LONGEST = 16, 40
"""Characters."""
_OWN = "securityctrlr"
"""The component of the password in use; any other's, as 2.1's NetworkConfiguration, is of a network profile."""


def password(order: versions.Order) -> bytes | None:
    """The password that this call sets; None for any other call."""
    if (brought := _brought(order)) is not None:
        return brought.encode()
    given = _given(order)
    return str(given[0]["attributeValue"]).encode() if given else None


def waits(order: versions.Order) -> bool:
    """Whether the charger uses it only when it connects with the network profile that it is of."""
    return _brought(order) is not None or any(keys.read(entry).component.casefold() != _OWN for entry in _given(order))


def objection(order: versions.Order) -> str | None:
    """What is wrong with the password that this call sets; None for a good one and for any other call."""
    brought = _brought(order)
    if brought is not None and len(brought) < SHORTEST:
        return f"basicAuthPassword: a charger takes a password of at least {SHORTEST} characters."
    given = _given(order)
    if not given:
        return None
    if len(order.payload["setVariableData"]) > 1:
        return "BasicAuthPassword: send it alone, so that the answer tells which password is good now."
    length = len(given[0]["attributeValue"])
    if SHORTEST <= length <= LONGEST:
        return None
    return (
        f"BasicAuthPassword: a charger takes a password of {SHORTEST} to {LONGEST} characters, and this one has"
        f" {length}. Send another one, or with set-configuration no value at all to have one made."
    )


def _brought(order: versions.Order) -> str | None:
    if order.action != "SetNetworkProfile":
        return None
    brought: str | None = order.payload["connectionData"].get("basicAuthPassword")
    return brought


def _given(order: versions.Order) -> list[dict[str, Any]]:
    if order.action != "SetVariables":
        return []
    return [entry for entry in order.payload["setVariableData"] if secrets.is_sign_in(keys.read(entry).name)]
