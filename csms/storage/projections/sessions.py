"""The table `sessions`: what lists filter by, and the whole state, from which the view is made."""

from collections.abc import Sequence

import msgspec

from csms.domain import events
from csms.domain.session import Session
from csms.storage import codec
from csms.storage.projections.writes import Writes

_INSERT = """
INSERT INTO sessions (
    number, id, version, charger_id, station_id, evse_id, connector_id, token, driver_id, status, transaction_id,
    start_key, started_at, stopped_at, changed_at, flags, state
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPSERT = f"""{_INSERT} ON CONFLICT (number) DO UPDATE SET
    version = excluded.version, station_id = excluded.station_id, evse_id = excluded.evse_id,
    connector_id = excluded.connector_id, token = excluded.token, driver_id = excluded.driver_id,
    status = excluded.status, transaction_id = excluded.transaction_id, start_key = excluded.start_key,
    started_at = excluded.started_at, stopped_at = excluded.stopped_at, changed_at = excluded.changed_at,
    flags = excluded.flags, state = excluded.state
"""
_SAMPLED = f"""{_INSERT} ON CONFLICT (number) DO UPDATE SET
    version = excluded.version, changed_at = excluded.changed_at, state = excluded.state
"""
"""SQLite writes every index anew that has a named column, changed or not: a sample needs none of them."""

_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


def row(writes: Writes, number: int, state: Session, new: Sequence[events.AnyEvent] = ()) -> None:
    """Add the row of a session; `number` is that of its stream, so that sessions sort by their beginning.

    `new` are the events since the row was last written, where the caller knows.
    """
    writes.add(
        _SAMPLED if _only_sampled(state, new) else _UPSERT,
        (
            number,
            state.id,
            state.version,
            state.charger_id,
            state.station_id,
            state.evse_id,
            state.connector_id,
            state.token,
            state.driver_id,
            state.status,
            state.transaction_id,
            state.start_key,
            codec.milliseconds(state.started_at) if state.started_at else None,
            codec.milliseconds(state.stopped_at) if state.stopped_at else None,
            codec.milliseconds(state.changed_at),
            _json(state.flags).decode() if state.flags else "[]",
            _encode(state),
        ),
    )


def _only_sampled(state: Session, new: Sequence[events.AnyEvent]) -> bool:
    """Whether no column but a sample's three can have changed; an odd one may raise a flag, a late one take it back."""
    return bool(new) and not state.flags and all(type(event) is events.MeterSampled and not event.late for event in new)
