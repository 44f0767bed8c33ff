"""A payment: its state, what changes it (evolve), what follows from what happened (decide), what to ask next (todo).

Pure. The actor (actors/business/payment.py) reads the facts, stores what is decided, and asks the provider what is to
do. Our own record guards the limits: never more is captured than was authorised, never more refunded than captured.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from csms.domain import events, ids, money, payment_events, session
from csms.domain.payment_events import Flow

CREATED, REQUIRES_ACTION, AUTHORISED, SESSION_BOUND = "created", "requires_action", "authorised", "session_bound"
CAPTURE_PENDING, CAPTURED = "capture_pending", "captured"
PARTIALLY_REFUNDED, REFUNDED, CANCELED, FAILED = "partially_refunded", "refunded", "canceled", "failed"
PAID = frozenset({CAPTURED, PARTIALLY_REFUNDED, REFUNDED})
OVER = PAID | {CANCELED, FAILED}

ACTION_WITHIN = timedelta(minutes=15)
"""How long a payer has to confirm."""
START_WITHIN = timedelta(minutes=2)
"""How long a session that was ordered may take to be known; after that the hold is released."""

Step: TypeAlias = Literal["authorise", "look", "start", "capture", "cancel", "refund"]
BY_SYSTEM = "system"


class NotRefundable(Exception):
    """So much cannot be given back."""


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part that is given back: status ordered | done | failed."""

    id: str
    amount: Decimal
    reason: str
    by: str
    status: str = "ordered"
    document: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state after `version` events."""

    id: str
    version: int
    status: str
    gateway: str
    flow: Flow
    method: str
    charger_id: str
    amount: Decimal
    currency: str
    token: str
    created_at: datetime
    changed_at: datetime
    connector_id: int | None = None
    evse_id: int | None = None
    station_id: str | None = None
    driver_id: str | None = None
    reference: str | None = None
    url: str | None = None
    start_ordered_at: datetime | None = None
    session_id: str | None = None
    authorised: Decimal = Decimal(0)
    to_capture: Decimal | None = None
    captured: Decimal = Decimal(0)
    document: str | None = None
    seller_id: str | None = None
    cancelling: str | None = None
    refunds: tuple[Refund, ...] = ()
    reason: str = ""
    starts: bool = True
    """It has the charger start its session, with a token of its own; else it is for one that runs."""

    @property
    def refunded(self) -> Decimal:
        """What was given back."""
        return _sum(each for each in self.refunds if each.status == "done")

    @property
    def left(self) -> Decimal:
        """What can still be given back: what was captured without what is, or is being, refunded."""
        return self.captured - _sum(each for each in self.refunds if each.status != "failed")

    @property
    def over(self) -> bool:
        """Whether nothing is to do until somebody asks for something new."""
        return self.status in OVER and all(each.status != "ordered" for each in self.refunds)


class Facts(NamedTuple):
    """What the rest of the system knows. `due`: what the session's documents come to, None before the first."""

    session_id: str | None = None
    status: str | None = None
    currency: str | None = None
    cap: Decimal | None = None
    due: Decimal | None = None
    document: str | None = None
    seller_id: str | None = None
    on_account: bool = False


def evolve(state: Payment | None, payment_id: str, event: events.AnyEvent, at: datetime) -> Payment:
    """The state after one more event. Raises ValueError for one that no payment has, or one before its creation."""
    if state is None:
        if not isinstance(event, payment_events.PaymentCreated):
            raise ValueError(f"payment {payment_id} begins with {type(event).__name__}")
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        starts = event.session_id is None
        return Payment(id=payment_id, version=1, status=CREATED, created_at=at, changed_at=at, starts=starts, **fields)
    return msgspec.structs.replace(state, version=state.version + 1, changed_at=at, **_changes(state, event, at))


def _changes(state: Payment, event: events.AnyEvent, at: datetime) -> dict[str, Any]:
    match event:
        case payment_events.PaymentActionRequired():
            return {"status": REQUIRES_ACTION, "reference": event.reference, "url": event.url}
        case payment_events.PaymentAuthorised():
            return {"status": AUTHORISED, "reference": event.reference, "authorised": event.amount, "url": None}
        case payment_events.PaymentStartOrdered():
            return {"start_ordered_at": at}
        case payment_events.PaymentBound():
            return {"status": SESSION_BOUND, "session_id": event.session_id}
        case payment_events.CaptureOrdered():
            what = {"document": event.document, "seller_id": event.seller_id}
            return {"status": CAPTURE_PENDING, "to_capture": event.amount, **what}
        case payment_events.PaymentCaptured():
            return {"status": CAPTURED, "captured": event.amount}
        case payment_events.CancelOrdered():
            return {"cancelling": event.reason, "reason": event.reason}
        case payment_events.PaymentCanceled():
            return {"status": CANCELED, "cancelling": None, "url": None}
        case payment_events.PaymentFailed():
            return {"status": FAILED, "cancelling": None, "url": None, "reason": event.reason}
        case payment_events.RefundOrdered() | payment_events.PaymentRefunded() | payment_events.RefundFailed():
            return _refunds(state, event)
        case _:
            raise ValueError(f"payment {state.id} has no {type(event).__name__}")


