"""Every session's money is found: whatever was priced was billed, and paid, charged, credited or owed."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from csms.domain import payment_events
from csms.storage.billing import correcting
from csms.storage.log import Append, Entry, Log, New
from csms.storage.paying import checking, tracing
from csms.storage.reference import accounts, tokens
from tests.csms.storage.billing.support import NOW, Till, priced


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Log.open(tmp_path / "data") as log:
        yield Till(log)


def sold(till: Till) -> None:
    till.stay("s1")
    till.price(priced(["s1"]))


def paid(till: Till, amount: str = "396.00", *, back: str | None = None, credited: bool = False) -> None:
    """A payment that captured so much for the receipt."""
    sold(till)
    pay(till, amount, back=back, credited=credited)


def pay(till: Till, amount: str, *, back: str | None = None, credited: bool = False) -> None:
    """A payment that is bound to s1, and captured so much."""
    what: dict[str, Any] = {"gateway": "embedded", "currency": "INR", "seller_id": "default", "booked_on": NOW.date()}
    told: list[Any] = [
        payment_events.PaymentCreated(
            gateway="embedded",
            flow="stored",
            method="test-ok",
            charger_id="CP-01",
            amount=Decimal(500),
            currency="INR",
            token="t1",
        ),
        payment_events.PaymentAuthorised(reference="r1", amount=Decimal(500)),
        payment_events.PaymentBound(session_id="s1"),
        payment_events.PaymentCaptured(amount=Decimal(amount), document="CN-R-000001", **what),
    ]
    if back is not None:
        document = "CN-R-000001" if credited else None
        by: dict[str, Any] = {"refund_id": "r", "amount": Decimal(back), "document": document}
        told.append(payment_events.RefundOrdered(reason="slow", by="u1", **by))
        told.append(payment_events.PaymentRefunded(**by, **what))
    stream = payment_events.payment_stream("p1")
    till.log.append(Append(entries=(Entry(stream, 0, tuple(map(New, told))),), at=NOW))


def charged(till: Till) -> None:
    till.log.write(accounts.add, {"id": "blue", "name": "Blue"})
    token = till.log.write(tokens.add, {"id_token": "FLEET"}).ref
    till.log.write(accounts.add_member, "blue", {"token": token})
    till.stay("s1", token=token)
    till.price(priced(["s1"]))


def credited(till: Till) -> None:
    paid(till, back="396.00", credited=True)
    till.log.write(correcting.credit, "CN-R-000001", "No power.", NOW)


def unbilled(till: Till) -> None:
    till.stay("s1")
    till.teller.tell("s1", priced(["s1"]), seconds=660)


CASES = [
    (lambda till: till.stay("s1"), "free", ""),
    (unbilled, "unbilled", ""),
    (sold, "owed", "396.00"),
    (paid, "paid", "0.00"),
    (lambda till: paid(till, "100.00"), "owed", "296.00"),
    (lambda till: paid(till, back="96.00"), "paid", "0.00"),
    (credited, "credited", "0.00"),
    (charged, "charged", ""),
]


@pytest.mark.parametrize(("happened", "status", "owed"), CASES)
def test_what_became_of_a_sessions_price_is_told(till: Till, happened: Any, status: str, owed: str) -> None:
    happened(till)
    [found] = tracing.traces(till.log.connection)
    assert (found.session_id, found.status, found.owed) == ("s1", status, owed)


def test_a_session_that_another_goes_on_with_is_billed_with_it(till: Till) -> None:
    till.stay("s1", reason="PowerLoss")
    till.stay("s2", continues="s1")
    till.price(priced(["s1", "s2"]))
    assert [(each.session_id, each.status) for each in tracing.traces(till.log.connection)] == [
        ("s1", "continued"),
        ("s2", "owed"),
    ]
    assert [each.session_id for each in tracing.traces(till.log.connection, "s2")] == ["s2"]


def test_the_payment_of_the_first_session_of_a_stay_pays_for_all_of_it(till: Till) -> None:
    till.stay("s1", reason="PowerLoss")
    till.stay("s2", continues="s1")
    till.price(priced(["s1", "s2"]))
    pay(till, "396.00")
    [found] = tracing.traces(till.log.connection, "s2")
    assert (found.status, found.payment, found.captured) == ("paid", "p1", "396.00")


def test_what_goodwill_gave_back_is_not_asked_for_again_when_the_rest_is_taken_back(till: Till) -> None:
    paid(till, back="96.00")
    till.log.write(correcting.credit, "CN-R-000001", "No power.", NOW)
    assert [each.why for each in wrong(till)] == ["396.00 INR were kept for bills of 0"]
    rest: dict[str, Any] = {"refund_id": "all", "amount": Decimal(300), "document": "CN-R-000001"}
    what: dict[str, Any] = {"gateway": "embedded", "currency": "INR", "seller_id": "default", "booked_on": NOW.date()}
    told: list[Any] = [
        payment_events.RefundOrdered(reason="taken back", by="system", **rest),
        payment_events.PaymentRefunded(**rest, **what),
    ]
    stream = payment_events.payment_stream("p1")
    till.log.append(Append(entries=(Entry(stream, 6, tuple(map(New, told))),), at=NOW))
    assert wrong(till) == []
    assert [(each.status, each.owed) for each in tracing.traces(till.log.connection)] == [("credited", "0.00")]


def wrong(till: Till) -> list[checking.Finding]:
    """What is wrong about payments."""
    found = checking.findings(till.log.connection, NOW)
    return [each for each in found if each.wrong and each.subject.startswith("payment ")]
