"""Which addresses chargers may be sent to for files, and which this server may call itself. Pure.

Ours, and hosts that an operator allows. Used for orders by name; a raw OCPP call reaches the charger unchanged. A
charger sits in a network that we do not see, and we in one that others do not see, so private addresses, by number or
by name, must be allowed one by one.
"""

import ipaddress
import urllib.parse
from collections.abc import Collection

SCHEMES = frozenset({"http", "https", "ftp", "ftps", "sftp"})
ANY = "*"
"""Among the allowed hosts: every public one."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Old addresses behind a translator, which may lead to private ones."""
_PRIVATE = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa")


def refusal(url: str, own: str | None, allowed: Collection[str]) -> str | None:
    """Why chargers are not sent there, with what to do instead; None for a good address.

    `own` is our own address. An allowed host that begins with "*." stands for all below it.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        return "it cannot be read as a URL"
    if parts.scheme not in SCHEMES or not host or any(not each.isprintable() or each.isspace() for each in url):
        return f"chargers are sent to URLs of {', '.join(sorted(SCHEMES))} with a host only"
    if own is not None and urllib.parse.urlsplit(own)[:2] == parts[:2]:
        return None
    if _named(host, allowed) or (ANY in allowed and _public(host)):
        return None
    return f"the host {host} is not allowed: name it in CSMS_FILE_HOSTS, or use a file of this server"


def call_refusal(url: str, allowed: Collection[str]) -> str | None:
    """Why this server does not call a URL, as far as its name tells; None for a good one."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        return "it cannot be read as a URL"
    if parts.scheme not in ("http", "https") or not host or any(not each.isprintable() or each == " " for each in url):
        return "only URLs of http and https with a host are called"
    if _named(host, allowed) or (ANY in allowed and _public(host)):
        return None
    return f"the host {host} is not allowed: name it in CSMS_CALL_HOSTS"


def address_refusal(host: str, address: str, allowed: Collection[str]) -> str | None:
    """Why this server does not call a host that has this address; None for a good one."""
    if _named(host.casefold(), allowed) or _global(ipaddress.ip_address(address)):
        return None
    return f"the host {host} has a private address, {address}: name it in CSMS_CALL_HOSTS if it is meant"


def _named(host: str, allowed: Collection[str]) -> bool:
    named = (each.casefold() for each in allowed if each != ANY)
    return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in named)


def _global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is one of the whole world's; an old address within a new one counts as what it is."""
    own = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return own.is_global and not own.is_multicast and address not in _NAT64


def _public(host: str) -> bool:
    try:
        return _global(ipaddress.ip_address(host))
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        # A name's last label begins with a letter; what begins with a digit is an address in another guise.
        return "." in host and last[:1].isalpha() and not f".{host.rstrip('.')}".endswith(_PRIVATE)
