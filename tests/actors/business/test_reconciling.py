"""Reconciliation of a node's payments with the embedded provider: what is repaired, told, gone, and waited for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import trio

from actors.business import reconciling
from csms.domain import books_events, events, payment_events
from csms.integrations import payment as gateways
from csms.integrations.payment import embedded
from csms.storage import queries, records, staging
from csms.storage.paying import reconciling as stored
from csms.storage.projections import rebuild
from tests.actors import node as nodes
from tests.actors.node import Watched

BACK = timedelta(days=30)


def gateway_of(node: Watched) -> embedded.Embedded:
    found = node.services.payment_gateway(embedded.NAME)
    assert isinstance(found, embedded.Embedded)
    return found


async def hold(node: Watched, payment_id: str, *, capture: str | None = None, method: str = "test-ok") -> str:
    """What the provider has; its reference."""
    gateway = gateway_of(node)
    order = gateways.Order(payment_id=payment_id, amount=Decimal(500), currency="INR", method=method)
    held = await gateway.authorise(order, f"{payment_id}:authorise")
    if capture is not None:
        await gateway.capture(held.reference, Decimal(capture), "INR", f"{payment_id}:capture")
    return held.reference


async def pays(
    node: Watched, payment_id: str, reference: str, *, captured: str | None, until: str = "captured"
) -> None:
    """What our log has: a payment that was captured, or whose answer never came."""
    said: dict[str, Any] = {"document": f"CN-R-{payment_id}", "seller_id": "default"}
    amount = Decimal(captured or 0)
    told: list[events.AnyEvent] = [
        payment_events.PaymentCreated(
            gateway=embedded.NAME,
            flow="stored",
            method="test-ok",
            charger_id="CP-01",
            amount=Decimal(500),
            currency="INR",
            token=await token(node),
        ),
        payment_events.PaymentAuthorised(reference=reference, amount=Decimal(500)),
        payment_events.PaymentBound(session_id=f"s-{payment_id}"),
        payment_events.CaptureOrdered(amount=amount, **said),
    ]
    if until == "captured":
        day = node.services.now().date()
        done = payment_events.PaymentCaptured(
            amount=amount, currency="INR", gateway=embedded.NAME, booked_on=day, **said
        )
        told.append(done)
    told = told[:1] if until == "created" else told
    stream = payment_events.payment_stream(payment_id)
    await node.write(lambda _: staging.stage(stream, *map(records.New, told)))


async def token(node: Watched) -> str:
    found: str = await node.read(lambda conn: conn.execute("SELECT ref FROM tokens LIMIT 1").fetchone()[0])
    return found


async def reconciled(node: Watched, times: int = 1) -> dict[str, Any]:
    """Order one, and wait for its end."""
    [begun] = await node.reconciling.order()
    await node.recorded(books_events.ReconciliationEnded, times)
    return await node.read(queries.books.reconciliation, begun)


async def differing(node: Watched, *, open: bool = True) -> list[tuple[str, str]]:
    found = (await node.read(queries.books.differences, open=open))["items"]
    return sorted((each["kind"], each["subject"]) for each in found)


async def test_every_difference_is_told_once_and_is_gone_when_it_is_gone(node: Watched) -> None:
    """Two that agree, an amount, one that they do not know, one that we do not know."""
    await pays(node, "p-fine", await hold(node, "p-fine", capture="396"), captured="396")
    await pays(node, "p-less", await hold(node, "p-less", capture="390"), captured="396")
    await pays(node, "p-gone", "test_nowhere", captured="396")
    stranger = await hold(node, "p-stranger")
    first = await reconciled(node)
    assert (first["listed"], first["compared"], first["repaired"], first["different"]) == (3, 2, 0, 3)
    expected = [("amount", "p-less"), ("unknown_to_them", "p-gone"), ("unknown_to_us", stranger)]
    assert await differing(node) == expected
    raised = {(each.kind, each.subject) for each in node.have(events.AlertRaised)}
    assert raised == {(f"reconciliation_{kind}", subject) for kind, subject in expected}
    await gateway_of(node).cancel(stranger, "by hand")
    assert (await reconciled(node, 2))["different"] == 2
    assert len(node.have(events.AlertRaised)) == 3, "once"
    [resolved] = node.have(events.AlertResolved)
    assert (resolved.kind, resolved.subject) == ("reconciliation_unknown_to_us", stranger)
    assert await differing(node, open=False) == [("unknown_to_us", stranger)]
    alerts = (await node.read(queries.alerts.list))["items"]
    assert [each["subject"] for each in alerts if each["resolved_at"] is not None] == [stranger]
    assert await node.read(lambda conn: list(rebuild.diff(conn))) == []


async def test_what_is_older_than_what_was_asked_for_stays_as_it_was_unless_it_is_gone(node: Watched) -> None:
    await pays(node, "p-less", await hold(node, "p-less", capture="390"), captured="396")
    stranger = await hold(node, "p-stranger")
    assert (await reconciled(node))["different"] == 2
    later = node.services.now() + BACK
    [begun] = await node.reconciling.order(later)
    await node.recorded(books_events.ReconciliationEnded, 2)
    run = await node.read(queries.books.reconciliation, begun)
    assert (run["listed"], run["different"]) == (0, 2)
    await gateway_of(node).cancel(stranger, "by hand")
    await node.reconciling.order(later)
    await node.recorded(books_events.ReconciliationEnded, 3)
    assert await differing(node) == [("amount", "p-less")]


async def test_a_hold_whose_answer_was_lost_is_heard_by_its_payment(node: Watched) -> None:
    await pays(node, "p1", await hold(node, "p1"), captured=None, until="created")
    assert (await reconciled(node))["repaired"] == 1
    assert len(node.have(payment_events.PaymentAuthorised)) == 1 and await differing(node) == []


async def test_a_capture_whose_answer_was_lost_is_heard_by_its_payment_and_taken_once(node: Watched) -> None:
    reference = await hold(node, "p1", capture="396")
    await pays(node, "p1", reference, captured="396", until="ordered")
    assert (await reconciled(node))["repaired"] == 1
    assert [each.amount for each in node.have(payment_events.PaymentCaptured)] == [Decimal(396)]
    assert node.have(events.AlertRaised) == [] and await differing(node) == []
    assert (await gateway_of(node).look(reference)).captured == Decimal(396)


async def test_a_provider_that_is_down_for_an_hour_is_waited_for(
    node: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "RETRY_SECONDS", (0.001,))
    await pays(node, "p1", await hold(node, "p1", capture="396"), captured="396")
    gateway_of(node).down = True
    [begun] = await node.reconciling.order()
    alert = await node.recorded(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("provider_unreachable", "embedded")
    assert await node.reconciling.order() == [begun], "the one that runs"
    gateway_of(node).down = False
    await node.recorded(books_events.ReconciliationEnded)
    assert [each.kind for each in node.have(events.AlertResolved)] == ["provider_unreachable"]
    assert len(node.have(events.AlertRaised)) == 1 and await differing(node) == []


async def test_one_that_was_cut_short_is_run_after_the_next_start(tmp_path: Any) -> None:
    settings = nodes.made(tmp_path / "data", reconciliation_interval=0.0)
    async with nodes.running(settings) as node:
        await nodes.furnish(node)
        await pays(node, "p1", await hold(node, "p1", capture="390"), captured="396")
        begun = await node.write(stored.begin, embedded.NAME, node.services.now() - BACK, "u1")
        assert node.have(books_events.ReconciliationEnded) == []
    async with nodes.running(settings) as node:
        assert (await node.recorded(books_events.ReconciliationEnded)).id == begun
        assert await differing(node) == [("amount", "p1")]


async def test_it_runs_by_itself_when_its_time_has_come(node: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    await pays(node, "p1", await hold(node, "p1", capture="396"), captured="396")
    await node.reconciling.look()
    begun = await node.recorded(books_events.ReconciliationBegun)
    assert begun.by == "system"
    await node.recorded(books_events.ReconciliationEnded)
    await node.reconciling.look()
    assert len(node.have(books_events.ReconciliationBegun)) == 1, "its time has not come again"


async def test_a_list_of_several_pages_is_compared_whole(node: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "PAGE", 2)
    for number in range(5):
        await hold(node, f"p{number}")
    await pays(node, "p0", (await gateway_of(node).page(node.started_at - BACK)).holds[0].reference, captured="0")
    run = await reconciled(node)
    assert (run["listed"], run["compared"], run["different"]) == (5, 1, 5)


async def test_a_payment_that_moves_meanwhile_is_left_to_the_next_one(
    node: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = await hold(node, "p1")
    page = embedded.Embedded.page

    async def slow(self: embedded.Embedded, since: Any, after: str | None = None) -> gateways.Page:
        found = await page(self, since, after)
        monkeypatch.setattr(embedded.Embedded, "page", page)
        await trio.sleep(0.002)
        await pays(node, "p1", reference, captured="396")
        return found

    await pays(node, "p2", await hold(node, "p2", capture="396"), captured="396")
    monkeypatch.setattr(embedded.Embedded, "page", slow)
    assert (await reconciled(node))["different"] == 0
    assert (await reconciled(node, 2))["different"] == 1
