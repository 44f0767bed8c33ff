"""Which addresses chargers may be sent to for files: ours, and hosts that an operator allows. Pure.

Used for orders by name; a raw OCPP call reaches the charger unchanged. A charger sits in a network that we do not see,
so private addresses, by number or by name, must be allowed one by one.
"""

import ipaddress
import urllib.parse
from collections.abc import Collection

SCHEMES = frozenset({"http", "https", "ftp", "ftps", "sftp"})
ANY = "*"
"""Among the allowed hosts: every public one."""
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
    named = (each.casefold() for each in allowed if each != ANY)
    if any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in named):
        return None
    if ANY in allowed and _public(host):
        return None
    return f"the host {host} is not allowed: name it in CSMS_FILE_HOSTS, or use a file of this server"


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        # A name's last label begins with a letter; what begins with a digit is an address in another guise.
        return "." in host and last[:1].isalpha() and not f".{host.rstrip('.')}".endswith(_PRIVATE)
