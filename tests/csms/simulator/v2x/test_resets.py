"""Resets of a 2.x charger: of the whole, and of one EVSE."""

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import World

# -- the whole charger -----------------------------------------------------------


def _reboot(world: World) -> None:
    assert world.charger.hang_up == "close"
    world.disconnect()
    world.run(10)
    world.sent.clear()
    world.connect()


def test_rule_52_an_immediate_reset_ends_the_transaction(world_of: Worlds) -> None:
    world = world_of(charging=True)
    assert world.order("Reset", type="Immediate") == {"status": "Accepted"}
    end = world.calls("TransactionEvent")[-1]
    assert (end["eventType"], end["triggerReason"]) == ("Ended", "ResetCommand")
    assert end["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    _reboot(world)
    assert world.calls("BootNotification")[0]["reason"] == "RemoteReset"
    assert world.entry.state == "completed"


def test_rule_52_a_reset_on_idle_waits_for_the_driver(world_of: Worlds) -> None:
    world = world_of(charging=True, connectors=2)
    assert world.order("Reset", type="OnIdle") == {"status": "Scheduled"}
    world.run(600)
    assert world.charger.hang_up is None
    world.charger.plug_in(2)
    world.charger.present("OTHER", 2)
    world.talk()
    assert len(world.ledger.entries) == 1
    world.charger.present("TAG")
    world.talk()
    _reboot(world)
    assert world.calls("BootNotification")[0]["reason"] == "ScheduledReset"


def test_rule_52_a_reset_on_idle_is_at_once_where_nobody_charges(world_of: Worlds) -> None:
    world = world_of()
    assert world.order("Reset", type="OnIdle") == {"status": "Accepted"}
    _reboot(world)


def test_rule_52_2_1_resumes() -> None:
    old = World(protocol="2.0.1")
    assert old.order("Reset", type="ImmediateAndResume") == "PropertyConstraintViolation"
    world = World(protocol="2.1")
    world.charger.plug_in(1)
    world.charger.present("TAG")
    world.run(30)
    assert world.order("Reset", type="ImmediateAndResume") == {"status": "Accepted"}
    _reboot(world)
    [event] = world.calls("TransactionEvent")
    assert (event["eventType"], event["triggerReason"]) == ("Updated", "TxResumed")
    assert world.entry.state == "active"


# -- one EVSE --------------------------------------------------------------------


def _told(world: World) -> list[tuple[str, str]]:
    """(event, why) of the transaction events since the last look."""
    events = world.calls("TransactionEvent")
    world.sent.clear()
    return [(event["eventType"], event["triggerReason"]) for event in events]


def _busy_world(world_of: Worlds) -> World:
    """Two EVSEs with a session each."""
    world = world_of(charging=True, connectors=2)
    world.charger.plug_in(2)
    world.charger.present("OTHER", 2)
    world.talk()
    world.sent.clear()
    return world


def test_rule_54_a_reset_of_an_evse_on_idle_waits_for_its_own_transaction_only(world_of: Worlds) -> None:
    world = _busy_world(world_of)
    assert world.order("Reset", type="OnIdle", evseId=1) == {"status": "Scheduled"}
    world.run(60)
    assert {entry.state for entry in world.ledger.entries.values()} == {"active"}
    world.charger.present("TAG")
    world.talk()
    assert world.charger.connectors[1].status == "Unavailable"
    assert (world.charger.connectors[2].status, world.charger.hang_up) == ("Charging", None)
    world.run(10)
    assert world.charger.connectors[1].status == "Preparing"


def test_rule_54_nothing_begins_where_an_evse_is_about_to_reset(world_of: Worlds) -> None:
    world = world_of(charging=True, connectors=4, connectors_per_evse=2)
    world.order("Reset", type="OnIdle", evseId=1)
    world.charger.present("TAG")
    world.talk()
    for connector in (1, 2):
        world.charger.plug_in(connector)
        world.charger.present("NEXT", connector)
        world.talk()
    assert len(world.ledger.entries) == 1
    world.run(10)
    world.charger.present("NEXT", 2)
    world.talk()
    assert len(world.ledger.entries) == 2


def test_rule_54_an_immediate_reset_of_an_evse_ends_its_own_transaction_only(world_of: Worlds) -> None:
    world = _busy_world(world_of)
    assert world.order("Reset", type="Immediate", evseId=1) == {"status": "Accepted"}
    assert _told(world) == [("Ended", "ResetCommand")]
    first, second = world.ledger.entries.values()
    assert (first.reason, second.state) == ("ImmediateReset", "active")
    assert (world.charger.connectors[1].status, world.charger.hang_up) == ("Unavailable", None)


def test_rule_54_an_idle_evse_resets_at_once_and_comes_back(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    assert world.order("Reset", type="OnIdle", evseId=2) == {"status": "Accepted"}
    assert world.charger.connectors[2].status == "Unavailable"
    world.run(10)
    assert world.charger.connectors[2].status == "Available"


def test_rule_52_2_1_resumes_the_transaction_of_an_evse() -> None:
    world = World(protocol="2.1", connectors=2)
    world.charger.plug_in(1)
    world.charger.present("TAG")
    world.run(30)
    world.sent.clear()
    assert world.order("Reset", type="ImmediateAndResume", evseId=1) == {"status": "Accepted"}
    before = world.charger.connectors[1].meter.register_wh
    world.run(4)
    assert world.charger.connectors[1].meter.register_wh == before
    world.run(6)
    assert _told(world) == [("Updated", "ChargingStateChanged"), ("Updated", "TxResumed")]
    assert (world.entry.state, world.charger.connectors[1].status) == ("active", "Charging")


@pytest.mark.parametrize("evse_id", [0, 3])
def test_an_evse_that_is_not_there_cannot_reset(world_of: Worlds, evse_id: int) -> None:
    answer = world_of(connectors=2).order("Reset", type="Immediate", evseId=evse_id)
    assert answer["status"] == "Rejected"


def test_a_reset_of_the_whole_is_one_of_each_evse_too() -> None:
    world = World(protocol="2.1", connectors=2)
    world.charger.plug_in(1)
    world.charger.present("TAG")
    world.run(30)
    assert world.order("Reset", type="OnIdle", evseId=1) == {"status": "Scheduled"}
    world.order("Reset", type="ImmediateAndResume")
    _reboot(world)
    world.charger.present("TAG")
    world.talk()
    assert (world.entry.state, world.charger.connectors[1].status) == ("completed", "Finishing")
