"""Tariffs in a charger: which it takes, which it refuses and why, which it lists and forgets."""

from typing import Any

import pytest

from csms.simulator import car
from csms.simulator.v21.tariffs import MAX_ELEMENTS
from tests.csms.simulator.world import World

ACCEPTED = {"status": "Accepted"}
LATER = "2027-06-01T00:00:00Z"


def tariff(name: str = "day", currency: str = "INR", prices: int = 1, **fields: Any) -> dict[str, Any]:
    return {"tariffId": name, "currency": currency, "energy": {"prices": [{"priceKwh": 18.0}] * prices}, **fields}


@pytest.fixture
def world() -> World:
    world = World(protocol="2.1", connectors=2)
    assert world.order("SetDefaultTariff", evseId=1, tariff=tariff("day")) == ACCEPTED
    return world


def held(world: World, evse_id: int = 0) -> dict[str, Any]:
    answer = world.order("GetTariffs", evseId=evse_id)
    return {each["tariffId"]: each["evseIds"] for each in answer.get("tariffAssignments", ())}


def test_a_default_replaces_that_of_its_evse_but_not_one_for_later(world: World) -> None:
    world.order("SetDefaultTariff", evseId=1, tariff=tariff("later", validFrom=LATER))
    world.order("SetDefaultTariff", evseId=0, tariff=tariff("all"))
    world.order("SetDefaultTariff", evseId=1, tariff=tariff("night"))
    assert held(world) == {"later": [1], "all": [0], "night": [1]}
    assert held(world, 1) == {"later": [1], "night": [1]}
    assert world.order("GetTariffs", evseId=2) == {"status": "NoTariff"}


@pytest.mark.parametrize(
    ("evse_id", "told", "status"),
    [
        (2, tariff("day"), "DuplicateTariffId"),
        (9, tariff("x"), "Rejected"),
        (1, tariff("x", prices=MAX_ELEMENTS + 1), "TooManyElements"),
    ],
)
def test_it_refuses_what_it_cannot_keep(world: World, evse_id: int, told: dict[str, Any], status: str) -> None:
    assert world.order("SetDefaultTariff", evseId=evse_id, tariff=told)["status"] == status
    assert held(world) == {"day": [1]}


def test_cleared_tariffs_are_gone_and_each_is_answered(world: World) -> None:
    answer = world.order("ClearTariffs", tariffIds=["day", "other"])
    assert answer["clearTariffsResult"] == [
        {"tariffId": "day", "status": "Accepted"},
        {"tariffId": "other", "status": "NoTariff"},
    ]
    assert world.order("ClearTariffs") == {"clearTariffsResult": [{"status": "NoTariff"}]}


def test_only_those_of_an_evse_are_cleared(world: World) -> None:
    world.order("SetDefaultTariff", evseId=2, tariff=tariff("two"))
    world.order("ClearTariffs", evseId=2)
    assert held(world) == {"day": [1]}


def test_a_running_transaction_s_tariff_changes_but_never_its_currency(world: World) -> None:
    assert world.order("ChangeTransactionTariff", transactionId="tx", tariff=tariff())["status"] == "TxNotFound"
    world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
    world.charger.present("TAG")
    world.run(30)
    name = world.calls("TransactionEvent")[0]["transactionInfo"]["transactionId"]
    for told, status in ((tariff("eur", "EUR"), "NoCurrencyChange"), (tariff("cheap"), "Accepted")):
        assert world.order("ChangeTransactionTariff", transactionId=name, tariff=told)["status"] == status
    many = tariff("many", prices=MAX_ELEMENTS + 1)
    assert world.order("ChangeTransactionTariff", transactionId=name, tariff=many)["status"] == "TooManyElements"
