"""OCPP 2.x security: events that chargers report, and the security profile that a network profile brings (rule 57).

Passwords are in passwords.py, certificates in certificates.py.
"""

from collections.abc import Mapping

from csms.protocol import security_events, versions

INCOMING: Mapping[str, versions.Incoming] = security_events.INCOMING


def profile(order: versions.Order) -> int | None:
    """The security profile that this call gives the charger; None for any other call."""
    if order.action != "SetNetworkProfile":
        return None
    given = order.payload["connectionData"]["securityProfile"]
    return given if isinstance(given, int) else None
