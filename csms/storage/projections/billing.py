"""The tables of bills: documents, which sessions they are about, what fleets are charged and what they paid."""

import msgspec

from csms.domain import events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_DOCUMENT = (
    "INSERT INTO documents (seq, number, series, version, kind, seller_id, buyer_ref, currency, total_excl, total_incl,"
    " issued_on, due_on, corrects, revision, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ABOUT = "INSERT OR IGNORE INTO document_sessions (session_id, seq, kind) VALUES (?, ?, ?)"
_CHARGE = (
    "INSERT INTO charges (seq, account_id, session_id, seller_id, currency, internal, ended_at, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_COVERED = "INSERT OR IGNORE INTO charge_sessions (session_id, seq) VALUES (?, ?)"
_PAID = (
    "INSERT INTO invoice_payments (seq, number, account_id, amount, currency, received_on, reference)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def issued(writes: Writes, stored: records.Stored) -> None:
    """Add a DocumentIssued and its sessions."""
    event = stored.event
    if not isinstance(event, events.DocumentIssued):
        return
    row = (
        stored.seq,
        event.number,
        event.series,
        stored.version,
        event.kind,
        event.seller_id,
        event.buyer_ref,
        event.currency,
        format(event.total_excl, "f"),
        format(event.total_incl, "f"),
        event.issued_on.isoformat(),
        event.due_on.isoformat() if event.due_on else None,
        event.corrects,
        event.revision,
        codec.milliseconds(stored.at),
    )
    writes.add(_DOCUMENT, row)
    for session_id in event.session_ids:
        writes.add(_ABOUT, (session_id, stored.seq, event.kind))


def charged(writes: Writes, stored: records.Stored) -> None:
    """Add a SessionCharged and the sessions it is for."""
    event = stored.event
    if not isinstance(event, events.SessionCharged):
        return
    row = (
        stored.seq,
        event.account_id,
        event.session_id,
        event.seller_id,
        event.currency,
        int(event.internal),
        codec.milliseconds(event.ended_at),
        msgspec.json.encode(event).decode(),
    )
    writes.add(_CHARGE, row)
    for session_id in event.covers:
        writes.add(_COVERED, (session_id, stored.seq))


def paid(writes: Writes, stored: records.Stored) -> None:
    """Add an InvoicePaid."""
    event = stored.event
    if isinstance(event, events.InvoicePaid):
        amount, day = format(event.amount, "f"), event.received_on.isoformat()
        row = (stored.seq, event.number, event.account_id, amount, event.currency, day, event.reference)
        writes.add(_PAID, row)
