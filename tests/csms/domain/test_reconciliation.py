"""What a provider's list and our payments may say differently, and what is to be done about each."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from csms.domain import payment, reconciliation
from csms.domain.reconciliation import Held

AT = datetime(2026, 3, 1, tzinfo=UTC)


def ours(status: str, *, authorised: str = "500", captured: str = "0", **more: Any) -> payment.Payment:
    """A payment of 500 INR."""
    fields: dict[str, Any] = {"gateway": "embedded", "flow": "stored", "method": "test-ok", "charger_id": "CP-01"}
    fields |= {"amount": Decimal(500), "currency": "INR", "token": "t1", "created_at": AT, "changed_at": AT}
    fields |= {"authorised": Decimal(authorised), "captured": Decimal(captured), "reference": "r1"}
    return payment.Payment(id="p1", version=5, status=status, **(fields | more))


def theirs(status: reconciliation.Status, *, captured: str = "0", refunded: str = "0", **more: Any) -> Held:
    """The hold for it."""
    fields: dict[str, Any] = {"reference": "r1", "amount": Decimal(500), "currency": "INR", "payment_id": "p1"}
    fields |= {"captured": Decimal(captured), "refunded": Decimal(refunded)}
    return Held(status=status, **(fields | more))


def refund(status: str, amount: str = "96") -> tuple[payment.Refund, ...]:
    return (payment.Refund(id="r", amount=Decimal(amount), reason="slow", by="u1", status=status),)


CASES = [
    ("created", {"authorised": "0"}, theirs("requires_action"), []),
    ("created", {"authorised": "0"}, theirs("authorised"), ["answer_lost, open"]),
    ("requires_action", {"authorised": "0"}, theirs("requires_action"), []),
    ("requires_action", {"authorised": "0"}, theirs("canceled"), ["answer_lost, open"]),
    ("authorised", {}, theirs("authorised"), []),
    ("session_bound", {}, theirs("authorised"), []),
    ("session_bound", {}, theirs("canceled"), ["answer_lost, open"]),
    ("session_bound", {}, theirs("captured", captured="100"), ["state"]),
    ("session_bound", {"cancelling": "free"}, theirs("authorised"), []),
    ("session_bound", {"cancelling": "free"}, theirs("canceled"), ["answer_lost, open"]),
    ("capture_pending", {}, theirs("authorised"), []),
    ("capture_pending", {}, theirs("captured", captured="396"), ["answer_lost, open"]),
    ("capture_pending", {}, theirs("canceled"), ["answer_lost, open"]),
    ("captured", {"captured": "396"}, theirs("captured", captured="396"), []),
    ("captured", {"captured": "396"}, theirs("captured", captured="395.99"), ["amount"]),
    ("captured", {"captured": "396"}, theirs("captured", captured="396", refunded="96"), ["amount"]),
    ("captured", {"captured": "396"}, theirs("authorised"), ["state"]),
    ("captured", {"captured": "396", "refunds": refund("ordered")}, theirs("captured", captured="396"), []),
    (
        "captured",
        {"captured": "396", "refunds": refund("ordered")},
        theirs("captured", captured="396", refunded="96"),
        ["answer_lost, open"],
    ),
    (
        "partially_refunded",
        {"captured": "396", "refunds": refund("done")},
        theirs("captured", captured="396", refunded="96"),
        [],
    ),
    (
        "partially_refunded",
        {"captured": "396", "refunds": refund("done")},
        theirs("captured", captured="396"),
        ["amount"],
    ),
    ("captured", {"captured": "396"}, theirs("captured", captured="396", currency="EUR"), ["currency"]),
    ("canceled", {}, theirs("canceled"), []),
    ("canceled", {}, theirs("authorised"), ["state"]),
    ("canceled", {}, theirs("captured", captured="396"), ["state"]),
    ("canceled", {}, theirs("captured", captured="396", refunded="396"), []),
    ("failed", {"authorised": "0"}, theirs("failed"), []),
    ("failed", {}, theirs("captured", captured="396"), ["state"]),
]


@pytest.mark.parametrize(("status", "fields", "held", "expected"), CASES)
def test_a_payment_differs_from_its_hold(status: str, fields: dict[str, Any], held: Held, expected: list[str]) -> None:
    found = list(reconciliation.compared(ours(status, **fields), held))
    assert [f"{each.kind}{', open' if each.open else ''}" for each in found] == expected
    assert all(each.subject == each.payment_id == "p1" and each.detail and each.advice for each in found)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (theirs("failed"), None),
        (theirs("canceled"), None),
        (theirs("requires_action"), None),
        (theirs("captured", captured="396", refunded="396"), None),
        (theirs("authorised"), "embedded has 500 INR authorised for no payment of ours"),
        (theirs("captured", captured="396", refunded="96"), "embedded has 300 INR captured for no payment of ours"),
    ],
)
def test_what_is_none_of_ours_is_told_while_money_is_held_or_kept(held: Held, told: str | None) -> None:
    found = reconciliation.unknown(held, "embedded")
    assert (None if found is None else found.detail) == told


def test_who_made_what_is_unknown_tells_what_to_do() -> None:
    own, foreign = theirs("authorised"), msgspec.structs.replace(theirs("authorised"), payment_id=None)
    advice = [found.advice for each in (own, foreign) if (found := reconciliation.unknown(each, "stripe")) is not None]
    assert "older backup" in advice[0] and "not made by this system" in advice[1]


@pytest.mark.parametrize(("status", "authorised", "told"), [("captured", "500", True), ("failed", "0", False)])
def test_what_the_provider_does_not_list_is_missing_where_it_once_held_it(
    status: str, authorised: str, told: bool
) -> None:
    found = reconciliation.missing(ours(status, authorised=authorised))
    assert (found is not None and found.kind == "unknown_to_them") is told
