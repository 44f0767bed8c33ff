"""Smart charging of a 2.x charger: profiles that limit what flows, reported and composed."""

from typing import Any

import pytest

from csms.simulator.v2x import smart_charging
from csms.simulator.v2x.station import Station
from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World

_START = "2027-01-15T08:00:00Z"


def _profile(number: int = 1, purpose: str = "TxDefaultProfile", *limits: tuple[int, float], **more: Any) -> Payload:
    periods = [{"startPeriod": start, "limit": limit} for start, limit in limits or ((0, 5000.0),)]
    schedule = {"id": number, "startSchedule": _START, "chargingRateUnit": "W", "chargingSchedulePeriod": periods}
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
        **more,
    }


def _set(world: World, profile: Payload, evse_id: int = 1) -> str:
    return str(world.order("SetChargingProfile", evseId=evse_id, chargingProfile=profile)["status"])


def _power(world: World) -> float:
    world.run(40)
    return world.charger.connectors[1].meter.power_w


def _reported(world: World, criteria: Payload, **more: Any) -> list[int]:
    world.sent.clear()
    answer = world.order("GetChargingProfiles", requestId=9, chargingProfile=criteria, **more)
    reports = world.calls("ReportChargingProfiles")
    assert answer["status"] == ("Accepted" if reports else "NoProfiles")
    assert [report["tbc"] for report in reports] == [True] * (len(reports) - 1) + [False] * bool(reports)
    return sorted(one["id"] for report in reports for one in report["chargingProfile"])


def _station(world: World) -> Station:
    return world.charger.dialect.station  # type: ignore[attr-defined, no-any-return]


def test_a_profile_limits_what_flows_and_zero_suspends(world_of: Worlds) -> None:
    world = world_of(charging=True)
    assert _set(world, _profile(1, "TxDefaultProfile", (0, 5000.0), (600, 0.0))) == "Accepted"
    assert _power(world) == pytest.approx(5000)
    world.run(600)
    assert world.charger.connectors[1].meter.power_w == 0
    assert world.calls("TransactionEvent")[-1]["transactionInfo"]["chargingState"] == "SuspendedEVSE"


def test_rule_58_a_tx_profile_needs_an_open_transaction(world_of: Worlds) -> None:
    world = world_of()
    assert _set(world, _profile(1, "TxProfile", transactionId="x")) == "Rejected"
    world.charger.plug_in(1)
    world.charger.present("TAG")
    world.talk()
    assert _set(world, _profile(1, "TxProfile", transactionId="x")) == "Rejected"
    assert _set(world, _profile(1, "TxProfile", transactionId=world.entry.transaction_id)) == "Accepted"
    world.charger.present("TAG")
    world.talk()
    assert _reported(world, {}) == []


def test_rule_58_level_and_purpose_replace(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    for number, evse_id in ((1, 1), (2, 1), (3, 2)):
        _set(world, _profile(number), evse_id)
    _set(world, _profile(4, "ChargingStationMaxProfile"), 0)
    assert _reported(world, {}) == [2, 3, 4]
    assert _reported(world, {}, evseId=2) == [3]
    assert _reported(world, {"chargingProfilePurpose": "ChargingStationMaxProfile"}) == [4]
    assert _reported(world, {"chargingProfileId": [2, 9]}) == [2]
    assert _reported(world, {"chargingLimitSource": ["EMS"]}) == []


def test_profiles_are_reported_as_they_were_sent(world_of: Worlds) -> None:
    world = world_of()
    profile = _profile(1, customData={"vendorId": "x"})
    _set(world, profile)
    _reported(world, {})
    assert world.calls("ReportChargingProfiles")[0]["chargingProfile"] == [profile]


@pytest.mark.parametrize(
    ("call", "left"),
    [
        ({"chargingProfileId": 1}, [2, 3]),
        ({"chargingProfileCriteria": {"evseId": 2}}, [1, 3]),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile"}}, [3]),
        ({"chargingProfileCriteria": {"evseId": 0, "stackLevel": 0}}, [1, 2]),
    ],
)
def test_what_fits_is_cleared(world_of: Worlds, call: Payload, left: list[int]) -> None:
    world = world_of(connectors=2)
    _set(world, _profile(1), 1)
    _set(world, _profile(2), 2)
    _set(world, _profile(3, "ChargingStationMaxProfile"), 0)
    assert world.order("ClearChargingProfile", **call) == {"status": "Accepted"}
    assert _reported(world, {}) == left
    assert world.order("ClearChargingProfile", **call) == {"status": "Unknown"}


def test_a_composite_schedule(world_of: Worlds) -> None:
    world = world_of(connectors=2)
    _set(world, _profile(1, "TxDefaultProfile", (0, 5000.0), (600, 9000.0)), 1)
    _set(world, _profile(2, "ChargingStationMaxProfile", (0, 8000.0)), 0)
    answer = world.order("GetCompositeSchedule", evseId=1, duration=1200)
    periods = [(one["startPeriod"], one["limit"]) for one in answer["schedule"]["chargingSchedulePeriod"]]
    assert periods == [(0, 5000), (600, 8000)]
    assert world.order("GetCompositeSchedule", evseId=0, duration=60)["schedule"]["evseId"] == 0
    assert world.order("GetCompositeSchedule", evseId=3, duration=60)["status"] == "Rejected"


@pytest.mark.parametrize(
    ("profile", "evse_id"),
    [
        (_profile(1, "ChargingStationExternalConstraints"), 0),
        (_profile(1, "ChargingStationMaxProfile"), 1),
        (_profile(1, stackLevel=99), 1),
        (_profile(1, "TxDefaultProfile", (10, 5000.0)), 1),
        (_profile(1), 5),
    ],
)
def test_what_it_refuses(world_of: Worlds, profile: Payload, evse_id: int) -> None:
    assert _set(world_of(), profile, evse_id) == "Rejected"


def test_a_limit_from_elsewhere_is_told_kept_and_let_go(world_of: Worlds) -> None:
    world = world_of(charging=True)
    smart_charging.constrain(_station(world), 1, 3000)
    assert _power(world) == pytest.approx(3000)
    assert world.calls("NotifyChargingLimit")[0]["chargingLimit"]["chargingLimitSource"] == "EMS"
    assert len(_reported(world, {"chargingLimitSource": ["EMS"]})) == 1
    assert world.order("ClearChargingProfile", chargingProfileId=1_000_001) == {"status": "Unknown"}
    smart_charging.constrain(_station(world), 1, None)
    assert _power(world) > 3000
    assert world.calls("ClearedChargingLimit") == [{"chargingLimitSource": "EMS", "evseId": 1}]


def test_a_car_tells_what_it_needs_and_then_how_it_will_charge(world_of: Worlds) -> None:
    world = world_of(charging=True)
    world.answers["NotifyEVChargingNeeds"] = {"status": "Processing"}
    smart_charging.ask_for_a_schedule(_station(world), world.charger.connectors[1], 20_000, world.now + 7200)
    world.talk()
    assert world.calls("NotifyEVChargingNeeds")[0]["chargingNeeds"]["departureTime"] == "2027-01-15T10:00:30.000Z"
    _set(world, _profile(1, "TxProfile", transactionId=world.entry.transaction_id))
    _set(world, _profile(2, "TxProfile", transactionId=world.entry.transaction_id))
    assert [call["evseId"] for call in world.calls("NotifyEVChargingSchedule")] == [1]
