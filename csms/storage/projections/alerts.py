"""The table `alerts`: what operations should look at, and what is so no more."""

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_INSERT = "INSERT INTO alerts (seq, kind, subject, detail, raised_at) VALUES (?, ?, ?, ?, ?)"
_RESOLVED = "UPDATE alerts SET resolved_at = ? WHERE kind = ? AND subject = ? AND resolved_at IS NULL"


def raised(writes: Writes, stored: records.Stored) -> None:
    """Add an AlertRaised."""
    event = stored.event
    if isinstance(event, events.AlertRaised):
        writes.add(_INSERT, (stored.seq, event.kind, event.subject, event.detail, codec.milliseconds(stored.at)))


def resolved(writes: Writes, stored: records.Stored) -> None:
    """Take over an AlertResolved."""
    event = stored.event
    if isinstance(event, events.AlertResolved):
        writes.add(_RESOLVED, (codec.milliseconds(stored.at), event.kind, event.subject))