def _refunds(
    state: Payment, event: payment_events.RefundOrdered | payment_events.PaymentRefunded | payment_events.RefundFailed
) -> dict[str, Any]:
    if isinstance(event, payment_events.RefundOrdered):
        new = Refund(id=event.refund_id, amount=event.amount, reason=event.reason, by=event.by, document=event.document)
        return {"refunds": (*state.refunds, new)}
    became = "done" if isinstance(event, payment_events.PaymentRefunded) else "failed"
    refunds = tuple(
        msgspec.structs.replace(each, status=became) if each.id == event.refund_id else each for each in state.refunds
    )
    back = _sum(each for each in refunds if each.status == "done")
    status = CAPTURED if not back else REFUNDED if back >= state.captured else PARTIALLY_REFUNDED
    return {"refunds": refunds, "status": status}


def decide(state: Payment, facts: Facts, now: datetime) -> list[events.AnyEvent]:
    """What follows from what happened meanwhile; harmless to repeat."""
    if state.cancelling is not None:
        return []
    match state.status:
        case s if s == REQUIRES_ACTION and now - state.changed_at >= ACTION_WITHIN:
            return [payment_events.CancelOrdered(reason="The payer did not confirm it in time.")]
        case s if s == AUTHORISED:
            return _starting(state, facts, now)
        case s if s == SESSION_BOUND:
            return _ending(state, facts)
        case s if s in PAID:
            return _corrected(state, facts)
    return []


def _starting(state: Payment, facts: Facts, now: datetime) -> list[events.AnyEvent]:
    if facts.session_id is not None:
        return [payment_events.PaymentBound(session_id=facts.session_id)]
    if state.start_ordered_at is not None and now - state.start_ordered_at >= START_WITHIN:
        return [payment_events.CancelOrdered(reason="The charger did not take the order to start.")]
    return []


def _ending(state: Payment, facts: Facts) -> list[events.AnyEvent]:
    reason = None
    if facts.status == session.FAILED:
        reason = "The session did not start."
    elif facts.on_account:
        reason = "The session is on an account's invoice."
    elif facts.status == session.COMPLETED and facts.currency is None:
        reason = "The session is free."
    elif facts.currency is not None and facts.currency != state.currency:
        reason = f"The session is priced in {facts.currency}."
    elif facts.due is not None and facts.due <= 0:
        reason = "The session costs nothing."
    if reason is not None:
        return [payment_events.CancelOrdered(reason=reason)]
    if facts.due is None or facts.document is None or facts.seller_id is None:
        return []
    amount = min(facts.due, state.authorised)
    return [payment_events.CaptureOrdered(amount=amount, document=facts.document, seller_id=facts.seller_id)]


def _corrected(state: Payment, facts: Facts) -> list[events.AnyEvent]:
    """What was billed became less: the rest is the payer's. Documents that became more are not paid by this."""
    if facts.due is None:
        return []
    taken_back = _sum(each for each in state.refunds if each.document is not None and each.status != "failed")
    failed = any(each.document is not None and each.status == "failed" for each in state.refunds)
    amount = min(state.captured - taken_back - max(facts.due, Decimal(0)), state.left)
    if amount <= 0 or failed:
        return []
    refund_id = ids.digest("corrected", state.id, len(state.refunds)).hex()[:12]
    reason = "What was billed was taken back."
    return [
        payment_events.RefundOrdered(
            refund_id=refund_id, amount=amount, reason=reason, by=BY_SYSTEM, document=state.document
        )
    ]


def refund(state: Payment, refund_id: str, amount: Decimal | None, reason: str, by: str) -> list[events.AnyEvent]:
    """Give back so much, or all that is left; [] when this refund is ordered already. Raises NotRefundable.

    A part of the smallest coin is none: the provider would round each, and give back more than our record says.
    """
    if any(each.id == refund_id for each in state.refunds):
        return []
    if state.status not in PAID:
        raise NotRefundable(f"the payment is {state.status}: only what was captured can be refunded")
    wanted = state.left if amount is None else amount
    if not money.is_payable(wanted, state.currency) or wanted > state.left:
        raise NotRefundable(
            f"{state.left} {state.currency} can be refunded: ask for that, or for less of these decimals"
        )
    return [payment_events.RefundOrdered(refund_id=refund_id, amount=wanted, reason=reason, by=by)]


def todo(state: Payment, process_since: datetime) -> Step | None:
    """What the provider, or the charger, is to be asked next. `process_since`: orders before it were cut short."""
    if state.status in OVER:
        return "refund" if waiting_refund(state) is not None else None
    if state.status == CREATED:
        return "authorise"
    if state.cancelling is not None:
        return "cancel"
    if state.status == REQUIRES_ACTION:
        return "look"
    if state.status == AUTHORISED:
        started = state.start_ordered_at
        return "start" if started is None or started < process_since else None
    return "capture" if state.status == CAPTURE_PENDING else None


def waiting_refund(state: Payment) -> Refund | None:
    """The refund that the provider is to be asked for next."""
    return next((each for each in state.refunds if each.status == "ordered"), None)


def caps(state: Payment, facts: Facts) -> bool:
    """Whether the session has to be told what it may cost."""
    running = facts.status in (session.ACTIVE,) and facts.currency == state.currency
    return state.status == SESSION_BOUND and running and facts.cap != state.authorised


def key(state: Payment, step: str) -> str:
    """The idempotency key of a step: the same after a crash."""
    return f"{state.id}:{step}"


def _sum(refunds: Iterable[Refund]) -> Decimal:
    return sum((each.amount for each in refunds), Decimal(0))
