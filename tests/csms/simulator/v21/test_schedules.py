"""A 2.1 charger's dynamic schedules and priority charging: they really set the power."""

from typing import Any

from csms.simulator import car
from csms.simulator.v21 import schedules
from tests.csms.simulator.world import World


def profile(number: int = 1, purpose: str = "TxDefaultProfile", limit: float = 6000.0, **more: Any) -> dict[str, Any]:
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "startSchedule": "2027-01-15T08:00:00.000Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    usual = {"id": number, "stackLevel": 0, "chargingProfilePurpose": purpose}
    return {**usual, "chargingProfileKind": "Absolute", "chargingSchedule": [schedule], **more}


def take(world: World, own: dict[str, Any]) -> str:
    return str(world.order("SetChargingProfile", evseId=1, chargingProfile=own)["status"])


def power(world: World) -> float:
    world.run(60)
    return world.charger.connectors[1].meter.power_w


def charging() -> World:
    world = World(protocol="2.1")
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1, max_power_w=11_000))
    world.charger.present("TAG")
    world.run(30)
    return world


def dynamic(**more: Any) -> dict[str, Any]:
    period = {"startPeriod": 0, "limit": 6000.0}
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}
    return profile(chargingProfileKind="Dynamic", chargingSchedule=[schedule], **more)


def transaction(world: World) -> str:
    session = world.charger.connectors[1].session
    assert session is not None
    assert session.transaction_id is not None
    return session.transaction_id


def test_a_dynamic_schedule_is_changed_while_it_runs() -> None:
    world = charging()
    assert take(world, dynamic()) == "Accepted"
    assert power(world) == 6000
    update = {"chargingProfileId": 1, "scheduleUpdate": {"limit": 4000.0}}
    assert world.order("UpdateDynamicSchedule", **update)["status"] == "Accepted"
    assert power(world) == 4000
    other = {"chargingProfileId": 9, "scheduleUpdate": {"limit": 4000.0}}
    assert world.order("UpdateDynamicSchedule", **other)["status"] == "Rejected"


def test_one_with_an_interval_is_pulled() -> None:
    world = charging()
    world.answers["PullDynamicScheduleUpdate"] = {"status": "Accepted", "scheduleUpdate": {"setpoint": 3000.0}}
    take(world, dynamic(dynUpdateInterval=30))
    world.run(61)
    assert world.calls("PullDynamicScheduleUpdate") == [{"chargingProfileId": 1}] * 2
    assert power(world) == 3000
    world.order("ClearChargingProfile", chargingProfileId=1)
    before = len(world.calls("PullDynamicScheduleUpdate"))
    world.run(300)
    assert len(world.calls("PullDynamicScheduleUpdate")) == before


def test_priority_charging_goes_before_the_other_profiles() -> None:
    world = charging()
    take(world, profile(1))
    use = {"transactionId": transaction(world), "activate": True}
    assert world.order("UsePriorityCharging", **use)["status"] == "NoProfile"
    take(world, profile(2, "PriorityCharging", 10_000.0))
    assert power(world) == 6000
    assert world.order("UsePriorityCharging", **use)["status"] == "Accepted"
    assert power(world) == 10_000
    world.order("UsePriorityCharging", **{**use, "activate": False})
    assert power(world) == 6000
    assert world.order("UsePriorityCharging", transactionId="x", activate=True)["status"] == "Rejected"


def test_the_driver_may_ask_for_priority_too_and_it_is_told() -> None:
    world = charging()
    take(world, profile(1))
    station = world.charger.dialect.station  # type: ignore[attr-defined]
    schedules.use_priority(station, transaction(world))
    assert power(world) == 6000
    take(world, profile(2, "PriorityCharging", 10_000.0))
    schedules.use_priority(station, transaction(world))
    assert power(world) == 10_000
    assert world.calls("NotifyPriorityCharging") == [{"transactionId": transaction(world), "activated": True}]


def test_energy_transfers_and_signals_are_taken() -> None:
    world = charging()
    allowed = {"transactionId": transaction(world), "allowedEnergyTransfer": ["AC_BPT"]}
    assert world.order("NotifyAllowedEnergyTransfer", **allowed)["status"] == "Accepted"
    assert world.order("NotifyAllowedEnergyTransfer", **{**allowed, "transactionId": "x"})["status"] == "Rejected"
    assert world.order("AFRRSignal", timestamp="2027-01-15T08:00:00Z", signal=1)["status"] == "Accepted"
