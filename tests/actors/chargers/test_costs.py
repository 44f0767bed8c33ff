"""What a running session costs is shown to its driver where the charger can, and kept below its cap."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from actors.business import caps
from actors.chargers import charger, costs
from csms.domain import commands, events
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.test_session_prices import priced
from tests.actors.transacting import connected, meter, moment, telling


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    for name in ("SOONEST", "LATEST", "SHOWN_EVERY"):
        monkeypatch.setattr(costs, name, timedelta(milliseconds=5))


async def shows(node: Watched, station: Station, value: str = "true") -> None:
    """The 1.6 charger says that it shows costs."""
    key = {"key": "CustomDisplayCostAndPrice", "readonly": True, "value": value}
    station.answers["GetConfiguration"] = {"configurationKey": [key]}
    ref = await node.charger("CP-01")
    await charger.execute(node.services, ref, commands.GetConfiguration(), by="test")


async def transferred(station: Station, status: str = "Accepted") -> tuple[str, dict[str, Any]]:
    """The next DataTransfer, answered so: its message id and data."""
    message_id, action, payload = await station.asked()
    assert (action, payload["vendorId"]) == ("DataTransfer", "org.openchargealliance.costmsg")
    await station.answer(message_id, {"status": status})
    return payload["messageId"], json.loads(payload["data"])


async def test_a_1_6_charger_that_says_so_shows_what_a_session_costs(
    node: Watched, station: Station, clock: Clock
) -> None:
    await priced(node)
    await shows(node, station)
    number = (await station.start(meter=1000))["transactionId"]
    name, running = await transferred(station)
    assert (name, running["transactionId"], running["cost"], running["state"]) == ("RunningCost", number, 0, "Charging")
    clock.forward(minutes=30)
    await station.meter(number, 12_000, moment(1800))
    name, running = await transferred(station)
    assert (name, running["cost"], running["meterValue"], running["chargingPrice"]) == (
        "RunningCost",
        198,
        12_000,
        {"kWhPrice": 18},
    )
    await station.stop(number, 12_000, moment(1800))
    assert await transferred(station) == (
        "FinalCost",
        {"transactionId": number, "cost": 198, "priceText": "198.00 INR"},
    )


async def test_one_that_refuses_is_asked_no_more(node: Watched, station: Station, clock: Clock) -> None:
    await priced(node)
    await shows(node, station)
    number = (await station.start(meter=1000))["transactionId"]
    await transferred(station, "UnknownVendorId")
    await node.recorded(events.CommandEnded, where=lambda ended: ended.response.get("status") == "UnknownVendorId")
    await station.meter(number, 12_000, moment(60))
    await station.stop(number, 12_000, moment(60))
    assert len(node.have(events.CommandRequested, lambda order: order.command == "show-cost")) == 1


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_2x_charger_is_told_by_costupdated(node: Watched, connect: Connect, clock: Clock, version: str) -> None:
    await priced(node)
    station = await connected(connect, version)
    enabled = {
        "component": {"name": "TariffCostCtrlr"},
        "variable": {"name": "Enabled", "instance": "Cost"},
        "variableAttribute": [{"value": "true"}],
    }
    report = {"requestId": 1, "generatedAt": moment(0), "seqNo": 0, "reportData": [enabled]}
    await station.result("NotifyReport", report)
    tell = telling(station)
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("CostUpdated", {"totalCost": 0, "transactionId": "T1"})
    await station.answer(message_id, {})
    clock.forward(minutes=30)
    await tell("Updated", 1, 1800, meter(12_000, 1800))
    _, action, payload = await station.asked()
    assert (action, payload) == ("CostUpdated", {"totalCost": 198, "transactionId": "T1"})


async def test_a_session_is_stopped_before_it_costs_more_than_its_cap(
    node: Watched, station: Station, clock: Clock
) -> None:
    await priced(node)
    number = (await station.start(meter=1000))["transactionId"]
    session_id = (await node.only()).id
    ref = await node.charger("CP-01")
    await caps.set(ref, session_id, Decimal("200.00"))
    assert (await node.only()).cap == Decimal("200.00")
    clock.forward(minutes=30)
    await station.meter(number, 11_000, moment(1800))
    assert station.waiting == 0
    clock.forward(minutes=5)
    await station.meter(number, 12_200, moment(2100))
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("RemoteStopTransaction", {"transactionId": number})
    await station.answer(message_id, {"status": "Accepted"})
    await station.stop(number, 12_200, moment(2110), reason="Remote")
    [event] = node.have(events.CapSet)
    assert event.amount == Decimal("200.00")


async def test_only_an_open_session_can_be_given_a_cap(node: Watched, station: Station) -> None:
    with pytest.raises(charger.NoSuchSession):
        await caps.set(await node.charger("CP-01"), "s0", Decimal(1))
