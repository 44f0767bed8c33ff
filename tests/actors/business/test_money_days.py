"""Bad days for money: odd currencies, a provider that is down for an hour, messages that come doubled, late or forged.

After each the books are right by their own check, and agree with the provider's list.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from actors.business import payment, reconciling
from csms.domain import books_events, events, payment_events
from csms.integrations import payment as gateways
from csms.integrations.payment import embedded
from csms.printing import datev
from csms.storage import queries
from csms.storage.billing import correcting
from csms.storage.books import exporting
from csms.storage.paying import checking, creating, tracing
from csms.storage.reference import assignments, tariffs
from tests.actors.business.test_payment import charged, hurried, started
from tests.actors.business.test_reconciling import gateway_of
from tests.actors.node import Clock, Station, Watched

__all__ = ["hurried"]


async def price(node: Watched, currency: str, per_kwh: str) -> None:
    """CP-01 charges so much for a kWh."""
    component = {"type": "ENERGY", "price": per_kwh, "step_size": 1, "vat": "10"}
    fields: dict[str, Any] = {"id": "t", "name": "T", "currency": currency, "tax_included": True}

    def change(conn: Any) -> None:
        tariffs.add(conn, fields | {"elements": [{"price_components": [component]}]})
        assignments.assign(conn, "charger", "CP-01", "t", now=node.services.now())

    await node.write(change)


async def pay(node: Watched, amount: str, method: str = "test-ok") -> str:
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


async def right(node: Watched) -> None:
    """`csms ledger check`: nothing is wrong, here or beside the provider's list."""
    gateway = gateway_of(node)
    held = [each async for each in gateways.holds(gateway, node.started_at)]

    def check(conn: Any) -> list[checking.Finding]:
        found = [*checking.findings(conn, node.services.now()), *checking.against(conn, embedded.NAME, held)]
        return [each for each in found if each.wrong]

    assert await node.read(check) == []


async def shown(node: Watched, payment_id: str, after: type[events.Event]) -> dict[str, Any]:
    """The payment as the API shows it, once this was recorded."""
    await node.recorded(after)
    return await node.read(queries.payments.get, payment_id)


@pytest.mark.parametrize(
    ("currency", "per_kwh", "held", "cost", "tax"),
    [
        ("JPY", "30.4", "1000", "669", "61"),  # 22 x 30.4 = 668.8
        ("KWD", "0.1253", "5.000", "2.757", "0.251"),  # 22 x 0.1253 = 2.7566
        ("INR", "18.00", "500.00", "396.00", "36.00"),
    ],
)
async def test_currencies_without_and_with_three_decimals_go_the_whole_way(
    node: Watched, station: Station, clock: Clock, currency: str, per_kwh: str, held: str, cost: str, tax: str
) -> None:
    await price(node, currency, per_kwh)
    payment_id = await pay(node, held)
    await charged(station, await started(node, station))
    found = await shown(node, payment_id, payment_events.PaymentCaptured)
    assert (found["authorised"]["amount"], found["captured"]["amount"]) == (held, cost)
    [receipt] = node.have(events.DocumentIssued)
    assert (receipt.total_incl, receipt.taxes[0].amount) == (Decimal(cost), Decimal(tax))
    [held_there] = (await gateway_of(node).page(node.started_at)).holds
    assert held_there.captured == Decimal(cost)
    [trace] = await node.read(lambda conn: list(tracing.traces(conn)))
    assert (trace.status, trace.currency, trace.billed, trace.captured) == ("paid", currency, cost, cost)
    await right(node)
    await node.write(correcting.credit, receipt.number, "No power.", node.services.now())
    assert (await shown(node, payment_id, payment_events.PaymentRefunded))["refunded"]["amount"] == cost
    await right(node)
    period = f"{node.services.now():%Y-%m}"
    journal = await node.read(exporting.made, "default", period, "csv", node.services.now())
    assert f",{cost},,{currency}," in journal.content.decode()
    if currency == "KWD":
        with pytest.raises(datev.Unexportable, match="two decimals"):
            await node.read(exporting.made, "default", period, "datev", node.services.now())
    else:
        file = await node.read(exporting.made, "default", period, "datev", node.services.now())
        assert f'"{currency}"' in file.content.decode("cp1252")


