"""The table `authorizations`: every attempt to charge, accepted or refused, with the reason (rule 31)."""

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_INSERT = "INSERT INTO authorizations (seq, charger_id, token, status, reason, source, at) VALUES (?, ?, ?, ?, ?, ?, ?)"


def decided(writes: Writes, stored: records.Stored) -> None:
    """Add the answer to an Authorize."""
    event = stored.event
    if isinstance(event, events.AuthorizationDecided):
        charger_id = stored.stream.partition(":")[2]
        at = codec.milliseconds(stored.at)
        writes.add(_INSERT, (stored.seq, charger_id, event.token, event.status, event.reason, "authorize", at))


def started(writes: Writes, stored: records.Stored) -> None:
    """Add the verdict on the token of a transaction's start, if it came with one; "" where that could be none."""
    event = stored.event
    if isinstance(event, events.SessionStarted) and (event.token is not None or event.authorization_reason):
        verdict = (event.token or "", event.authorization, event.authorization_reason)
        writes.add(_INSERT, (stored.seq, event.charger_id, *verdict, "start", codec.milliseconds(stored.at)))


def updated(writes: Writes, stored: records.Stored) -> None:
    """The same of a token that a 2.x transaction named later."""
    event = stored.event
    if isinstance(event, events.TransactionUpdated) and (event.token is not None or event.authorization_reason):
        verdict = (event.token or "", event.authorization, event.authorization_reason)
        source = "stop" if event.stops else "start"
        writes.add(_INSERT, (stored.seq, event.charger_id, *verdict, source, codec.milliseconds(stored.at)))
