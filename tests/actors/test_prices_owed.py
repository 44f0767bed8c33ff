"""A price that cannot be made out when it is due is owed, over a restart too.

What nobody saw whole is priced by what is known.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import trio

from actors import session
from csms import config
from csms.domain import events, payment, payment_events, price_events, session_decisions
from csms.domain.session import Session as State
from csms.storage import stays
from csms.storage.billing import papers
from csms.storage.paying import facts as paying_facts
from csms.storage.reference import assignments, tariffs
from tests.actors import node as nodes
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.test_session_prices import STORY, priced, view
from tests.actors.transacting import connected, meter, moment, telling

DEAR: dict[str, Any] = STORY | {
    "id": "dear",
    "elements": [{"price_components": [{"type": "ENERGY", "price": "90.00"}]}],
}
HIRED = {"amount": "180.00", "currency": "INR"}
"""10 kWh by the story's tariff."""


def failing(monkeypatch: pytest.MonkeyPatch, name: str) -> Callable[[], None]:
    """The look-up fails from now on, until what is returned is called."""
    works = getattr(stays, name)

    def busy(*_: Any, **__: Any) -> Any:
        raise OSError("database is locked")

    monkeypatch.setattr(stays, name, busy)
    return lambda: monkeypatch.setattr(stays, name, works)


async def another_tariff(node: Watched) -> None:
    """What begins from now on is dear."""

    def change(conn: Any) -> None:
        tariffs.add(conn, DEAR)
        assignments.assign(conn, "charger", "CP-01", "dear", now=node.services.now())

    await node.write(change)


async def tried_again(node: Watched, state: State) -> State:
    """The session's alarm rings; the state after it."""
    await (await session.ensure(node.services, state.id)).call(session.Session.on_alarm)
    return await node.only()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "RETRY_SECONDS", 0.01)


@asynccontextmanager
async def started(settings: config.Settings, clock: Clock) -> AsyncIterator[Watched]:
    """A node with the test's clock from its first moment on."""
    async with nodes.running(settings) as node:
        node.services.now = clock
        yield node


# -- A tariff that nobody could tell -----------------------------------------------------------------------------------


async def test_a_tariff_that_is_told_later_is_the_one_in_force_at_the_start(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    works = failing(monkeypatch, "terms")
    number = (await station.start(meter=1000))["transactionId"]
    shown = await view(node, await node.only())
    assert (shown["flags"], shown["tariff_id"], shown["cost"]) == (["unpriced"], None, None)
    await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == "tariff_not_known")
    clock.forward(minutes=5)
    await another_tariff(node)
    works()
    shown = await view(node, await tried_again(node, await node.only()))
    assert (shown["flags"], shown["tariff_id"]) == ([], "story")
    await station.stop(number, 11_000, moment(600), reason="EVDisconnected")
    assert (await view(node, await node.only()))["cost"] == HIRED


