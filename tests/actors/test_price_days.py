"""Days of 23 and 25 hours, and changes in advance, through the whole path: from what a charger says to the bill."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from csms.domain import events
from csms.storage.reference import assignments, chargers, tariffs
from tests.actors.node import Clock, Station, Watched
from tests.actors.test_session_prices import STORY, priced, view

NIGHT: dict[str, Any] = {
    "id": "night",
    "name": "Night",
    "currency": "EUR",
    "elements": [
        {
            "price_components": [{"type": "TIME", "price": "6.00"}, {"type": "PARKING_TIME", "price": "6.00"}],
            "restrictions": {"start_time": "02:00", "end_time": "03:00"},
        },
        {"price_components": [{"type": "TIME", "price": "1.00"}, {"type": "PARKING_TIME", "price": "1.00"}]},
    ],
}
"""Six an hour in the hour that one night of spring lacks, and that comes twice in one of autumn."""


@pytest.fixture
async def berlin(node: Watched) -> AsyncIterator[None]:
    place = {"id": "st1", "name": "Mitte", "city": "Berlin", "country": "DE", "time_zone": "Europe/Berlin"}
    await node.add("station.add", address="1 Main Road", **place)
    await node.write(chargers.change, "CP-01", {"station_id": "st1"}, None)
    node.charger_changed("CP-01")
    await node.write(lambda conn: tariffs.add(conn, NIGHT))
    await node.write(lambda conn: assignments.assign(conn, "station", "st1", "night", now=node.services.now()))
    yield


async def stayed(station: Station, clock: Clock, begin: str, hours: int) -> None:
    """From then on it charges for half of the time, and idles for the other."""
    clock.now = datetime.fromisoformat(begin)
    number = (await station.start(meter=1000, at=begin))["transactionId"]
    for status in ("Charging", "SuspendedEV"):
        said = {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": clock.now.isoformat()}
        await station.result("StatusNotification", said)
        clock.now += timedelta(hours=hours / 2)
    await station.stop(number, 9000, clock.now.isoformat(), reason="EVDisconnected")


@pytest.mark.parametrize(
    ("begin", "hours", "amount"),
    [
        ("2026-03-27T00:00:00+00:00", 4, "9.00"),  # 1 to 5 o'clock: one hour is dear
        ("2026-03-29T00:00:00+00:00", 4, "4.00"),  # 1 to 6 o'clock, without the hour from 2 to 3
        ("2026-10-24T23:00:00+00:00", 4, "14.00"),  # 1 to 4 o'clock, with that hour twice
        ("2026-03-28T23:00:00+00:00", 23, "23.00"),  # the whole day of 23 hours
        ("2026-10-24T22:00:00+00:00", 25, "35.00"),  # and of 25
    ],
)
async def test_a_clock_that_is_changed_in_the_middle_of_a_session_counts_as_the_wall_shows_it(
    node: Watched, station: Station, clock: Clock, berlin: None, begin: str, hours: int, amount: str
) -> None:
    await stayed(station, clock, begin, hours)
    state = await node.only()
    shown = await view(node, state)
    assert (shown["cost"], shown["idle_s"]) == ({"amount": amount, "currency": "EUR"}, hours * 1800)
    assert state.flags == ()


@pytest.mark.parametrize("scheduled", ["version", "assignment"])
async def test_a_session_that_runs_over_a_scheduled_change_keeps_what_it_began_with(
    node: Watched, station: Station, clock: Clock, scheduled: str
) -> None:
    await priced(node)
    now, later = clock.now, clock.now + timedelta(hours=1)
    dear = {"elements": [{"price_components": [{"type": "ENERGY", "price": "90.00"}]}]}

    def plan(conn: Any) -> None:
        if scheduled == "version":
            tariffs.change(conn, "story", dear, now=now, from_at=later)
        else:
            tariffs.add(conn, STORY | dear | {"id": "dear"})
            assignments.assign(conn, "charger", "CP-01", "dear", now=now, from_at=later)

    await node.write(plan)
    for begin in (now, now + timedelta(hours=1, seconds=1)):
        clock.now = begin
        number = (await station.start(meter=1000, at=begin.isoformat()))["transactionId"]
        clock.now += timedelta(hours=1)
        await station.stop(number, 11_000, clock.now.isoformat(), reason="EVDisconnected")
    assert [str(bill.total_incl) for bill in node.have(events.SessionPriced)] == ["180.00", "900.00"]
