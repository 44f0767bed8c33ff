"""A payment from its authorisation to its capture, through a charger's socket and the embedded gateway."""

from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from actors.business import payment
from csms.domain import events, payment_events
from csms.integrations.payment import embedded
from csms.storage import queries
from csms.storage.billing import correcting
from csms.storage.paying import creating
from csms.storage.reference import tokens
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.test_session_prices import priced
from tests.actors.transacting import moment

ACCEPTED = {"status": "Accepted"}


@pytest.fixture
async def node(node: Watched) -> Watched:
    """Where charging has its price."""
    await priced(node)
    node.payments.backoff = node.sessions.backoff
    return node


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr(payment, "RETRY_SECONDS", (0.01,))
    monkeypatch.setattr(payment, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(payment, "ANSWER_SECONDS", 0.3)


async def pay(node: Watched, method: str = "test-ok", amount: str = "500.00") -> str:
    """Somebody pays to charge at CP-01; the payment's id."""
    asked = creating.Wanted(
        charger_id="CP-01",
        connector_id=1,
        gateway=embedded.NAME,
        flow="stored",
        method=method,
        amount=Decimal(amount),
        driver_id="u1",
    )
    payment_id = await node.write(creating.create, asked, node.services.now())
    await payment.ensure(node.services, payment_id)
    return payment_id


async def started(node: Watched, station: Station) -> str:
    """The charger takes the order to start; the tag that it is to charge with."""
    message_id, action, asked = await station.asked()
    assert action == "RemoteStartTransaction"
    await station.answer(message_id, ACCEPTED)
    return str(asked["idTag"])


async def charged(station: Station, tag: str, meter: int = 23_000) -> None:
    """22 kWh, and away."""
    number = (await station.start(meter=1000, id_tag=tag))["transactionId"]
    await station.stop(number, meter, moment(600), reason="EVDisconnected")


async def shown(node: Watched, payment_id: str) -> dict[str, Any]:
    """As the API shows it."""
    return await node.read(queries.payments.get, payment_id)


def inr(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "INR"}


async def books(node: Watched) -> dict[str, int]:
    """What every account has come to."""
    return await node.read(
        lambda conn: dict(conn.execute("SELECT account, sum(amount) FROM ledger GROUP BY account ORDER BY account"))
    )


@pytest.mark.parametrize("method", ["test-ok", "test-lost", "test-slow", "test-failing"])
async def test_what_the_receipt_says_is_captured_once_however_the_provider_answers(
    node: Watched, station: Station, clock: Clock, method: str
) -> None:
    payment_id = await pay(node, method)
    tag = await started(node, station)
    await charged(station, tag)
    await node.recorded(payment_events.PaymentCaptured)
    found = await shown(node, payment_id)
    assert (found["status"], found["authorised"], found["captured"]) == ("captured", inr("500.00"), inr("396.00"))
    assert found["document"] == node.have(events.DocumentIssued)[0].number
    assert len(node.have(payment_events.PaymentCaptured)) == 1
    assert await books(node) == {"provider:embedded": 39_600, "receivables": 0, "revenue": -39_600}
    gateway = node.services.payment_gateway(embedded.NAME)
    [held] = (await gateway.page(node.started_at)).holds
    assert (held.status, held.captured, held.payment_id) == ("captured", Decimal("396.00"), payment_id)


async def test_the_token_of_a_payment_that_is_over_starts_nothing(
    node: Watched, station: Station, clock: Clock
) -> None:
    await pay(node)
    tag = await started(node, station)
    await charged(station, tag)
    await node.recorded(payment_events.PaymentCaptured)
    token = await node.read(tokens.find, tag)
    assert token is not None and token.blocked


async def test_no_more_is_captured_than_was_held_and_the_session_is_capped(
    node: Watched, station: Station, clock: Clock
) -> None:
    payment_id = await pay(node, amount="100.00")
    tag = await started(node, station)
    number = (await station.start(meter=1000, id_tag=tag))["transactionId"]
    assert (await node.recorded(events.CapSet)).amount == Decimal("100.00")
    await station.stop(number, 23_000, moment(600), reason="EVDisconnected")
    await node.recorded(payment_events.PaymentCaptured)
    assert (await shown(node, payment_id))["captured"] == inr("100.00")
    assert (await books(node))["receivables"] == 29_600


async def test_a_card_that_is_declined_starts_nothing(node: Watched, station: Station, clock: Clock) -> None:
    payment_id = await pay(node, "test-declined")
    await node.recorded(payment_events.PaymentFailed)
    found = await shown(node, payment_id)
    assert (found["status"], found["reason"]) == ("failed", "The card was declined.")
    assert station.waiting == 0


async def test_a_payer_who_confirms_may_charge(node: Watched, station: Station, clock: Clock) -> None:
    payment_id = await pay(node, "test-3ds")
    required = await node.recorded(payment_events.PaymentActionRequired)
    assert (await shown(node, payment_id))["action_url"] == f"/pay/test/{required.reference}"
    gateway = node.services.payment_gateway(embedded.NAME)
    assert isinstance(gateway, embedded.Embedded)
    await gateway.confirm(required.reference, agreed=True)
    await started(node, station)
    await node.recorded(payment_events.PaymentBound)
    assert (await shown(node, payment_id))["status"] == "session_bound"


async def test_a_payer_who_does_not_confirm_in_time_is_not_waited_for(
    node: Watched, station: Station, clock: Clock
) -> None:
    payment_id = await pay(node, "test-3ds")
    await node.recorded(payment_events.PaymentActionRequired)
    clock.forward(minutes=16)
    await node.recorded(payment_events.PaymentCanceled)
    assert (await shown(node, payment_id))["status"] == "canceled"


async def test_a_charger_that_is_away_costs_nothing(
    node: Watched, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment, "BACK_WITHIN", timedelta.min)
    payment_id = await pay(node)
    await node.recorded(payment_events.PaymentCanceled)
    found = await shown(node, payment_id)
    assert (found["status"], found["captured"]) == ("canceled", inr("0.00"))
    assert "offline" in found["reason"]


async def test_a_charger_that_is_not_back_yet_after_a_start_of_the_server_is_waited_for(
    node: Watched, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment, "OFFLINE_SECONDS", 0.05)
    payment_id = await pay(node)
    await node.recorded(payment_events.PaymentAuthorised)
    station = await connect()
    await station.boot()
    await started(node, station)
    await node.recorded(payment_events.PaymentBound)
    assert (await shown(node, payment_id))["status"] == "session_bound"


async def test_a_charger_that_refuses_to_start_costs_nothing(node: Watched, station: Station, clock: Clock) -> None:
    payment_id = await pay(node)
    message_id, _, _ = await station.asked()
    await station.answer(message_id, {"status": "Rejected"})
    await node.recorded(payment_events.PaymentCanceled)
    assert (await shown(node, payment_id))["reason"] == "The session did not start."


async def test_a_session_that_costs_nothing_releases_the_hold(node: Watched, station: Station, clock: Clock) -> None:
    payment_id = await pay(node)
    await charged(station, await started(node, station), meter=1000)
    await node.recorded(payment_events.PaymentCanceled)
    assert (await shown(node, payment_id))["reason"] == "The session costs nothing."


async def test_a_hold_that_lapsed_is_an_alert(node: Watched, station: Station, clock: Clock) -> None:
    payment_id = await pay(node, "test-lapsed")
    await charged(station, await started(node, station))
    alert = await node.recorded(events.AlertRaised, where=lambda each: each.kind == "payment_not_captured")
    assert alert.subject == payment_id and "lapsed" in alert.detail
    assert (await shown(node, payment_id))["status"] == "failed"
    assert (await books(node))["receivables"] == 39_600


async def test_a_provider_that_is_down_is_asked_again_and_raises_one_alert(
    node: Watched, station: Station, clock: Clock
) -> None:
    gateway = node.services.payment_gateway(embedded.NAME)
    assert isinstance(gateway, embedded.Embedded)
    payment_id = await pay(node)
    tag = await started(node, station)
    gateway.down = True
    await charged(station, tag)
    alert = await node.recorded(events.AlertRaised, where=lambda each: each.kind == "payment_stuck")
    assert alert.subject == payment_id
    gateway.down = False
    await node.recorded(payment_events.PaymentCaptured)
    assert len(node.have(events.AlertRaised, lambda each: each.kind == "payment_stuck")) == 1


async def paid(node: Watched, station: Station) -> str:
    """A payment of 396 INR that was captured."""
    payment_id = await pay(node)
    await charged(station, await started(node, station))
    await node.recorded(payment_events.PaymentCaptured)
    return payment_id


async def test_goodwill_is_refunded_in_parts_and_never_more_than_was_captured(
    node: Watched, station: Station, clock: Clock
) -> None:
    payment_id = await paid(node, station)

    def give(refund_id: str, amount: str | None) -> Awaitable[Any]:
        back = None if amount is None else Decimal(amount)
        return payment.refund(node.services, payment_id, refund_id, back, "slow", "u9")

    assert (await give("r1", "96.00")).status == "partially_refunded"
    assert (await give("r1", "96.00")).refunded == Decimal("96.00")
    with pytest.raises(Exception, match=r"300\.00 INR can be refunded"):
        await give("r2", "300.01")
    assert (await give("r3", None)).status == "refunded"
    found = await shown(node, payment_id)
    assert (found["refunded"], [each["by"] for each in found["refunds"]]) == (inr("396.00"), ["u9", "u9"])
    assert await books(node) == {
        "goodwill": 39_600,
        "provider:embedded": 0,
        "receivables": 0,
        "revenue": -39_600,
    }


async def test_what_a_credit_note_takes_back_is_refunded_by_itself(
    node: Watched, station: Station, clock: Clock
) -> None:
    payment_id = await paid(node, station)
    number = (await shown(node, payment_id))["document"]
    await node.write(correcting.credit, number, "The charger gave no power.", node.services.now())
    await node.recorded(payment_events.PaymentRefunded)
    assert (await shown(node, payment_id))["refunded"] == inr("396.00")
    assert set((await books(node)).values()) == {0}
