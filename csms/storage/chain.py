"""The hash chain of a stream: every event's hash covers its stored bytes and the hash before it.

A stream begins at the hash of its name, so that no stream can be passed off as another. Several nodes may write, each
its own streams: there is no chain over all events, only a checkpoint now and then (csms/storage/checkpoints.py).
Tamper-evident, not tamper-proof: who can rewrite the whole file can compute the hashes too, but not the heads that
were noted elsewhere.
"""

from hashlib import blake2b

import msgspec

HASH_BYTES = 16

_encode = msgspec.msgpack.Encoder().encode


def genesis(stream: str) -> bytes:
    """The hash before the first event of `stream`."""
    return blake2b(stream.encode(), digest_size=HASH_BYTES, person=b"csms stream").digest()


def link(
    before: bytes,
    version: int,
    event_id: bytes,
    type: str,
    schema: int,
    at: int,
    correlation: str | None,
    causation: str | None,
    body: bytes,
) -> bytes:
    """The hash of an event that follows the one with hash `before`; `at` in milliseconds."""
    row = _encode((version, event_id, type, schema, at, correlation, causation, body))
    return blake2b(before + row, digest_size=HASH_BYTES).digest()
