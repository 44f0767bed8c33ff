"""A session is priced by the tariff that was in force at its start, when its stay is over, in 1.6 and in 2.x."""

from decimal import Decimal
from typing import Any

import pytest
import trio

from actors import session
from actors.business import caps
from actors.chargers import charger
from actors.recording import readers
from csms.domain import events, facts
from csms.domain.session import Session as State
from csms.storage import queries, stays
from csms.storage.reference import assignments, tariffs
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.transacting import connected, meter, moment, telling

STORY: dict[str, Any] = {
    "id": "story",
    "name": "Story",
    "currency": "INR",
    "tax_included": True,
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "18.00", "step_size": 1},
                {"type": "PARKING_TIME", "price": "180.00", "step_size": 60},
            ]
        }
    ],
}


async def priced(node: Watched) -> None:
    """Assign the story's tariff to CP-01."""

    def change(conn: Any) -> None:
        tariffs.add(conn, STORY)
        assignments.assign(conn, "charger", "CP-01", "story", now=node.services.now())

    await node.write(change)


async def view(node: Watched, state: State) -> dict[str, Any]:
    """What GET /sessions/{id} shows."""
    return await node.read(queries.sessions.view, state, node.services.now())


async def noted(station: Station, status: str, seconds: float) -> None:
    """The connector of a 1.6 charger reports a status of this moment."""
    said = {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": moment(seconds)}
    await station.result("StatusNotification", said)


async def driven_16(station: Station, clock: Clock) -> None:
    """22 kWh in an hour, and ten minutes with a car that has enough: half of them after the stop."""
    number = (await station.start(meter=1000))["transactionId"]
    await noted(station, "Charging", 1)
    for minute in (20, 40, 60):
        clock.forward(minutes=20)
        await station.meter(number, 1000 + 22_000 * minute // 60, moment(60 * minute))
    await noted(station, "SuspendedEV", 3600)
    clock.forward(minutes=5)
    await station.stop(number, 23_000, moment(3900))
    await noted(station, "Finishing", 3900)


async def test_the_story_costs_426_rupees_in_1_6(node: Watched, station: Station, clock: Clock) -> None:
    await priced(node)
    await driven_16(station, clock)
    running = await node.only()
    clock.forward(minutes=4)
    shown = await view(node, running)
    assert (shown["status"], shown["tariff_id"], shown["idle_since"]) == ("finishing", "story", "2026-03-01T10:00:00Z")
    assert shown["cost"] == {"amount": "426.00", "currency": "INR"}
    await noted(station, "Available", 4200)
    over = await view(node, await node.only())
    assert (over["status"], over["cost"], over["idle_s"]) == ("completed", {"amount": "426.00", "currency": "INR"}, 600)
    [bill] = node.have(events.SessionPriced)
    kinds = [type(stored.event).__name__ for stored in await node.log_of("session:")]
    assert kinds[:2] == ["SessionStarted", "TariffApplied"] and kinds[-2:] == ["SessionCompleted", "SessionPriced"]
    assert (bill.revision, bill.covers) == (1, (running.id,))


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_the_story_costs_426_rupees_in_2x(node: Watched, connect: Connect, clock: Clock, version: str) -> None:
    await priced(node)
    station = await connected(connect, version)
    tell = telling(station)
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    clock.forward(minutes=60)
    await tell("Updated", 1, 3600, meter(23_000, 3600), chargingState="SuspendedEV", trigger="ChargingStateChanged")
    clock.forward(minutes=5)
    answer = await tell("Ended", 2, 3900, meter(23_000, 3900), token="CARD", trigger="StopAuthorized")
    assert answer["totalCost"] == 411
    clock.forward(minutes=5)
    status = {"timestamp": moment(4200), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    await station.result("StatusNotification", status)
    over = await view(node, await node.only())
    assert (over["status"], over["cost"], over["idle_s"]) == ("completed", {"amount": "426.00", "currency": "INR"}, 600)


async def test_a_session_without_a_tariff_is_free(node: Watched, connect: Connect, clock: Clock) -> None:
    tell = telling(await connected(connect))
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    answer = await tell("Ended", 1, 60, meter(2000, 60), stoppedReason="EVDisconnected")
    assert answer["totalCost"] == 0
    shown = await view(node, await node.only())
    assert (shown["status"], shown["tariff_id"], shown["cost"]) == ("completed", None, None)


async def test_the_tariff_of_a_transaction_is_known_when_its_place_is(
    node: Watched, connect: Connect, clock: Clock
) -> None:
    def change(conn: Any) -> None:
        for name in ("charger", "connector"):
            tariffs.add(conn, STORY | {"id": name})
        assignments.assign(conn, "charger", "CP-01", "charger", now=node.services.now())
        assignments.assign(conn, "connector", "CP-01/2", "connector", now=node.services.now())

    await node.write(change)
    tell = telling(await connected(connect))
    await tell("Started", 0, 0, meter(1000, 0), chargingState="EVConnected")
    assert (await view(node, await node.only()))["tariff_id"] == "charger"
    await tell("Updated", 1, 60, token="CARD", evse=2, trigger="Authorized", chargingState="Charging")
    assert (await view(node, await node.only()))["tariff_id"] == "connector"
    await tell("Updated", 2, 120, meter(1500, 120))
    assert len(node.have(events.TariffApplied)) == 2


async def test_a_tariff_that_changes_meanwhile_leaves_the_session_what_it_had(
    node: Watched, station: Station, clock: Clock
) -> None:
    await priced(node)
    number = (await station.start(meter=1000))["transactionId"]
    await node.write(lambda conn: assignments.assign(conn, "charger", "CP-01", None, now=node.services.now()))
    await station.stop(number, 11_000, moment(600), reason="EVDisconnected")
    assert (await view(node, await node.only()))["cost"] == {"amount": "180.00", "currency": "INR"}


async def test_a_record_that_comes_late_makes_another_bill_also_of_the_session_that_goes_on(
    node: Watched, connect: Connect, clock: Clock
) -> None:
    await priced(node)
    station = await connected(connect)
    tell = telling(station)
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    clock.forward(seconds=120)
    await tell("Ended", 1, 120, meter(11_000, 120), stoppedReason="EVDisconnected")
    first = await node.only()
    ref = await node.charger("CP-01")
    card = facts.IdToken("CARD")
    begun = await charger.start_session(ref, connector_id=1, id_token=card, by="test", continues=first.id)
    message_id, _, order = await station.asked()
    await station.answer(message_id, {"status": "Accepted"})
    again: dict[str, Any] = {"transaction_id": "T2", "evse": 1, "remoteStartId": order["remoteStartId"]}
    await tell("Started", 0, 120, meter(11_000, 120), token="CARD", chargingState="Charging", **again)
    clock.forward(seconds=60)
    await tell("Ended", 1, 180, meter(12_000, 180), stoppedReason="EVDisconnected", transaction_id="T2")
    await tell("Updated", 0, 110, meter(13_000, 110))
    await node.recorded(events.SessionPriced, 4)
    assert [(bill.covers, bill.revision, str(bill.total_incl)) for bill in node.have(events.SessionPriced)] == [
        ((first.id,), 1, "180.00"),
        ((first.id, begun.session_id), 1, "198.00"),
        ((first.id,), 2, "216.00"),
        ((first.id, begun.session_id), 2, "234.00"),
    ]


async def test_a_bill_that_cannot_be_made_costs_no_record_and_is_made_later(
    node: Watched, station: Station, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)

    def broken(*_: Any) -> Any:
        raise ValueError("no such zone")

    number = (await station.start(meter=1000))["transactionId"]
    with monkeypatch.context() as patched:
        patched.setattr(stays, "priced", broken)
        assert await station.stop(number, 11_000, moment(600), reason="EVDisconnected") == {}
        await node.recorded(events.AlertRaised, where=lambda alert: alert.kind == "session_not_priced")
    state = await node.only()
    assert (await view(node, state))["cost"] is None
    await (await session.ensure(node.services, state.id)).call(session.Session.on_alarm)
    assert (await view(node, await node.only()))["cost"] == {"amount": "180.00", "currency": "INR"}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_sample_works_nothing_out_and_reads_nothing(
    node: Watched, connect: Connect, clock: Clock, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(node)
    station = await connect() if version == "1.6" else await connected(connect)
    tell = telling(station)
    number = 0
    if version == "1.6":
        await station.boot()
        number = (await station.start(meter=1000))["transactionId"]
    else:
        await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")

    read = readers.Readers.read

    async def asked(*arguments: Any, **named: Any) -> Any:
        if not trio.lowlevel.current_task().name.startswith("background/"):  # followers still tell of the start
            raise AssertionError("a sample must not wait for the database's answers")
        return await read(*arguments, **named)

    monkeypatch.setattr(readers.Readers, "read", asked)
    for minute in range(1, 4):
        if version == "1.6":
            await station.meter(number, 1000 + minute, moment(60 * minute))
        else:
            await tell("Updated", minute, 60 * minute, meter(1000 + minute, 60 * minute))
    assert len(node.have(events.MeterSampled)) == 3


async def test_a_2_1_charger_is_told_what_its_transaction_may_cost(
    node: Watched, connect: Connect, clock: Clock
) -> None:
    await priced(node)
    tell = telling(await connected(connect, "ocpp2.1"))
    await tell("Started", 0, 0, meter(1000, 0), token="CARD", evse=1, chargingState="Charging")
    await caps.set(await node.charger("CP-01"), (await node.only()).id, Decimal("200.00"))
    assert await tell("Updated", 1, 60, meter(1100, 60)) == {"transactionLimit": {"maxCost": 200}}
