"""Ids derived from content, so that a record sent twice finds itself whatever its message id (rule 11).

The parts are length-prefixed before hashing, so that ("ab", "c") and ("a", "bc") differ.
"""

from datetime import datetime
from decimal import Decimal
from hashlib import blake2b


def digest(*parts: object, size: int = 16) -> bytes:
    """`size` bytes that depend on every part and on their order."""
    hasher = blake2b(digest_size=size)
    for part in parts:
        raw = _bytes(part)
        hasher.update(len(raw).to_bytes(4, "big"))
        hasher.update(raw)
    return hasher.digest()


def start_key(charger_id: str, connector_id: int, token: str | None, at: datetime | None, meter: Decimal | None) -> str:
    """The business key of a 1.6 StartTransaction; `token` is the surrogate reference."""
    return digest("start", charger_id.casefold(), connector_id, token, at, meter).hex()


def successor_key(key: str, session_id: str) -> str:
    """The key of a start that repeats `key` after `session_id` had already ended (rule 34)."""
    return digest("successor", key, session_id).hex()


def session_id(charger_id: str, key: str) -> str:
    """The id of the session that a start (or an orphaned stop) with this key makes."""
    return "s" + digest("session", charger_id.casefold(), key, size=10).hex()


def sample_id(at: datetime | None, record: bytes) -> bytes:
    """The id, within one stream, of a MeterValues with the digest `record` whose first time is `at`.

    It begins with the time in seconds, so that the log's index of ids grows at its end and not all over: half of what
    a sample would write otherwise.
    """
    seconds = 0 if at is None else min(max(0, int(at.timestamp())), 2**32 - 1)
    return seconds.to_bytes(4, "big") + record


def _bytes(part: object) -> bytes:
    match part:
        case bytes():
            return b"b" + part
        case datetime():
            return b"t" + part.isoformat().encode()
        case None:
            return b"n"
        case _:
            return type(part).__name__[:1].encode() + str(part).encode("utf-8", "surrogatepass")
