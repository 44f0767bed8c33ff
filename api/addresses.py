"""Where things listen, as people type it."""

import ipaddress
import socket

from actors import tree
from api import listener


def ocpp_url(node: tree.Node) -> str:
    """What a charger's id is appended to: ws://HOST:PORT/ocpp. The gateway must have started once."""
    gateway = node.front.gateway
    if gateway is None:
        raise RuntimeError("the gateway has not started yet: ask after the tree is up")
    return gateway.endpoints[0].url


def reachable(sock: socket.socket) -> str | None:
    """Where a bound HTTP socket is reached; None where it listens on all addresses, of which nobody knows the right."""
    host = ipaddress.ip_address(sock.getsockname()[0])
    return None if host.is_unspecified else listener.url(sock)