async def test_an_hour_without_the_provider_loses_nothing_and_does_nothing_twice(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is captured and being refunded, one is to be captured, one begins, and somebody compares: all of it waits."""
    monkeypatch.setattr(reconciling, "RETRY_SECONDS", (0.01,))
    await price(node, "INR", "18.00")
    done = await pay(node, "500.00")
    await charged(station, await started(node, station))
    await node.recorded(payment_events.PaymentCaptured)
    ending = await pay(node, "500.00")
    tag = await started(node, station)
    gateway_of(node).down = True
    number = (await station.start(meter=23_000, id_tag=tag, at=clock.now.isoformat()))["transactionId"]
    await station.stop(number, 33_000, clock.now.isoformat(), reason="EVDisconnected")
    beginning = await pay(node, "100.00", "test-declined")
    await payment.refund(node.services, done, "r1", Decimal("96.00"), "slow", "u9")
    await node.reconciling.order()
    await node.recorded(events.DocumentIssued, 2)
    for stuck in (done, ending, beginning):
        clock.forward(minutes=20)
        await node.recorded(events.AlertRaised, where=lambda each, of=stuck: each.subject == of)  # type: ignore[misc]
    assert len(node.have(payment_events.PaymentCaptured)) == 1
    gateway_of(node).down = False
    await node.recorded(payment_events.PaymentCaptured, 2)
    await node.recorded(payment_events.PaymentRefunded)
    await node.recorded(payment_events.PaymentFailed)
    await node.recorded(books_events.ReconciliationEnded)
    captured = [each.amount for each in node.have(payment_events.PaymentCaptured)]
    assert (captured, len(node.have(payment_events.PaymentRefunded))) == ([Decimal(396), Decimal(180)], 1)
    assert [each.captured for each in (await gateway_of(node).page(node.started_at)).holds if each.captured] == captured
    stuck_alerts = node.have(events.AlertRaised, lambda each: each.kind == "payment_stuck")
    assert sorted(each.subject for each in stuck_alerts) == sorted([done, ending, beginning])
    await right(node)


@pytest.mark.parametrize(
    "order",
    [
        lambda looks: looks,
        lambda looks: [each for each in looks for _ in range(2)],
        lambda looks: list(reversed(looks)),
    ],
    ids=["each once", "doubled", "reordered"],
)
async def test_what_a_provider_says_late_doubled_or_in_any_order_makes_no_difference(
    node: Watched, station: Station, clock: Clock, order: Callable[[list[str]], list[str]]
) -> None:
    """A message only makes the payment ask what is the case: at each step, and ten days after the last."""
    await price(node, "INR", "18.00")
    payment_id = await pay(node, "500.00", "test-3ds")
    required = await node.recorded(payment_events.PaymentActionRequired)
    for _ in order(["requires_action", "authorised"]):
        await payment.look(node.services, payment_id)
    await gateway_of(node).confirm(required.reference, agreed=True)
    for _ in order(["authorised", "requires_action"]):
        await payment.look(node.services, payment_id)
    await charged(station, await started(node, station))
    await shown(node, payment_id, payment_events.PaymentCaptured)
    clock.forward(days=10)
    for _ in order(["requires_action", "captured", "authorised"]):
        await payment.look(node.services, payment_id)
        assert (await payment.go_on(node.services, payment_id)).status == "captured"
    counts = {
        kind.__name__: len(node.have(kind))
        for kind in (
            payment_events.PaymentActionRequired,
            payment_events.PaymentAuthorised,
            payment_events.PaymentCaptured,
            events.DocumentIssued,
            payment_events.PaymentFailed,
        )
    }
    assert list(counts.values()) == [1, 1, 1, 1, 0], counts
    await right(node)
