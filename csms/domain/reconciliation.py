"""Reconciliation: where a payment provider's list and our payments differ, and what to do about it. Pure.

The provider may be ahead of us where its answer was lost: that is `open`, for the payment's actor asks again and takes
what it hears. All else is for a person. Our books are never changed to make them agree.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from csms.domain import payment

Status: TypeAlias = Literal["requires_action", "authorised", "captured", "canceled", "failed"]
Kind: TypeAlias = Literal["unknown_to_us", "unknown_to_them", "currency", "state", "amount", "answer_lost"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as the provider has it. `url`: where the payer confirms; `code` and `reason`: why it failed."""

    reference: str
    status: Status
    amount: Decimal
    currency: str
    payment_id: str | None = None
    captured: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    url: str | None = None
    code: str = ""
    reason: str = ""


class Difference(NamedTuple):
    """Something that the two sides say differently about `subject`: our payment, or a hold that we do not know.

    `open`: an answer was lost, and the payment's actor will hear it.
    """

    kind: Kind
    subject: str
    detail: str
    advice: str
    payment_id: str | None = None
    reference: str | None = None
    open: bool = False


def unknown(held: Held, gateway: str) -> Difference | None:
    """What a hold for no payment of ours is; None where nothing is held or kept."""
    if held.status not in ("authorised", "captured") or (held.status == "captured" and held.refunded >= held.captured):
        return None
    kept = held.amount if held.status == "authorised" else held.captured - held.refunded
    detail = f"{gateway} has {kept} {held.currency} {held.status} for no payment of ours"
    if held.payment_id is None:
        advice = "It was not made by this system: see at the provider what it is for."
    else:
        advice = f"It was made for payment {held.payment_id}, which is not in this log (an older backup?): release or"
        advice += " refund it at the provider."
    return Difference("unknown_to_us", held.reference, detail, advice, None, held.reference)


def missing(state: payment.Payment) -> Difference | None:
    """What a payment is that the provider does not list; None where it has no need to."""
    if not state.authorised:
        return None
    detail = f"{state.gateway} has no {state.reference}, which is {state.status} by our books"
    advice = "See whether the settings name another account of the provider; what was not taken is to be billed anew."
    return _about(state, "unknown_to_them", detail, advice)


def compared(state: payment.Payment, held: Held) -> Iterator[Difference]:
    """Where a payment and its hold differ."""
    if state.currency != held.currency:
        detail = f"it is in {state.currency} by our books, in {held.currency} by {state.gateway}'s"
        yield _about(state, "currency", detail, "Refund it at the provider, and bill the session anew.", held)
    elif not state.over:
        yield from _unfinished(state, held)
    elif state.status in payment.PAID:
        yield from _paid(state, held)
    elif held.status == "captured" and held.refunded < held.captured:
        detail = f"it is {state.status} by our books, and {state.gateway} took {held.captured} {held.currency}"
        yield _about(state, "state", detail, "Refund it at the provider.", held)
    elif held.status == "authorised":
        detail = f"it is {state.status} by our books, and {state.gateway} still holds {held.amount} {held.currency}"
        yield _about(state, "state", detail, "Release it at the provider; it lapses by itself after some days.", held)


def _unfinished(state: payment.Payment, held: Held) -> Iterator[Difference]:
    """What is still to be done differs only where the provider is further than we know."""
    waiting = payment.waiting_refund(state)
    if waiting is not None:
        ahead = held.refunded > state.refunded
    elif state.cancelling is not None:
        ahead = held.status in ("canceled", "failed")
    elif state.status == payment.CAPTURE_PENDING:
        ahead = held.status != "authorised"
    elif state.status in (payment.CREATED, payment.REQUIRES_ACTION):
        ahead = held.status != "requires_action"
    else:
        ahead = held.status in ("canceled", "failed")
        if held.status == "captured":
            detail = f"{state.gateway} took {held.captured} {held.currency} before the session was billed"
            yield _about(state, "state", detail, "Look again when the session is billed: it is captured then.", held)
    if ahead:
        detail = f"it is {state.status} by our books, {held.status} by {state.gateway}'s"
        advice = "Nothing: the payment asks again. If it stays, see whether its actor is parked (GET /actors)."
        yield _about(state, "answer_lost", detail, advice, held)._replace(open=True)


def _paid(state: payment.Payment, held: Held) -> Iterator[Difference]:
    if held.status != "captured":
        detail = f"{state.captured} {state.currency} were captured by our books, and {state.gateway} says {held.status}"
        yield _about(state, "state", detail, "Ask the provider: the money has not come.", held)
    elif (state.captured, state.refunded) != (held.captured, held.refunded):
        said = f"captured {state.captured}, refunded {state.refunded} by our books"
        detail = f"{said}, captured {held.captured}, refunded {held.refunded} by {state.gateway}'s"
        if held.refunded > state.refunded:
            advice = "Somebody refunded it at the provider: issue a credit note, so that the bill says so too."
        else:
            advice = "Refund at the provider what our books have given back, or ask it where the rest went."
        yield _about(state, "amount", detail, advice, held)


def _about(state: payment.Payment, kind: Kind, detail: str, advice: str, held: Held | None = None) -> Difference:
    reference = state.reference if held is None else held.reference
    return Difference(kind, state.id, detail, advice, state.id, reference)
