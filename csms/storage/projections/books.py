"""The tables `reconciliations`, `differences` and `periods`: what finance looks at."""

import msgspec

from csms.domain import books_events, money
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_PREFIX = len(books_events.reconciliation_stream(""))
RECONCILIATION = ("ReconciliationBegun", "DifferenceFound", "DifferenceGone", "ReconciliationEnded")
_BEGUN = "INSERT INTO reconciliations (id, seq, gateway, since, by, begun_at) VALUES (?, ?, ?, ?, ?, ?)"
_ENDED = "UPDATE reconciliations SET ended_at = ?, listed = ?, compared = ?, repaired = ?, different = ? WHERE id = ?"
_FOUND = (
    "INSERT INTO differences (seq, gateway, kind, subject, payment_id, reference, detail, advice, found_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (gateway, kind, subject) WHERE gone_at IS NULL"
    " DO UPDATE SET detail = excluded.detail, advice = excluded.advice, reference = excluded.reference"
)
_GONE = "UPDATE differences SET gone_at = ? WHERE gateway = ? AND kind = ? AND subject = ? AND gone_at IS NULL"
_CLOSED = (
    "INSERT INTO periods (seq, seller_id, period, until, lines, totals, digest, by, closed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def reconciled(writes: Writes, stored: records.Stored) -> None:
    """Take over one event of a reconciliation."""
    gateway, at, event = stored.stream[_PREFIX:], codec.milliseconds(stored.at), stored.event
    match event:
        case books_events.ReconciliationBegun():
            writes.add(_BEGUN, (event.id, stored.seq, gateway, codec.milliseconds(event.since), event.by, at))
        case books_events.DifferenceFound():
            about = (event.kind, event.subject, event.payment_id, event.reference, event.detail, event.advice)
            writes.add(_FOUND, (stored.seq, gateway, *about, at))
        case books_events.DifferenceGone():
            writes.add(_GONE, (at, gateway, event.kind, event.subject))
        case books_events.ReconciliationEnded():
            counts = (event.listed, event.compared, event.repaired, event.different)
            writes.add(_ENDED, (at, *counts, event.id))


def closed(writes: Writes, stored: records.Stored) -> None:
    """Add a PeriodClosed."""
    event = stored.event
    assert isinstance(event, books_events.PeriodClosed), "nothing else is booked here"
    totals = [{"account": each.account, **money.shown(each.amount, each.currency)} for each in event.totals]
    about = (event.seller_id, event.period, event.until.isoformat(), event.lines, msgspec.json.encode(totals).decode())
    writes.add(_CLOSED, (stored.seq, *about, event.digest, event.by, codec.milliseconds(stored.at)))
