"""The table `alerts`: what operations should look at."""

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_INSERT = "INSERT INTO alerts (seq, kind, subject, detail, raised_at) VALUES (?, ?, ?, ?, ?)"


def raised(writes: Writes, stored: records.Stored) -> None:
    """Add an AlertRaised."""
    event = stored.event
    if isinstance(event, events.AlertRaised):
        writes.add(_INSERT, (stored.seq, event.kind, event.subject, event.detail, codec.milliseconds(stored.at)))
