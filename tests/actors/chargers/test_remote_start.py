"""An order to start, and the 2.x transaction that follows it (rules 46, 51)."""

import pytest

from actors.chargers import charger
from csms.domain import events, facts
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.transacting import Tell, connected, telling


@pytest.fixture
async def station(connect: Connect, clock: Clock) -> Station:
    """CP-01, booted and available."""
    return await connected(connect)


@pytest.fixture
def tell(station: Station) -> Tell:
    """Sends a TransactionEvent; the payload of the answer."""
    return telling(station)


async def begun(node: Watched, evse_id: int | None = 1) -> charger.Begun:
    """A remote start for CARD."""
    ref = await charger.ensure(node.services, "CP-01")
    return await charger.start_session(ref, connector_id=evse_id, id_token=facts.IdToken("CARD"), by="test")


async def test_rule_51_a_remote_start_is_the_transaction_that_names_its_number(
    node: Watched, station: Station, tell: Tell
) -> None:
    station.answers["RequestStartTransaction"] = {"status": "Accepted"}
    first, second = await begun(node), await begun(node)
    numbers = [each.remote_start_id for each in node.have(events.SessionRequested)]
    assert len({*numbers}) == 2
    assert all(number is not None and 0 < number < 2**31 for number in numbers)
    await tell("Started", 0, 5, token="CARD", evse=1, remoteStartId=numbers[1])
    states = {each.id: each.status for each in await node.sessions_of()}
    assert states == {first.session_id: "pending", second.session_id: "active"}


async def test_rule_51_without_its_number_it_is_found_by_token_and_place(
    node: Watched, station: Station, tell: Tell
) -> None:
    station.answers["RequestStartTransaction"] = {"status": "Accepted"}
    order = await begun(node)
    await tell("Started", 0, 5, token="OTHER", evse=2)
    await tell("Started", 0, 6, token="CARD", evse=1, transaction_id="T2")
    assert [(each.id == order.session_id, each.transaction_id) for each in await node.sessions_of()] == [
        (True, "T2"),
        (False, "T1"),
    ]


@pytest.mark.parametrize(("minutes", "same"), [(4, True), (180, False)])
async def test_rule_51_an_order_that_came_to_nothing_is_not_what_begins_hours_later(
    node: Watched, station: Station, tell: Tell, clock: Clock, minutes: int, same: bool
) -> None:
    station.answers["RequestStartTransaction"] = {"status": "Accepted"}
    order = await begun(node)
    clock.forward(minutes=minutes)
    await tell("Started", 0, minutes * 60, token="CARD", evse=1)
    [found] = [each for each in await node.sessions_of() if each.transaction_id == "T1"]
    assert (found.id == order.session_id) is same


@pytest.mark.parametrize(("minutes", "same"), [(4, True), (180, False)])
async def test_rule_51_nor_in_1_6(node: Watched, connect: Connect, clock: Clock, minutes: int, same: bool) -> None:
    station = await connect("CP-02")
    await station.boot()
    station.answers["RemoteStartTransaction"] = {"status": "Accepted"}
    ref = await charger.ensure(node.services, "CP-02")
    order = await charger.start_session(ref, connector_id=1, id_token=facts.IdToken("CARD"), by="test")
    clock.forward(minutes=minutes)
    await station.start(at=clock.now.isoformat())
    [found] = [each for each in await node.sessions_of("CP-02") if each.status == "active"]
    assert (found.id == order.session_id) is same


async def test_rule_46_a_remote_start_for_a_car_that_is_plugged_in_is_its_session(
    node: Watched, station: Station, tell: Tell
) -> None:
    station.answers["RequestStartTransaction"] = {"status": "Accepted", "transactionId": "T1"}
    await tell("Started", 0, 0, evse=1, chargingState="EVConnected", trigger="CablePluggedIn")
    order = await begun(node)
    [requested] = node.have(events.SessionRequested)
    await tell("Updated", 1, 5, token="CARD", trigger="RemoteStart", remoteStartId=requested.remote_start_id)
    session = await node.only()
    assert (session.id, session.status, session.command_id) == (order.session_id, "active", order.command_id)


async def test_an_order_that_the_charger_takes_into_another_session_is_not_left_pending(
    node: Watched, station: Station, tell: Tell
) -> None:
    station.answers["RequestStartTransaction"] = {"status": "Accepted"}
    await tell("Started", 0, 0, evse=1)
    await begun(node, evse_id=None)
    [requested] = node.have(events.SessionRequested)
    await tell("Updated", 1, 5, token="CARD", trigger="RemoteStart", remoteStartId=requested.remote_start_id)
    running, ordered = await node.sessions_of()
    assert (running.status, ordered.status) == ("active", "failed")
    assert running.id in str(ordered.failure)
