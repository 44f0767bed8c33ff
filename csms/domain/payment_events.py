"""Events of payments, stream payment:<id>. Part of the union in events.py.

What was `ordered` is asked of the provider until it answers, also after a crash; its answer is an event of its own.
Amounts are rounded to the currency's decimals. `reference` is the provider's name of the hold, `method` that of what
pays: neither tells a card or a person. `booked_on` is the seller's day.
"""

from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from csms.domain.event import Event

Flow: TypeAlias = Literal["stored", "ad_hoc"]


class PaymentCreated(Event, frozen=True, kw_only=True):
    """Somebody wants to charge there and to pay for it; `token` is the surrogate of a token made for this alone.

    With a `session_id` it is for that session, which somebody began with a token of theirs.
    """

    gateway: str
    flow: Flow
    method: str
    charger_id: str
    amount: Decimal
    currency: str
    token: str
    connector_id: int | None = None
    evse_id: int | None = None
    station_id: str | None = None
    driver_id: str | None = None
    session_id: str | None = None


class PaymentActionRequired(Event, frozen=True, kw_only=True):
    """The payer has to confirm it at `url` (3-D Secure)."""

    reference: str
    url: str


class PaymentAuthorised(Event, frozen=True, kw_only=True):
    """The provider holds the amount."""

    reference: str
    amount: Decimal


class PaymentStartOrdered(Event, frozen=True, kw_only=True):
    """The charger is about to be told to start."""


class PaymentBound(Event, frozen=True, kw_only=True):
    """The session that it pays for."""

    session_id: str


class CaptureOrdered(Event, frozen=True, kw_only=True):
    """So much of the hold is to be taken, for this document."""

    amount: Decimal
    document: str
    seller_id: str


class PaymentCaptured(Event, frozen=True, kw_only=True):
    """The provider took the amount for us."""

    amount: Decimal
    currency: str
    gateway: str
    document: str
    seller_id: str
    booked_on: date


class CancelOrdered(Event, frozen=True, kw_only=True):
    """The hold is to be released."""

    reason: str


class PaymentCanceled(Event, frozen=True, kw_only=True):
    """The hold is released: nothing was taken."""

    reason: str = ""


class PaymentFailed(Event, frozen=True, kw_only=True):
    """Nothing comes of it: declined, or the hold was lost. `code` is the provider's."""

    code: str
    reason: str


class RefundOrdered(Event, frozen=True, kw_only=True):
    """So much is to be given back. `document` took back what was billed; without one it is goodwill."""

    refund_id: str
    amount: Decimal
    reason: str
    by: str
    document: str | None = None


class PaymentRefunded(Event, frozen=True, kw_only=True):
    """The provider gave it back."""

    refund_id: str
    amount: Decimal
    currency: str
    gateway: str
    seller_id: str
    booked_on: date
    document: str | None = None


class RefundFailed(Event, frozen=True, kw_only=True):
    """The provider will not give it back."""

    refund_id: str
    code: str
    reason: str


AnyPaymentEvent: TypeAlias = (
    PaymentCreated
    | PaymentActionRequired
    | PaymentAuthorised
    | PaymentStartOrdered
    | PaymentBound
    | CaptureOrdered
    | PaymentCaptured
    | CancelOrdered
    | PaymentCanceled
    | PaymentFailed
    | RefundOrdered
    | PaymentRefunded
    | RefundFailed
)


def payment_stream(payment_id: str) -> str:
    """The stream of a payment."""
    return f"payment:{payment_id}"
