"""The table `audit`: who changed what in the reference tables, before and after as JSON."""

import msgspec

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_INSERT = "INSERT INTO audit (seq, kind, subject, by, before, after, at) VALUES (?, ?, ?, ?, ?, ?, ?)"


def changed(writes: Writes, stored: records.Stored) -> None:
    """Add a ReferenceChanged."""
    event = stored.event
    if isinstance(event, events.ReferenceChanged):
        told = (msgspec.json.encode(fields).decode() for fields in (event.before, event.after))
        writes.add(_INSERT, (stored.seq, event.kind, event.id, event.by, *told, codec.milliseconds(stored.at)))
