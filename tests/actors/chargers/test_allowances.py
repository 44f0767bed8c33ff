"""Limits of tokens: at their start, with a reason that support can read, and while they charge."""

from datetime import timedelta
from typing import Any

import pytest

from actors.chargers import allowances
from csms.domain import events
from csms.storage.reference import tokens
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.test_session_prices import priced
from tests.actors.transacting import connected, meter, moment, telling


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    monkeypatch.setattr(allowances, "EVERY", timedelta(milliseconds=5))


async def limit(node: Watched, **limits: Any) -> None:
    """Give CARD these limits."""

    def change(conn: Any) -> None:
        found = tokens.find(conn, "CARD")
        assert found is not None
        tokens.change(conn, found.ref, {"limits": limits})

    await node.write(change)


async def refused(node: Watched, station: Station, status: str) -> str:
    """The reason that is kept of a refused Authorize; the 1.6 charger is told `status`."""
    answer = await station.result("Authorize", {"idTag": "CARD"})
    assert answer["idTagInfo"]["status"] == status
    return node.have(events.AuthorizationDecided)[-1].reason


async def test_a_token_charges_at_its_stations_only(node: Watched, station: Station) -> None:
    await limit(node, station_ids=["elsewhere"])
    assert "at other stations only" in await refused(node, station, "Invalid")
    assert (await station.start())["idTagInfo"]["status"] == "Invalid"


async def test_a_session_ends_at_the_energy_of_its_limit(node: Watched, station: Station) -> None:
    await limit(node, session_energy_wh=10_000)
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 10_900, moment(1800))
    assert station.waiting == 0
    await station.meter(number, 11_000, moment(1900))
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("RemoteStopTransaction", {"transactionId": number})
    await station.answer(message_id, {"status": "Accepted"})
    await station.stop(number, 11_000, moment(1910), reason="Remote")


async def test_what_was_charged_this_month_counts(node: Watched, station: Station, clock: Clock) -> None:
    await limit(node, month_energy_wh=10_000)
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 7000, moment(1800))
    await station.stop(number, 7000, moment(1800))
    number = (await station.start(meter=7000, at=moment(3600)))["transactionId"]
    await station.meter(number, 11_000, moment(4000))
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("RemoteStopTransaction", {"transactionId": number})
    assert (await station.result("Authorize", {"idTag": "CARD"}))["idTagInfo"]["status"] == "Accepted", (
        "it ends its own"
    )
    await station.answer(message_id, {"status": "Accepted"})
    await station.stop(number, 11_000, moment(4010), reason="Remote")
    assert "10000 Wh of this month" in await refused(node, station, "Invalid")


async def test_money_of_the_month_counts_where_a_price_is_known(node: Watched, station: Station, clock: Clock) -> None:
    await priced(node)
    await limit(node, month_amount={"amount": "180.00", "currency": "INR"})
    number = (await station.start(meter=1000))["transactionId"]
    clock.forward(minutes=30)
    await station.meter(number, 11_000, moment(1800))
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("RemoteStopTransaction", {"transactionId": number})
    await station.answer(message_id, {"status": "Accepted"})
    await station.stop(number, 11_000, moment(1810), reason="Remote")
    assert "180.00 INR of this month" in await refused(node, station, "Invalid")


async def test_a_2x_charger_is_told_why(node: Watched, connect: Connect) -> None:
    station = await connected(connect, "ocpp2.0.1")
    await limit(node, station_ids=["elsewhere"])
    told = await telling(station)("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    assert told["idTokenInfo"]["status"] == "NotAtThisLocation"
