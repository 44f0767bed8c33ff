"""How people behave, by profile."""

import pytest

from csms.simulator import errors, profiles
from tests.csms.simulator.world import World

HOUR = 3600


@pytest.mark.parametrize("profile", ["steady", "flaky"])
def test_people_come_charge_and_leave(profile: str) -> None:
    world = World(profile=profile)
    world.run(12 * HOUR)
    ended = [entry for entry in world.ledger.entries.values() if entry.state == "completed"]
    assert len(ended) >= 4
    assert all((entry.meter_stop_wh or 0) > entry.meter_start_wh for entry in ended)
    assert {entry.reason for entry in ended} <= {"Local", "EVDisconnected"}
    assert "Available" in world.statuses()


def test_different_people_carry_different_tokens() -> None:
    world = World(profile="steady", tokens=("A", "B"))
    world.run(24 * HOUR)
    assert {entry.id_token for entry in world.ledger.entries.values()} == {"A", "B"}


def test_in_a_burst_everybody_comes_at_once() -> None:
    world = World(profile="burst", connectors=4)
    world.run(HOUR)
    starts = [call["timestamp"] for call in world.calls("StartTransaction")]
    assert len(starts) >= 40
    assert len(set(starts)) <= len(starts) / 4
    assert all(
        start[14:16] in ("00", "05", "10", "15", "20", "25", "30", "35", "40", "45", "50", "55") for start in starts
    )


def test_idle_only_sends_heartbeats() -> None:
    world = World(profile="idle")
    world.run(12 * HOUR)
    assert {action for action, _ in world.sent} == {"Heartbeat"}


@pytest.mark.parametrize("profile", ["idle", "steady"])
def test_somebody_comes_for_a_remote_start_and_leaves_after_the_remote_stop(profile: str) -> None:
    world = World(profile=profile)
    world.order("RemoteStartTransaction", idTag="APP", connectorId=1)
    world.run(10)
    assert world.statuses() == ["Preparing", "Charging"]
    assert world.order("RemoteStopTransaction", transactionId=101) == {"status": "Accepted"}
    world.run(10)
    assert world.statuses()[-2:] == ["Finishing", "Available"]


def test_a_driver_whose_card_is_refused_leaves() -> None:
    world = World(profile="steady")
    world.answers["Authorize"] = {"idTagInfo": {"status": "Invalid"}}
    world.run(3 * HOUR)
    assert world.calls("StartTransaction") == []
    assert world.statuses()[:2] == ["Preparing", "Available"]


def test_a_connector_out_of_service_is_left_alone() -> None:
    world = World(profile="steady")
    world.order("ChangeAvailability", connectorId=0, type="Inoperative")
    world.run(6 * HOUR)
    assert world.calls("Authorize") == []


def test_with_manual_nothing_happens_by_itself() -> None:
    world = World(profile="manual")
    world.order("RemoteStartTransaction", idTag="APP", connectorId=1)
    world.run(12 * HOUR)
    assert world.calls("StartTransaction") == []


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(errors.UnknownProfile, match="steady"):
        profiles.check("racing")
