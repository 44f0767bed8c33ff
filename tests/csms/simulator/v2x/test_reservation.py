"""Reservations of a 2.x charger."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import World


def _reserve(world: World, number: int = 7, **more: Any) -> str:
    token = {"idToken": "TAG", "type": "ISO14443"}
    fields = {"expiryDateTime": "2027-01-15T08:30:00Z", "idToken": token, **more}
    return str(world.order("ReserveNow", id=number, **fields)["status"])


def _states(world: World) -> list[str]:
    statuses = [call["connectorStatus"] for call in world.calls("StatusNotification")]
    events = [event for call in world.calls("NotifyEvent") for event in call["eventData"]]
    return statuses + [one["actualValue"] for one in events if one["variable"]["name"] == "AvailabilityState"]


def test_rule_39_a_reservation_ends_by_use(world_of: Worlds) -> None:
    world = world_of()
    assert _reserve(world, evseId=1) == "Accepted"
    assert _states(world) == ["Reserved"]
    world.charger.plug_in(1)
    world.charger.present("OTHER")
    world.talk()
    assert not world.calls("TransactionEvent")
    world.charger.present("TAG")
    world.talk()
    assert world.calls("TransactionEvent")[0]["reservationId"] == 7


def test_rule_39_it_ends_at_its_time(world_of: Worlds) -> None:
    world = world_of()
    _reserve(world, evseId=1)
    world.run(1801)
    assert world.calls("ReservationStatusUpdate") == [{"reservationId": 7, "reservationUpdateStatus": "Expired"}]
    assert _states(world) == ["Reserved", "Available"]


def test_rule_39_it_ends_by_cancelling(world_of: Worlds) -> None:
    world = world_of()
    _reserve(world, evseId=1)
    assert world.order("CancelReservation", reservationId=7) == {"status": "Accepted"}
    assert world.order("CancelReservation", reservationId=7) == {"status": "Rejected"}
    assert not world.calls("ReservationStatusUpdate")


def test_rule_39_it_ends_with_a_broken_connector(world_of: Worlds) -> None:
    world = world_of()
    _reserve(world, evseId=1)
    world.charger.fault("GroundFailure")
    world.talk()
    assert world.calls("ReservationStatusUpdate") == [{"reservationId": 7, "reservationUpdateStatus": "Removed"}]


def test_rule_39_a_member_of_the_group_may_use_it(world_of: Worlds) -> None:
    world = world_of()
    group: dict[str, Any] = {"groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
    _reserve(world, evseId=1, **group)
    world.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", **group}}
    world.charger.plug_in(1)
    world.charger.present("SISTER")
    world.talk()
    assert world.calls("TransactionEvent")[0]["reservationId"] == 7


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ({}, "Accepted"),
        ({"connectorType": "cType2"}, "Accepted"),
        ({"connectorType": "cCCS2"}, "Rejected"),
        ({"evseId": 2}, "Rejected"),
        ({"evseId": 1, "expiryDateTime": "2027-01-15T07:00:00Z"}, "Rejected"),
    ],
)
def test_what_can_be_reserved(world_of: Worlds, place: dict[str, Any], status: str) -> None:
    assert _reserve(world_of(), **place) == status


def test_what_is_in_use_cannot_be_reserved(world_of: Worlds) -> None:
    assert _reserve(world_of(charging=True), evseId=1) == "Occupied"
