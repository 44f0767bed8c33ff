"""Month end: what was priced while nobody billed is billed when the server is back, each session once.

The real follower in a real node. `scripts/bench month_end` measures the same with ten thousand sessions.
"""

import pytest

from csms import config
from csms.domain import events
from csms.storage.billing import documents, invoices, papers
from csms.storage.log import Log
from csms.storage.reference import accounts
from tests.actors import node as nodes
from tests.csms.storage.billing.support import Till, priced

SESSIONS = 100


@pytest.fixture
def month(settings: config.Settings) -> config.Settings:
    """Sessions of drivers and of a fleet, over and priced."""
    with Log.open(settings.data) as log:
        till = Till(log)
        log.write(accounts.add, {"id": "fleet", "name": "Blue Cabs"})
        log.write(accounts.add_member, "fleet", {"driver_id": "cab", "cost_centre": "north"})
        for number in range(2 * SESSIONS):
            till.stay(f"s{number}", driver_id="cab" if number % 2 else f"d{number}")
            till.teller.tell(f"s{number}", priced([f"s{number}"]), seconds=660)
    return settings


async def test_everything_is_billed_once_and_the_fleets_month_is_one_invoice(month: config.Settings) -> None:
    async with nodes.running(month) as node:
        await node.recorded(events.DocumentIssued, SESSIONS)
        await node.recorded(events.SessionCharged, SESSIONS)
        page = await node.read(documents.list, limit=500)
        numbers = sorted(each["number"] for each in page["items"])
        assert numbers == [f"CN-R-{number:06d}" for number in range(1, SESSIONS + 1)]
        [draft] = await node.write(invoices.draft, "2026-03")
        now = node.services.now()
        ready = await node.read(invoices.ready, draft, now)
        invoice = await node.write(invoices.issue, draft, now, ready)
        assert invoice.session_ids == tuple(f"s{number}" for number in range(1, 2 * SESSIONS, 2))
        assert str(invoice.total_incl) == f"{396 * SESSIONS}.00"
        paper = await node.read(papers.one, invoice.number)
        assert len(paper["lines"]) == SESSIONS
        assert await node.write(invoices.draft, "2026-03") == []
