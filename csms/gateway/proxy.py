"""Who really connected when TLS ends at a balancer, pure.

Called by the handshake. Believes X-Forwarded-For and X-Forwarded-Proto only from addresses that the settings trust.
"""

import ipaddress
from collections.abc import Iterable, Sequence

from csms.gateway import options


def origin(
    address: str, secure: bool, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[options.Network]
) -> tuple[str, bool]:
    """(address, whether it came over TLS) of the charger. `address` and `secure` are those of the TCP connection."""
    if not _trusts(address, trusted):
        return address, secure
    found = _values(headers, b"x-forwarded-for")
    # From the right: each proxy appends who came to it, so the first that we do not trust is the charger; what is
    # left of it, it may have made up.
    stranger = next((hop for hop in reversed(found) if not _trusts(hop, trusted)), None)
    proto = _values(headers, b"x-forwarded-proto")
    return stranger or address, proto[-1].lower() in ("https", "wss") if proto else secure


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    lines = (value.decode("latin-1") for key, value in headers if key.lower() == name)
    return [part.strip() for line in lines for part in line.split(",") if part.strip()]


def _trusts(address: str, trusted: Sequence[options.Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in trusted)
