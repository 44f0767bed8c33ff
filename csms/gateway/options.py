"""The gateway's numbers in one place. The composition root fills them from the settings; tests make them small."""

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Options:
    """Times in seconds, sizes in bytes, rates a second; 0 switches a rate, a ping or the offline limit off."""

    ping_interval: float = 30
    offline_after: float = 90
    message_limit: int = 2**20
    frame_rate: float = 50
    handshake_timeout: float = 10  # for the request's head or TLS's hello; then again for all that follows
    handshakes_at_once: int = 64
    handshakes_per_second: float = 300
    slow_verifications: int = 1  # threads that check argon2 passwords at a time
    send_timeout: float = 30  # a charger that does not take one frame in that time is gone
    close_grace: float = 2  # for the closing handshake
    retry_after: int = 30  # told with 503
    sweep_every: float = 1  # how often signs of life are looked at
    trusted_proxies: tuple[Network, ...] = ()
