"""Reservations cost what the tariff says: with the session that uses them, or by themselves when nobody does."""

from datetime import timedelta
from typing import Any

import pytest

from actors import session
from actors.business import no_shows
from actors.chargers import charger, errands
from csms.domain import commands, events, facts, price_events, reservations
from csms.storage import no_shows as found
from csms.storage.records import Fence, Stored
from csms.storage.reference import assignments, tariffs
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.second import BOTH, booted
from tests.actors.test_session_prices import view
from tests.actors.transacting import meter, moment, telling

RESERVED: dict[str, Any] = {
    "id": "reserved",
    "name": "With reservations",
    "currency": "INR",
    "elements": [
        {
            "price_components": [{"type": "FLAT", "price": "50.00"}],
            "restrictions": {"reservation": "RESERVATION_EXPIRES"},
        },
        {
            "price_components": [{"type": "FLAT", "price": "5.00"}, {"type": "TIME", "price": "60.00"}],
            "restrictions": {"reservation": "RESERVATION"},
        },
        {"price_components": [{"type": "ENERGY", "price": "18.00"}]},
    ],
}


@pytest.fixture
async def priced(node: Watched, clock: Clock) -> None:
    await node.write(lambda conn: tariffs.add(conn, RESERVED))
    await node.write(lambda conn: assignments.assign(conn, "charger", "CP-01", "reserved", now=clock.now))


async def reserve(node: Watched, station: Station, hours: float = 1) -> int:
    """CARD reserves connector 1 for so long; the reservation's id."""
    station.answers["ReserveNow"] = {"status": "Accepted"}
    until = node.services.now() + timedelta(hours=hours)
    order = commands.Reserve(id_token=facts.IdToken("CARD"), expires_at=until, connector_id=1)
    await charger.execute(node.services, await node.charger("CP-01"), order, by="test")
    return int(next(iter((await node.state()).state.reserved)))


async def expire(node: Watched) -> None:
    """The time of the reservation is over; on the clock of tests no alarm rings by itself."""
    await (await node.charger("CP-01")).call(charger.Charger.on_errand, errands.Errands.expired, None)


def ended(node: Watched) -> Stored:
    """The event with which the reservation ended."""
    return [
        stored
        for stored in node.stored
        if isinstance(stored.event, events.InventoryChanged) and any(each.merge for each in stored.event.changes)
    ][-1]


async def nothing(node: Watched) -> bool:
    """Whether the reservation that ended last costs nothing."""
    stored = ended(node)
    assert isinstance(stored.event, events.InventoryChanged)
    unused = reservations.unused(stored.event.changes)
    looked = [await node.read(found.find, "CP-01", key, end, stored.at) for key, end in unused.items()]
    return not any(looked)


def lines(bill: events.SessionPriced) -> dict[str, str]:
    """Dimension -> amount."""
    return {line.dimension: str(line.amount_incl) for line in bill.lines}


async def test_a_reservation_that_is_used_is_on_the_bill_of_its_session(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    number = await reserve(node, station)
    clock.forward(minutes=30)
    begun = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": clock.now.isoformat()}
    await station.result("StartTransaction", begun | {"reservationId": number})
    started = await station.result("StartTransaction", begun | {"reservationId": number})
    clock.forward(minutes=30)
    await station.stop(started["transactionId"], 11_000, clock.now.isoformat(), reason="EVDisconnected")
    [bill], [used], over = node.have(events.SessionPriced), node.have(price_events.ReservationUsed), await node.only()
    assert lines(bill) == {"RESERVATION_TIME": "30.00", "FLAT": "5.00", "ENERGY": "180.00"}
    assert bill.covers == (over.id,)
    # A crash may come before the reservation is called used: then the charger's record is told again.
    fence = Fence("CP-01", (await node.state()).epoch)
    await (await session.ensure(node.services, over.id)).call(session.Session.on_reservation, used, fence)
    assert len(node.have(price_events.ReservationUsed)) == 1


@BOTH
async def test_a_2x_transaction_may_name_its_reservation_later(
    node: Watched, connect: Connect, clock: Clock, priced: None, version: str
) -> None:
    station = await booted(connect, version)
    number = await reserve(node, station)
    tell = telling(station)
    clock.forward(seconds=1200)
    await tell("Started", 0, 1201, meter(1000, 1201), evse=1, chargingState="EVConnected")
    await tell("Updated", 1, 1211, token="CARD", trigger="Authorized", chargingState="Charging", reservationId=number)
    clock.forward(seconds=1200)
    await tell("Ended", 2, 2401, meter(2000, 2401), stoppedReason="EVDisconnected")
    [bill] = node.have(events.SessionPriced)
    assert lines(bill) == {"RESERVATION_TIME": "20.00", "FLAT": "5.00", "ENERGY": "18.00"}


async def test_one_that_nobody_used_is_a_session_with_a_bill_and_a_receipt_of_its_own(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    await reserve(node, station)
    clock.forward(hours=1)
    await expire(node)
    bill = await node.recorded(events.SessionPriced)
    assert lines(bill) == {"RESERVATION_TIME": "60.00", "FLAT": "50.00"}
    shown = await view(node, await node.only())
    assert (shown["status"], shown["flags"], shown["energy_wh"]) == ("completed", ["no_show"], 0)
    assert (shown["cost"], shown["duration_s"]) == ({"amount": "110.00", "currency": "INR"}, 3600)
    assert (await node.recorded(events.DocumentIssued)).session_ids == (shown["id"],)
    await no_shows.NoShows(node.services).act(ended(node))
    assert len(node.have(price_events.ReservationLapsed)) == 1


async def test_one_that_is_cancelled_costs_the_time_that_it_was_held(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    number = await reserve(node, station)
    clock.forward(minutes=10)
    station.answers["CancelReservation"] = {"status": "Accepted"}
    order = commands.CancelReservation(reservation_id=number)
    await charger.execute(node.services, await node.charger("CP-01"), order, by="test")
    assert lines(await node.recorded(events.SessionPriced)) == {"RESERVATION_TIME": "10.00", "FLAT": "5.00"}
    assert (await node.only()).flags == ("cancelled_reservation",)


async def test_one_that_the_charger_could_not_keep_costs_nothing(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    await reserve(node, station)
    await station.status("Faulted")
    assert (await node.state()).state.reserved == {} and await nothing(node)


async def test_one_of_a_charger_that_was_away_when_it_ended_costs_nothing(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    """It may have been used: the transaction may still come."""
    await reserve(node, station)
    clock.forward(hours=2)
    await expire(node)
    assert await nothing(node)


async def test_where_the_tariff_knows_no_reservations_there_is_no_session(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    plain = {"elements": [{"price_components": [{"type": "ENERGY", "price": "18.00"}]}]}
    await node.write(lambda conn: tariffs.change(conn, "reserved", plain, now=clock.now))
    clock.forward(seconds=1)
    await reserve(node, station)
    clock.forward(hours=1)
    await expire(node)
    assert await nothing(node)


async def test_a_session_that_began_before_its_reservation_was_known_owes_nothing_for_it(
    node: Watched, station: Station, clock: Clock, priced: None
) -> None:
    number = await reserve(node, station)
    begun = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": moment(-60)}
    started = await station.result("StartTransaction", begun | {"reservationId": number})
    await station.stop(started["transactionId"], 2000, moment(0), reason="EVDisconnected")
    assert lines(node.have(events.SessionPriced)[-1]) == {"ENERGY": "18.00"}
