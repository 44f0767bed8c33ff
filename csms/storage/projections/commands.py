"""The table `commands`: who ordered what, and what became of it."""

import msgspec

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

REQUESTED = "requested"
"""The status of a command before its outcome is known."""

_INSERT = (
    "INSERT INTO commands (seq, id, charger_id, command, requested_by, arguments, requested_at, status, detail)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')"
)
_END = "UPDATE commands SET status = ?, detail = ?, response = ?, ended_at = ? WHERE id = ?"

_json = msgspec.json.Encoder().encode


def requested(writes: Writes, stored: records.Stored) -> None:
    """Add a CommandRequested."""
    event = stored.event
    if isinstance(event, events.CommandRequested):
        charger_id = stored.stream.partition(":")[2]
        order = (event.command_id, charger_id, event.command, event.by, _json(event.arguments).decode())
        writes.add(_INSERT, (stored.seq, *order, codec.milliseconds(stored.at), REQUESTED))


def ended(writes: Writes, stored: records.Stored) -> None:
    """Note the outcome of a command."""
    event = stored.event
    if isinstance(event, events.CommandEnded):
        response = _json(event.response).decode()
        outcome = (event.status, event.detail, response, codec.milliseconds(stored.at))
        writes.add(_END, (*outcome, event.command_id))
