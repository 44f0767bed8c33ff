"""Billing follows the log: what is priced gets its receipt by itself, once, also after a restart."""

from datetime import timedelta
from typing import Any

import pytest

from actors.business import billing
from actors.recording import follower
from csms.domain import events
from csms.storage.billing import documents, invoices
from csms.storage.reference import accounts, assignments, tariffs
from tests.actors.node import Clock, Connect, Watched

STORY = {
    "id": "story",
    "name": "Story",
    "currency": "INR",
    "tax_included": True,
    "elements": [{"price_components": [{"type": "ENERGY", "price": "18.00", "vat": "18"}]}],
}


def issued(node: Watched) -> list[events.DocumentIssued]:
    return [stored.event for stored in node.stored if isinstance(stored.event, events.DocumentIssued)]


async def charged(node: Watched, connect: Connect, clock: Clock, reason: str | None = None) -> None:
    """The story: 22 kWh at 18 INR at CP-01, and the cable is out."""

    def furnish(conn: Any) -> None:
        tariffs.add(conn, STORY)
        assignments.assign(conn, "charger", "CP-01", "story", now=node.services.now())

    await node.write(furnish)
    station = await connect()
    await station.boot()
    started = await station.start(1000)
    await station.status("Charging")
    clock.forward(hours=1)
    more = {} if reason is None else {"reason": reason}
    await station.stop(started["transactionId"], 23_000, at=clock.now.isoformat(), **more)
    await station.status("Available")


@pytest.mark.parametrize("again", [1, 2])
async def test_a_session_gets_its_receipt_once(node: Watched, connect: Connect, clock: Clock, again: int) -> None:
    await charged(node, connect, clock)
    await node.until(lambda: issued(node))
    [priced] = [stored for stored in node.stored if isinstance(stored.event, events.SessionPriced)]
    bills = billing.Billing(node.services)
    for _ in range(again):
        await bills.act(priced)
    [receipt] = issued(node)
    assert (receipt.number, str(receipt.total_incl)) == ("CN-R-000001", "396.00")


async def test_after_a_reset_it_waits_for_ten_minutes(node: Watched, connect: Connect, clock: Clock) -> None:
    await charged(node, connect, clock, reason="HardReset")
    await node.until(lambda: [one for one in node.stored if isinstance(one.event, events.SessionPriced)])
    bills = billing.Billing(node.services)
    await follower.Follower(node.services, "another", ["SessionPriced"], bills.act).catch_up()
    await bills.look()
    assert issued(node) == []
    clock.forward(minutes=11)
    await bills.look()
    [receipt] = issued(node)
    assert receipt.kind == "receipt"


async def test_drafts_of_invoices_come_when_a_month_is_over(node: Watched, connect: Connect, clock: Clock) -> None:
    await node.write(accounts.add, {"id": "fleet", "name": "Blue Cabs"})
    [(ref,)] = await node.read(lambda conn: conn.execute("SELECT ref FROM tokens WHERE id_token = 'CARD'").fetchall())
    await node.write(accounts.add_member, "fleet", {"token": ref})
    await charged(node, connect, clock)
    await node.until(lambda: [one for one in node.stored if isinstance(one.event, events.SessionCharged)])
    bills = billing.Billing(node.services)
    await bills.draft()
    assert await node.read(invoices.ids) == []
    clock.now += timedelta(days=31)
    await bills.draft()
    await bills.draft()
    assert len(await node.read(invoices.ids)) == 1
    assert (await node.read(documents.list))["items"] == []
