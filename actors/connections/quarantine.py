"""Quarantine: transaction frames that nothing could handle are kept raw, alerted, and acknowledged (rule 13).

A charger that gets an error for such a record retries, blocks its queue and then drops the record; so it gets an
ordinary answer, and a person gets the frame.
"""

from __future__ import annotations

import logging

from actors.recording import journal
from actors.services import Services
from csms.domain import authorization, events, facts, ids
from csms.storage.records import Append, Entry, New
from csms.storage.reference import counters

TRANSACTION_ACTIONS = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})

logger = logging.getLogger(__name__)


async def keep(services: Services, charger_id: str, action: str, raw: str, reasons: tuple[str, ...]) -> facts.Answer:
    """Store the frame durably, raise an alert, and return the answer that acknowledges it."""
    why = ", ".join(reasons) or "it could not be handled"
    await _store(services, charger_id, events.FrameQuarantined(frame=raw, reason=why))
    logger.error("frame_quarantined charger=%s action=%s reason=%s", charger_id, action, why)
    match action:
        case "StartTransaction":
            number = await journal.write(services.journal, counters.next_transaction_id)
            return facts.StartAnswer(str(number), facts.TokenInfo(authorization.ACCEPTED))
        case "StopTransaction":
            return facts.StopAnswer(None)
        case _:
            return facts.Acknowledged()


async def alert(services: Services, kind: str, subject: str, detail: str, alert_id: bytes = b"") -> None:
    """Raise an alert durably; one with an id only once, however often it is told."""
    raised = events.AlertRaised(kind=kind, subject=subject, detail=detail)
    entry = Entry(events.SYSTEM_STREAM, None, (New(raised, alert_id),))
    await journal.append(services.journal, Append(entries=(entry,), at=services.now()))


async def _store(services: Services, charger_id: str, frame: events.FrameQuarantined) -> None:
    raised = events.AlertRaised(kind="frame_quarantined", subject=charger_id, detail=frame.reason)
    kept = Entry(events.quarantine_stream(charger_id), None, (New(frame, ids.digest("frame", frame.frame)),))
    alerted = Entry(events.SYSTEM_STREAM, None, (New(raised, ids.digest("quarantine", charger_id, frame.frame)),))
    await journal.append(services.journal, Append(entries=(kept, alerted), at=services.now()))
