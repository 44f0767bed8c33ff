"""The table `reports`: what chargers reported that changes no state, as it came."""

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_INSERT = "INSERT INTO reports (seq, charger_id, action, payload, at) VALUES (?, ?, ?, ?, ?)"


def notified(writes: Writes, stored: records.Stored) -> None:
    """Add a Notified."""
    event = stored.event
    if isinstance(event, events.Notified):
        charger_id = stored.stream.partition(":")[2]
        writes.add(_INSERT, (stored.seq, charger_id, event.action, event.payload, codec.milliseconds(stored.at)))
