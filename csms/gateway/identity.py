"""From the path of an upgrade request to the charger's identity (rule 7), pure.

Called by the handshake. Never looks anything up: the spelling that counts is the stored one, and the handler knows it.
"""

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes, urlsplit

from csms.gateway import errors

PREFIX = "ocpp"
LONGEST = 255  # what the storage and a log line can bear; OCPP 2.x allows less
LONGEST_2X = 48


def from_path(target: str) -> str:
    """The identity in a request target: `/ocpp/RDAM%20123/?v=2` -> `RDAM 123`. Raises BadPath."""
    first, *rest = list(_segments(target)) or [""]
    if first.lower() != PREFIX or not rest:
        raise errors.BadPath(f"a charger connects to /{PREFIX}/<charger id>")
    identity = _decoded(rest[-1])
    if not 1 <= len(identity) <= LONGEST:
        raise errors.BadPath(f"a charger id has 1 to {LONGEST} characters")
    # A slash could not be addressed in the API; the others would forge log lines.
    if not identity.isprintable() or "/" in identity or identity in (".", ".."):
        raise errors.BadPath("a charger id has no slash and no control characters")
    return identity


def allowed_in(identity: str, subprotocol: str) -> bool:
    """Whether that OCPP version allows the identity: 2.x has at most 48 characters and no colon."""
    return not subprotocol.startswith("ocpp2") or (len(identity) <= LONGEST_2X and ":" not in identity)


def _segments(target: str) -> Iterator[str]:
    # Only an absolute target (a proxy's) goes through urlsplit: it would take the "ocpp" of "//ocpp/CP" for a host.
    path = target if target.startswith("/") else urlsplit(target).path
    for end in "?#":
        path = path.partition(end)[0]
    return (segment for segment in path.split("/") if segment)


def _decoded(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise errors.BadPath("a charger id is percent-encoded UTF-8") from None
