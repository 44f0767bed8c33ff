"""Where a request comes from: its address and scheme behind a trusted balancer, and whether a browser sent it from us.

Forwarding headers are believed only when the peer is one of the trusted proxies (CSMS_TRUSTED_PROXIES).
"""

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from api import errors
from csms.storage.reference import logins

Connection = ASGIConnection[Any, Any, Any, Any]
Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def client_address(connection: Connection, trusted: Networks) -> str:
    """The caller's address: the last one in X-Forwarded-For that is no trusted proxy, else the peer's."""
    peer = connection.client.host if connection.client else ""
    hops = [hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _is_trusted(peer, trusted):
        peer = hops.pop()
    return peer


def of_sign_in(connection: Connection, trusted: Networks) -> logins.Origin:
    """Where somebody signs in from."""
    return logins.Origin(client_address(connection, trusted), connection.headers.get("user-agent", ""))


def is_https(connection: Connection, trusted: Networks) -> bool:
    """Whether the browser speaks https, to us or to a trusted balancer."""
    if connection.client and _is_trusted(connection.client.host, trusted):
        return connection.headers.get("x-forwarded-proto", connection.scope["scheme"]) == "https"
    return connection.scope["scheme"] == "https"


def require_same_origin(connection: Connection) -> None:
    """Refuse a write that another site's page made the browser send. Raises Forbidden.

    Browsers send Origin with every form and fetch that writes; Sec-Fetch-Site cannot be set by a page. The scheme is
    not compared, because TLS may end in front of us.
    """
    origin = connection.headers.get("origin")
    if origin is not None:
        same = urlsplit(origin).netloc.lower() == connection.headers.get("host", "").lower()
    else:
        same = connection.headers.get("sec-fetch-site") in {"same-origin", "none"}
    if not same:
        raise errors.Forbidden(
            "This write is signed in by a cookie but comes from another site. Programs send a Bearer token instead.",
            code="cross_origin",
        )


def _is_trusted(address: str, trusted: Networks) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in trusted)
    except ValueError:
        return False
