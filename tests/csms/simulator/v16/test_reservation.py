"""A 1.6 charger's reservations: they really keep the connector, until something ends them (rule 39)."""

from typing import Any

from tests.csms.simulator.world import World

IN_AN_HOUR = "2027-01-15T09:00:00Z"


def reserve(world: World, number: int = 7, connector: int = 1, token: str = "MINE", **more: Any) -> str:
    call = {"connectorId": connector, "expiryDate": IN_AN_HOUR, "idTag": token, "reservationId": number, **more}
    return str(world.order("ReserveNow", **call)["status"])


def charge(world: World, token: str, connector: int = 1) -> list[dict[str, Any]]:
    before = len(world.calls("StartTransaction"))
    world.charger.plug_in(connector)
    world.charger.present(token, connector)
    world.talk()
    return world.calls("StartTransaction")[before:]


def test_it_keeps_the_connector_for_its_token() -> None:
    world = World()
    assert reserve(world) == "Accepted"
    assert world.statuses()[-1] == "Reserved"
    assert charge(world, "OTHER") == []
    [start] = charge(world, "mine")
    assert start["reservationId"] == 7
    assert len(world.charger.reservations) == 0


def test_a_transaction_without_one_names_none() -> None:
    world = World(connectors=2)
    reserve(world)
    [start] = charge(world, "OTHER", connector=2)
    assert "reservationId" not in start


def test_rule_39_a_parent_token_may_use_it() -> None:
    world = World()
    reserve(world, parentIdTag="FLEET")
    world.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}}
    [start] = charge(world, "SISTER")
    assert start["reservationId"] == 7


def test_rule_39_it_ends_by_its_time_and_by_cancelling() -> None:
    world = World()
    reserve(world)
    world.run(3601)
    assert world.statuses()[-2:] == ["Reserved", "Available"]
    reserve(world, number=8, expiryDate="2027-01-15T11:00:00Z")
    assert world.order("CancelReservation", reservationId=8) == {"status": "Accepted"}
    assert world.order("CancelReservation", reservationId=8) == {"status": "Rejected"}
    assert world.statuses()[-1] == "Available"


def test_rule_39_it_ends_by_a_fault_and_out_of_service() -> None:
    for trouble in ("Faulted", "Unavailable"):
        world = World()
        reserve(world)
        if trouble == "Faulted":
            world.charger.fault()
        else:
            world.order("ChangeAvailability", connectorId=1, type="Inoperative")
        world.talk()
        assert (world.statuses()[-1], len(world.charger.reservations)) == (trouble, 0)


def test_what_cannot_be_reserved() -> None:
    world = World(connectors=3)
    world.charger.plug_in(1)
    world.charger.fault(connector_id=2)
    world.order("ChangeAvailability", connectorId=3, type="Inoperative")
    assert [reserve(world, connector=number) for number in (1, 2, 3, 9)] == [
        "Occupied",
        "Faulted",
        "Unavailable",
        "Rejected",
    ]
    assert reserve(World(), expiryDate="2020-01-01T00:00:00Z") == "Rejected"


def test_one_of_the_same_id_is_replaced() -> None:
    world = World(connectors=2)
    reserve(world, connector=1)
    assert reserve(world, connector=2) == "Accepted"
    assert (world.statuses(1)[-1], world.statuses(2)[-1]) == ("Available", "Reserved")


def test_one_for_any_connector_keeps_the_last_that_is_left() -> None:
    world = World(connectors=2)
    assert reserve(world, connector=0) == "Accepted"
    assert len(charge(world, "OTHER", connector=1)) == 1
    assert world.statuses(2)[-1] == "Reserved"
    assert charge(world, "ANOTHER", connector=2) == []
    [start] = charge(world, "MINE", connector=2)
    assert start["reservationId"] == 7