async def test_it_is_asked_again_by_itself(
    node: Watched, station: Station, clock: Clock, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    works = failing(monkeypatch, "terms")
    await station.start(meter=1000)
    works()
    await node.recorded(events.TariffApplied)


async def test_what_ended_before_its_tariff_was_told_gets_its_bill_then(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    works = failing(monkeypatch, "terms")
    number = (await station.start(meter=1000))["transactionId"]
    clock.forward(seconds=600)
    await station.stop(number, 11_000, moment(600), reason="EVDisconnected")
    over = await node.only()
    assert (over.status, over.flags) == ("completed", ("unpriced",))
    works()
    assert (await view(node, await tried_again(node, over)))["cost"] == HIRED
    assert node.have(events.SessionPriced)[0].revision == 1


async def test_where_no_tariff_applies_it_was_free_all_along(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = failing(monkeypatch, "terms")
    number = (await station.start(meter=1000))["transactionId"]
    clock.forward(seconds=600)
    await station.stop(number, 11_000, moment(600), reason="EVDisconnected")
    over = await node.only()
    assert await told(node, over) == ("waiting", [])
    works()
    state = await tried_again(node, over)
    assert (state.flags, state.price) == ((), None) and node.have(price_events.PriceSettled)
    assert await told(node, over) == ("free", ["The session is free."])


async def told(node: Watched, state: State) -> tuple[str, list[str]]:
    """What its receipt says of it, and why a payment for it gives its hold back, if it does."""
    paper = await node.read(papers.of_session, state.id)
    now = node.services.now()
    paying = payment.Payment(
        id="p1",
        version=5,
        status=payment.SESSION_BOUND,
        gateway="embedded",
        flow="stored",
        method="test-ok",
        charger_id="CP-01",
        amount=Decimal(500),
        currency="INR",
        token="t",
        created_at=now,
        changed_at=now,
        session_id=state.id,
        authorised=Decimal(500),
    )
    follows = payment.decide(paying, await node.read(paying_facts.gather, paying), now)
    return paper["status"], [event.reason for event in follows if isinstance(event, payment_events.CancelOrdered)]


async def test_nobody_is_told_that_a_2x_transaction_is_free_before_that_is_known(
    node: Watched, connect: Connect, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    tell = telling(await connected(connect))
    failing(monkeypatch, "terms")
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    assert "totalCost" not in await tell("Ended", 1, 60, meter(2000, 60), stoppedReason="EVDisconnected")


async def test_the_tariff_of_a_place_that_is_told_late_replaces_the_first_when_it_is_known(
    node: Watched, connect: Connect, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    await node.write(lambda conn: tariffs.add(conn, DEAR))
    assigned = {"now": node.services.now()}
    await node.write(lambda conn: assignments.assign(conn, "connector", "CP-01/2", "dear", **assigned))
    tell = telling(await connected(connect))
    await tell("Started", 0, 0, meter(1000, 0), chargingState="EVConnected")
    works = failing(monkeypatch, "terms")
    await tell("Updated", 1, 60, token="CARD", evse=2, trigger="Authorized", chargingState="Charging")
    assert (await view(node, await node.only()))["tariff_id"] is None
    works()
    assert (await view(node, await tried_again(node, await node.only())))["tariff_id"] == "dear"


async def test_a_continuation_waits_for_the_tariff_of_what_it_continues(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    works = failing(monkeypatch, "terms")
    await station.start(meter=1000)
    works()
    first, place = await node.only(), stays.Place("CP-01", None, 1)
    with pytest.raises(stays.NotYetKnown):
        await node.read(stays.terms, place, first.token, node.services.now(), first.id)
    await tried_again(node, first)
    found = await node.read(stays.terms, place, first.token, node.services.now(), first.id)
    assert found is not None and found.tariff_id == "story"


# -- Over a restart ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["terms", "priced"])
async def test_what_is_owed_is_made_good_after_a_restart_without_a_word_of_the_charger(
    settings: config.Settings, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    clock = Clock()
    works = failing(monkeypatch, broken)
    async with started(settings, clock) as node:
        await nodes.furnish(node)
        await priced(node)
        station = await nodes.connector(node, nursery)()
        await station.boot()
        number = (await station.start(meter=1000))["transactionId"]
        clock.forward(seconds=600)
        await station.stop(number, 11_000, moment(600), reason="EVDisconnected")
        assert "unpriced" in (await node.only()).flags
    works()
    async with started(settings, clock) as node:
        await node.recorded(events.SessionPriced)
        state = await node.only()
        assert (state.flags, (await view(node, state))["cost"]) == ((), HIRED)


async def test_an_idle_fee_that_ran_out_while_the_server_was_down_is_billed_when_it_is_back(
    settings: config.Settings, nursery: trio.Nursery
) -> None:
    clock = Clock()
    async with started(settings, clock) as node:
        await nodes.furnish(node)
        await priced(node)
        station = await nodes.connector(node, nursery)()
        await station.boot()
        number = (await station.start(meter=1000))["transactionId"]
        for status, seconds in (("Charging", 1), ("SuspendedEV", 600)):
            said = {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": moment(seconds)}
            clock.now += timedelta(seconds=seconds)
            await station.result("StatusNotification", said)
        await station.stop(number, 11_000, moment(600))
    clock.now += session_decisions.IDLE_LIMIT
    async with started(settings, clock) as node:
        await node.recorded(events.SessionPriced)
        over = await view(node, await node.only())
        assert over["status"] == "completed" and over["idle_s"] >= session_decisions.IDLE_LIMIT.total_seconds()
        assert float(over["cost"]["amount"]) == 180 + 3 * -(-over["idle_s"] // 60)


# -- What nobody saw whole ---------------------------------------------------------------------------------------------


def stop(**more: Any) -> dict[str, Any]:
    """A stop of a transaction whose start never came."""
    return {"transactionId": 987654, "meterStop": 11_000, "timestamp": moment(600), "idTag": "CARD"} | more


BEGIN = {
    "timestamp": moment(0),
    "sampledValue": [{"value": "1000", "context": "Transaction.Begin", "unit": "Wh"}],
}


async def test_an_orphan_is_priced_by_what_its_stop_proves_and_somebody_is_to_look_at_it(
    node: Watched, station: Station, clock: Clock
) -> None:
    await priced(node)
    clock.forward(seconds=600)
    await station.result("StopTransaction", stop(transactionData=[BEGIN]))
    shown = await view(node, await node.only())
    assert (shown["cost"], shown["flags"], shown["duration_s"]) == (HIRED, ["orphan", "review"], 600)
    alert = await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == "session_to_review")
    assert alert.subject == shown["id"] and "nobody saw its start" in alert.detail


async def test_an_orphan_whose_stop_proves_nothing_costs_nothing(node: Watched, station: Station, clock: Clock) -> None:
    await priced(node)
    clock.forward(seconds=600)
    await station.result("StopTransaction", stop())
    shown = await view(node, await node.only())
    assert (shown["cost"], shown["flags"]) == ({"amount": "0.00", "currency": "INR"}, ["orphan", "review"])


async def test_an_orphan_without_a_tariff_is_free_and_nobody_has_to_look(
    node: Watched, station: Station, clock: Clock
) -> None:
    clock.forward(seconds=600)
    await station.result("StopTransaction", stop(transactionData=[BEGIN]))
    state = await node.only()
    assert (state.price, state.flags) == (None, ("orphan",))


async def test_a_transaction_that_nobody_ended_is_priced_to_its_last_record_and_looked_at(
    node: Watched, station: Station, clock: Clock
) -> None:
    await priced(node)
    number = (await station.start(meter=1000))["transactionId"]
    clock.forward(seconds=600)
    await station.meter(number, 11_000, moment(600))
    await station.status("Available")
    clock.now += session_decisions.LOST_AFTER
    shown = await view(node, await tried_again(node, await node.only()))
    assert (shown["status"], shown["cost"], shown["duration_s"]) == ("completed", HIRED, 600)
    assert {"lost", "review"} <= set(shown["flags"])
