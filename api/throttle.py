"""Slow guessing down: counts failures in a sliding window. Pure; the login resource owns one and passes the time in."""

import ipaddress
from collections import OrderedDict
from collections.abc import Hashable

CAPACITY = 10_000
_IPV6_NETWORK = 64
"""Bits that a household has in common, and can vary the others of."""


class Throttle:
    """At most `limit` failures a key within `window_s` seconds; the oldest keys are forgotten first."""

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit = limit
        self.window_s = window_s
        self._failures: OrderedDict[Hashable, list[float]] = OrderedDict()

    def wait_s(self, key: Hashable, now: float) -> float:
        """Seconds until `key` may try again; 0 when it may now."""
        recent = [at for at in self._failures.get(key, ()) if at > now - self.window_s]
        if len(recent) < self.limit:
            return 0.0
        return recent[-self.limit] + self.window_s - now

    def failed(self, key: Hashable, now: float) -> None:
        """Count a failure."""
        recent = [at for at in self._failures.pop(key, ()) if at > now - self.window_s]
        self._failures[key] = [*recent, now][-self.limit :]
        while len(self._failures) > CAPACITY:
            self._failures.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)


def network_of(address: str) -> str:
    """What one person asks from: an address, or of IPv6 the network that a household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:  # as a socket for both kinds tells IPv4: all of it is one network of IPv6
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))
    return address
