"""OCPP 2.x security: events that chargers report, and the security profile that a network profile brings (rule 57).

Passwords are in passwords.py, certificates in certificates.py.
"""

from collections.abc import Mapping
from typing import Any

from csms.protocol import security_events, versions
from csms.protocol.v2x import keys

_OF_SLOT = ("networkconfiguration", "securityprofile")
_PROFILES = ("0", "1", "2", "3")

INCOMING: Mapping[str, versions.Incoming] = security_events.INCOMING


def profile(order: versions.Order) -> int | None:
    """The security profile that this call gives the charger; None for any other call."""
    match order:
        case versions.Order("SetNetworkProfile", {"connectionData": {"securityProfile": int(given)}}):
            return given
        case versions.Order("SetVariables", {"setVariableData": [*entries]}):
            return max((found for each in entries if (found := _set(each)) is not None), default=None)
        case _:
            return None


def _set(entry: Mapping[str, Any]) -> int | None:
    """2.1: a network profile's own security profile, as a variable."""
    own, value = keys.read(entry), entry["attributeValue"]
    if (own.component.casefold(), own.name.casefold()) != _OF_SLOT or value not in _PROFILES:
        return None
    return int(value)
