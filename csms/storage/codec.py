"""Events to bytes and back: msgpack of the event's fields, times as msgpack timestamps, decimals as text.

The set of types is the union in csms/domain/events.py; nothing here knows any of them by name.
"""

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from csms.domain import events
from csms.storage import errors, upcast

TYPES: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(events.AnyEvent)}
"""Every type of event, by its stored name."""

_DAMAGED = (ValueError, RecursionError)
"""What damaged bytes make of the reader: msgspec's own errors, text that is no UTF-8, nesting without an end."""

_encoder = msgspec.msgpack.Encoder()
_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in TYPES.items()}


def encode(event: events.AnyEvent) -> bytes:
    """The body of `event`. Raises TypeError, ValueError or OverflowError for values that msgpack has no form for."""
    return _encoder.encode(event)


def schema(type: str) -> int:
    """The schema number that events of this type are written with."""
    return events.SCHEMA.get(type, 1)


def decode(type: str, schema: int, body: bytes) -> events.AnyEvent:
    """The event that was stored. Raises UndecodableEvent when its type, schema or content is not known here."""
    decoder = _decoders.get(type)
    try:
        if decoder is None or schema != events.SCHEMA.get(type, 1):
            return restore(type, schema, msgspec.msgpack.decode(body))
        return decoder.decode(body)  # type: ignore[no-any-return]  # one of AnyEvent, by construction of TYPES
    except _DAMAGED as error:
        raise errors.UndecodableEvent(type, schema, f"its body does not fit: {error}") from error


def restore(type: str, schema: int, fields: dict[str, Any]) -> events.AnyEvent:
    """The event with these stored fields, upcast where they are old. Raises UndecodableEvent."""
    if type not in TYPES:
        raise errors.UndecodableEvent(type, schema, "this program does not know the type: install a newer version")
    try:
        return msgspec.convert(upcast.upcast(type, schema, fields), TYPES[type])  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise errors.UndecodableEvent(type, schema, f"its body does not fit: {error}") from error


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970 of an aware time. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: times in the log are UTC")
    return round(at.timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """The aware UTC time of `milliseconds` since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def whole(at: datetime) -> datetime:
    """`at` as the log keeps it: UTC, to the millisecond. States must be evolved with this for a replay to be exact."""
    return moment(milliseconds(at))
