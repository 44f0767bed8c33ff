"""A 1.6 charger's charging profiles: they really limit the power, and their sum is told."""

from typing import Any

import pytest

from csms.simulator import car
from tests.csms.simulator.world import World

START = "2027-01-15T08:00:00Z"


def profile(
    number: int = 1, purpose: str = "TxDefaultProfile", *periods: tuple[int, float], **more: Any
) -> dict[str, Any]:
    schedule = {
        "chargingRateUnit": "W",
        "startSchedule": START,
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods or ((0, 6000.0),)],
    }
    usual = {"chargingProfileId": number, "stackLevel": 0, "chargingProfilePurpose": purpose}
    return {**usual, "chargingProfileKind": "Absolute", "chargingSchedule": schedule, **more}


def take(world: World, own: dict[str, Any], connector: int = 1) -> str:
    return str(world.order("SetChargingProfile", connectorId=connector, csChargingProfiles=own)["status"])


def charging() -> World:
    world = World()
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000))
    world.charger.present("TAG")
    world.run(60)
    return world


def relative(limit: float = 3000.0, **more: Any) -> dict[str, Any]:
    own = profile(9, "TxProfile", (0, limit), chargingProfileKind="Relative", **more)
    del own["chargingSchedule"]["startSchedule"]
    return own


@pytest.mark.parametrize("plugged", [True, False])
def test_rule_58_a_profile_that_comes_with_an_order_to_start_limits_its_transaction(plugged: bool) -> None:
    world = World()
    vehicle = car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000)
    if plugged:
        world.charger.plug_in(1, vehicle)
    answer = world.order("RemoteStartTransaction", idTag="APP", connectorId=1, chargingProfile=relative())
    assert answer == {"status": "Accepted"}
    if not plugged:
        world.charger.plug_in(1, vehicle)
        world.talk()
    assert power(world) == pytest.approx(3000, rel=0.05)
    world.charger.unplug(1)
    world.run(5)
    assert world.charger.limits.held == {}


@pytest.mark.parametrize(
    "own", [relative(transactionId=7), profile(9, "TxDefaultProfile"), relative(stackLevel=99)], ids=str
)
def test_rule_58_any_other_profile_is_refused_with_the_order(own: dict[str, Any]) -> None:
    world = World()
    world.charger.plug_in(1)
    order = {"idTag": "APP", "connectorId": 1, "chargingProfile": own}
    assert world.order("RemoteStartTransaction", **order) == {"status": "Rejected"}
    assert not world.calls("StartTransaction")


def power(world: World) -> float:
    world.run(60)
    return world.charger.connectors[1].meter.power_w


def test_a_profile_limits_the_power_as_long_as_it_says() -> None:
    world = charging()
    assert power(world) == 11_000
    steps = (0, 6000.0), (600, 3000.0), (900, 0.0), (1200, 22000.0)
    assert take(world, profile(1, "TxDefaultProfile", *steps)) == "Accepted"
    assert power(world) == 6000
    world.run(600)
    assert power(world) == 3000
    world.run(60)
    assert (power(world), world.statuses()[-1]) == (0, "SuspendedEVSE")
    world.run(300)
    assert (power(world), world.statuses()[-1]) == (11_000, "Charging")


def test_the_change_comes_on_time_though_nobody_looks() -> None:
    world = charging()
    take(world, profile(1, "TxDefaultProfile", (0, 6000.0), (600, 3000.0)))
    before = world.charger.connectors[1].meter.energy_wh
    world.run(1140)  # from second 60 to second 1200
    taken = world.charger.connectors[1].meter.energy_wh - before
    assert taken == pytest.approx((540 * 6000 + 600 * 3000) / 3600, rel=0.001)


def test_rule_58_a_tx_profile_needs_a_transaction_and_ends_with_it() -> None:
    world = World()
    assert take(world, profile(1, "TxProfile")) == "Rejected"
    world = charging()
    assert take(world, profile(1, "TxProfile", transactionId=101)) == "Accepted"
    assert take(world, profile(2, "TxProfile", transactionId=999)) == "Rejected"
    assert power(world) == 6000
    world.charger.unplug()
    world.talk()
    assert world.charger.limits.held == {}


def test_rule_58_the_same_purpose_and_level_replaces() -> None:
    world = charging()
    take(world, profile(1))
    take(world, profile(2, "TxDefaultProfile", (0, 5000.0)))
    assert list(world.charger.limits.held) == [2]
    assert power(world) == 5000


@pytest.mark.parametrize(
    "own",
    [
        profile(1, "ChargePointMaxProfile"),
        profile(1, "TxDefaultProfile", (5, 6000.0)),
        profile(1, stackLevel=99),
        profile(1, chargingProfileKind="Relative"),
    ],
)
def test_what_breaks_the_rules_is_rejected(own: dict[str, Any]) -> None:
    assert take(World(), own) == "Rejected"


def test_profiles_are_cleared_by_what_fits() -> None:
    world = World(connectors=2)
    take(world, profile(1), connector=1)
    take(world, profile(2), connector=2)
    take(world, profile(3, "ChargePointMaxProfile"), connector=0)
    assert world.order("ClearChargingProfile", connectorId=2, stackLevel=0) == {"status": "Accepted"}
    assert world.order("ClearChargingProfile", id=9) == {"status": "Unknown"}
    assert world.order("ClearChargingProfile", chargingProfilePurpose="ChargePointMaxProfile")["status"] == "Accepted"
    assert list(world.charger.limits.held) == [1]
    assert world.order("ClearChargingProfile") == {"status": "Accepted"}


def test_what_they_come_to() -> None:
    world = World()
    take(world, profile(1, "TxDefaultProfile", (0, 6000.0), (600, 3000.0)))
    take(world, profile(2, "ChargePointMaxProfile", (0, 22000.0), (1200, 2000.0)), connector=0)
    answer = world.order("GetCompositeSchedule", connectorId=1, duration=1800)
    assert answer["scheduleStart"] == "2027-01-15T08:00:00.000Z"
    assert [(each["startPeriod"], each["limit"]) for each in answer["chargingSchedule"]["chargingSchedulePeriod"]] == [
        (0, 6000.0),
        (600, 3000.0),
        (1200, 2000.0),
    ]
    whole = world.order("GetCompositeSchedule", connectorId=0, duration=600, chargingRateUnit="A")
    assert whole["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 31.8}]
    assert world.order("GetCompositeSchedule", connectorId=9, duration=60) == {"status": "Rejected"}


def test_no_more_profiles_than_it_says_that_it_holds() -> None:
    world = World(connectors=3)
    places = [(level, connector) for level in range(9) for connector in (1, 2, 3)]
    taken = [
        take(world, profile(number, stackLevel=level), connector)
        for number, (level, connector) in enumerate(places, start=1)
    ]
    assert taken == ["Accepted"] * 20 + ["Rejected"] * 7
    assert take(world, profile(20, stackLevel=5), 1) == "Accepted"
