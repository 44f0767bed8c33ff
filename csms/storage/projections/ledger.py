"""The table `ledger`: the bookings of csms/domain/ledger.py, a row a line."""

from csms.domain import ledger, money, payment_events
from csms.storage import records
from csms.storage.projections.writes import Writes

_LINE = (
    "INSERT INTO ledger (seq, line, booked_on, account, amount, currency, document, payment_id, seller_id, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PAYMENT = payment_events.payment_stream("")
TYPES = ("DocumentIssued", "PaymentCaptured", "PaymentRefunded", "InvoicePaid")


def book(writes: Writes, stored: records.Stored) -> None:
    """Add the lines of one event."""
    made = ledger.booking(stored.event)
    if made is None:
        return
    payment_id = stored.stream.removeprefix(_PAYMENT) if stored.stream.startswith(_PAYMENT) else None
    for line, entry in enumerate(made.entries):
        amount = money.minor(entry.amount, made.currency)
        about = (made.document, payment_id, made.seller_id, made.text)
        writes.add(_LINE, (stored.seq, line, made.booked_on.isoformat(), entry.account, amount, made.currency, *about))
