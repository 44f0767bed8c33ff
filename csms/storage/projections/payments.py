"""The table `payments`: what lists filter by and show. What a payment is, its events tell (csms/domain/payment.py)."""

from collections.abc import Callable
from typing import Any

from csms.domain import money, payment_events
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_PREFIX = len(payment_events.payment_stream(""))
_CREATED = (
    "INSERT INTO payments (id, seq, status, gateway, flow, charger_id, connector_id, evse_id, station_id, token,"
    " driver_id, session_id, currency, amount, created_at, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _update(what: str) -> str:
    return f"UPDATE payments SET {what}, changed_at = ? WHERE id = ?"  # noqa: S608 - our own words


_CHANGES: dict[str, tuple[str, Callable[[Any], tuple[Any, ...]]]] = {
    "PaymentActionRequired": (
        _update("status = 'requires_action', reference = ?, url = ?"),
        lambda event: (event.reference, event.url),
    ),
    "PaymentAuthorised": (
        _update("status = 'authorised', url = NULL, authorised = amount, reference = ?"),
        lambda event: (event.reference,),
    ),
    "PaymentBound": (_update("status = 'session_bound', session_id = ?"), lambda event: (event.session_id,)),
    "CaptureOrdered": (_update("status = 'capture_pending', document = ?"), lambda event: (event.document,)),
    "PaymentCaptured": (
        _update("status = 'captured', captured = ?"),
        lambda event: (money.minor(event.amount, event.currency),),
    ),
    "CancelOrdered": (_update("reason = ?"), lambda event: (event.reason,)),
    "PaymentCanceled": (_update("status = 'canceled', url = NULL"), lambda _: ()),
    "PaymentFailed": (_update("status = 'failed', url = NULL, reason = ?"), lambda event: (event.reason,)),
    "RefundOrdered": (_update("refunding = refunding + 1"), lambda _: ()),
    "PaymentRefunded": (
        _update(
            "refunding = refunding - 1, status = CASE WHEN refunded + ? >= captured THEN 'refunded'"
            " ELSE 'partially_refunded' END, refunded = refunded + ?"
        ),
        lambda event: (money.minor(event.amount, event.currency),) * 2,
    ),
    "RefundFailed": (_update("refunding = refunding - 1"), lambda _: ()),
}
"""What becomes of the row, and with which values, by type of event."""
TYPES = ("PaymentCreated", *_CHANGES)


def happened(writes: Writes, stored: records.Stored) -> None:
    """Take over one event of a payment."""
    payment_id, at = stored.stream[_PREFIX:], codec.milliseconds(stored.at)
    if isinstance(stored.event, payment_events.PaymentCreated):
        writes.add(_CREATED, (payment_id, stored.seq, "created", *_created(stored.event), at, at))
    elif stored.type in _CHANGES:
        sql, values = _CHANGES[stored.type]
        writes.add(sql, (*values(stored.event), at, payment_id))


def _created(event: payment_events.PaymentCreated) -> tuple[Any, ...]:
    return (
        event.gateway,
        event.flow,
        event.charger_id,
        event.connector_id,
        event.evse_id,
        event.station_id,
        event.token,
        event.driver_id,
        event.session_id,
        event.currency,
        money.minor(event.amount, event.currency),
    )
