"""The events of a stream, and the meter values among them, as people see them."""

import builtins
import sqlite3
from typing import Any

from csms.domain import events, facts
from csms.storage import reader, records
from csms.storage.queries import page
from csms.storage.queries.plain import plain, time

_VALUE = ("value", "measurand", "unit", "multiplier", "context", "location", "phase", "format")


def list(  # noqa: A001 - as in queries.streams.list
    conn: sqlite3.Connection, stream: str, *, limit: int = page.DEFAULT, cursor: str | None = None
) -> page.Page:
    """A page of a stream's events, oldest first: {seq, version, type, at, body}; `body` has the event's own fields."""
    after = page.number(cursor) or 0
    source = reader.Reader(conn, snapshot=True)
    try:
        found = [*source.read(stream, after, after + page.checked(limit) + 1)]
    finally:
        source.close()
    following = str(found[limit - 1].version) if len(found) > limit else None
    return {"items": [_event(stored) for stored in found[:limit]], "next_cursor": following}


def meter_values(
    conn: sqlite3.Connection, session_id: str, *, limit: int = page.DEFAULT, cursor: str | None = None
) -> page.Page:
    """A page of a session's meter values, oldest first, one item for each moment measured.

    {at, received_at, seq, suspect, values: [{value, measurand, unit, multiplier, context, location, phase, format,
    signed}]}; `value` as sent, `signed` {data, encoding, method, key} where the meter signed it (2.x). A page holds
    whole records, so it may have more items than `limit`.
    """
    after = page.number(cursor) or 0
    page.checked(limit)
    source = reader.Reader(conn, snapshot=True)
    items: builtins.list[dict[str, Any]] = []
    try:
        for stored in source.read(events.session_stream(session_id), after):
            if len(items) >= limit:
                return {"items": items, "next_cursor": str(after)}
            items += _samples(stored)
            after = stored.version
    finally:
        source.close()
    return {"items": items, "next_cursor": None}


def _samples(stored: records.Stored) -> builtins.list[dict[str, Any]]:
    event = stored.event
    if not isinstance(event, events.SessionStarted | events.MeterSampled | events.SessionStopped):
        return []
    return [
        {
            "at": time(reading.at),
            "received_at": time(stored.at),
            "seq": stored.seq,
            "suspect": plain(event.suspect) if isinstance(event, events.MeterSampled) else [],
            "values": [_value(value) for value in reading.values],
        }
        for reading in event.readings
    ]


def _value(value: facts.Sampled) -> dict[str, Any]:
    signed = value.signed and {name: getattr(value.signed, name) for name in ("data", "encoding", "method", "key")}
    return {name: getattr(value, name) for name in _VALUE} | {"signed": signed}


def _event(stored: records.Stored) -> dict[str, Any]:
    return {
        "seq": stored.seq,
        "version": stored.version,
        "type": stored.type,
        "at": time(stored.at),
        "body": plain(stored.event),
    }
