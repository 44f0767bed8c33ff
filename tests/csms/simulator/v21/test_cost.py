"""What a charger says that a transaction costs: by the tariff in force, until the transaction ends."""

from typing import Any

import pytest

from csms.simulator import car
from tests.csms.simulator.world import World

TAXED = {"prices": [{"priceKwh": 9.0, "conditions": {"startTimeOfDay": "22:00"}}, {"priceKwh": 18.0}]}
TARIFF = {
    "tariffId": "day",
    "currency": "INR",
    "energy": TAXED | {"taxRates": [{"type": "CGST", "tax": 9.0}, {"type": "SGST", "tax": 9.0}]},
    "chargingTime": {"prices": [{"priceMinute": 0.5}]},
    "fixedFee": {"prices": [{"priceFixed": 2.0}]},
}


@pytest.fixture
def world() -> World:
    world = World(protocol="2.1", sample_interval=60)
    world.order("SetDefaultTariff", evseId=0, tariff=TARIFF)
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    world.charger.present("TAG")
    return world


def details(world: World, kind: str) -> list[dict[str, Any]]:
    return [call.get("costDetails", {}) for call in world.calls("TransactionEvent") if call["eventType"] == kind]


def test_what_is_used_is_multiplied_and_taxed(world: World) -> None:
    world.run(600)
    world.charger.unplug(1)
    world.talk()
    assert details(world, "Started") == [{}]
    [ended] = details(world, "Ended")
    energy, cost = ended["totalUsage"]["energy"], ended["totalCost"]
    assert ended["totalUsage"]["chargingTime"] == 600
    assert cost["energy"]["exclTax"] == pytest.approx(energy * 18, abs=0.01)
    assert cost["energy"]["inclTax"] == pytest.approx(cost["energy"]["exclTax"] * 1.18, abs=0.01)
    assert (cost["chargingTime"]["exclTax"], cost["fixed"]["exclTax"], cost["currency"]) == (5.0, 2.0, "INR")
    assert cost["total"]["inclTax"] == pytest.approx(cost["energy"]["inclTax"] + 7, abs=0.01)


def test_the_transaction_s_own_tariff_counts_from_its_change(world: World) -> None:
    world.run(60)
    name = world.calls("TransactionEvent")[0]["transactionInfo"]["transactionId"]
    free = {"tariffId": "free", "currency": "INR", "energy": {"prices": [{"priceKwh": 0.0}]}}
    assert world.order("ChangeTransactionTariff", transactionId=name, tariff=free) == {"status": "Accepted"}
    world.run(120)
    assert details(world, "Updated")[-1]["totalCost"]["total"] == {"exclTax": 0, "inclTax": 0}


def test_without_a_tariff_nothing_is_said_of_costs(world: World) -> None:
    world.order("ClearTariffs")
    world.run(120)
    assert all(found == {} for found in details(world, "Updated")[1:])
