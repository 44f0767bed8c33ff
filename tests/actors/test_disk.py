"""A disk that fills up in the middle of charging: nothing false is acknowledged, and all goes on when there is room."""

import itertools
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import trio

from actors.recording import journal
from csms.domain import events
from csms.storage import verify
from tests.actors.node import Closed, Connect, Station, Watched
from tests.csms.gateway import support

LATER = "2026-03-01T09:30:00Z"
ROOM = 1_000_000
"""Pages."""


async def resize(node: Watched, pages: int) -> None:
    """How far the database may grow; 0: not at all."""
    await node.write(lambda conn: conn.execute(f"PRAGMA max_page_count = {pages or 1}"))


class Meter:
    """A charger that sends samples in a running transaction, and remembers which were acknowledged."""

    def __init__(self, transaction_id: int) -> None:
        self.transaction_id = transaction_id
        self.acknowledged: list[int] = []
        self.refused: int | None = None

    async def fill(self, station: Station) -> Closed:
        """Send until the socket is closed; how."""
        try:
            for wh in itertools.count(2000):
                self.refused = wh
                await self.send(station, wh)
        except Closed as closed:
            return closed
        raise AssertionError("the disk never became full")

    async def send(self, station: Station, wh: int) -> None:
        """One sample, with much beside it."""
        values = [{"value": str(wh)}, {"value": "x" * 3000, "format": "SignedData"}]
        sample = {"timestamp": LATER, "sampledValue": values}
        payload = {"connectorId": 1, "transactionId": self.transaction_id, "meterValue": [sample]}
        assert await station.result("MeterValues", payload) == {}
        self.acknowledged.append(wh)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try often whether there is room again."""
    monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)
    monkeypatch.setattr("actors.alerts.RETRY_SECONDS", 0.01)
    monkeypatch.setattr("actors.chargers.charger.SETTLE_SECONDS", 0.01)


@pytest.fixture
async def meter(node: Watched, station: Station) -> AsyncIterator[Meter]:
    """A transaction of CP-01, and a disk that will soon be full."""
    meter = Meter((await station.start(meter=1000))["transactionId"])
    await resize(node, 0)
    yield meter


async def stored(node: Watched) -> list[int]:
    samples = [each.event for each in await node.log_of("session:") if isinstance(each.event, events.MeterSampled)]
    return [int(sample.readings[0].values[0].value) for sample in samples]


async def test_a_full_disk_sends_every_charger_away_and_lets_none_in(
    node: Watched, station: Station, connect: Connect, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PROBE_SECONDS", 3600)  # there is room enough for a probe
    other = await connect("CP-02")
    assert (await meter.fill(station)).code == 1013
    assert (await other.closed()).code == 1013
    assert node.front.gateway is not None
    status, headers, _ = await support.refused(node.front.gateway, "/CP-02")
    assert status == 503
    assert int(headers["retry-after"]) > 0


async def test_what_was_acknowledged_is_stored_and_nothing_else_is_acknowledged(
    node: Watched, station: Station, meter: Meter
) -> None:
    await meter.fill(station)
    assert await stored(node) == meter.acknowledged
    assert meter.refused not in meter.acknowledged


async def test_a_charge_goes_on_when_there_is_room_again(
    node: Watched, station: Station, connect: Connect, meter: Meter
) -> None:
    await meter.fill(station)
    await resize(node, ROOM)
    await node.until(lambda: node.healthy)
    again = await connect()
    assert meter.refused is not None
    await meter.send(again, meter.refused)
    await again.stop(meter.transaction_id, 9000, LATER)
    assert await stored(node) == meter.acknowledged
    state = await node.only()
    assert (state.samples, state.energy_wh) == (len(meter.acknowledged), Decimal(8000))
    assert list(await trio.to_thread.run_sync(lambda: list(verify.findings(node.log.connection)))) == []


async def test_a_person_is_told_when_there_is_room_again(node: Watched, station: Station, meter: Meter) -> None:
    await meter.fill(station)
    await resize(node, ROOM)
    alert = await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == "storage_unavailable")
    assert alert.subject == "journal"


async def test_the_log_knows_that_chargers_were_away(node: Watched, station: Station, meter: Meter) -> None:
    await meter.fill(station)
    await resize(node, ROOM)
    await node.recorded(events.Disconnected)
    assert not (await node.state()).state.online
