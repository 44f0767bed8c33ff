"""The log as JSON lines: one event a line, complete enough to be read back, for other programs and for golden logs.

{"seq", "stream", "version", "event_id", "type", "schema", "at", "correlation", "causation", "hash", "body"}; event_id
and hash are hex, `body` has the stored (short) names, its times RFC 3339 and its bytes base64. No personal data.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import events
from csms.storage import codec, reader, records


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One exported event."""

    seq: int
    stream: str
    version: int
    event_id: str
    type: str
    schema: int
    at: datetime
    correlation: str | None
    causation: str | None
    hash: str
    body: dict[str, Any]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


def lines(conn: sqlite3.Connection, after_seq: int = 0) -> Iterator[bytes]:
    """Every event after `after_seq`, each as a line of JSON with its newline; events of unknown type, too."""
    source = reader.Reader(conn, snapshot=True)
    with source.consistent():
        for part, row in source.all_rows(after_seq):
            name, schema = part.type(row.type)
            yield (
                _encode(
                    Line(
                        seq=row.seq,
                        stream=source.name(row.stream),
                        version=row.version,
                        event_id=row.event_id.hex(),
                        type=name,
                        schema=schema,
                        at=codec.moment(row.at),
                        correlation=row.correlation,
                        causation=row.causation,
                        hash=row.hash.hex(),
                        body=msgspec.msgpack.decode(row.body),
                    )
                )
                + b"\n"
            )
    source.close()


def parse(line: bytes) -> records.Stored:
    """An exported line as a stored event, upcast where it is old. Raises UndecodableEvent, msgspec.ValidationError."""
    row = _decode(line)
    event: events.AnyEvent = codec.restore(row.type, row.schema, row.body)
    event_id = bytes.fromhex(row.event_id)
    return records.Stored(
        row.seq, row.stream, row.version, event_id, row.type, row.schema, row.at, row.correlation, row.causation, event
    )
