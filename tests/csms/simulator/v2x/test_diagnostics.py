"""Logs that a 2.x charger brings, and what it tells of a customer."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World


def _get_log(world: World, request_id: int = 4, **more: Any) -> Payload:
    where = {"remoteLocation": "http://files/up/"}
    answer = world.order("GetLog", logType="SecurityLog", requestId=request_id, log=where, **more)
    assert isinstance(answer, dict)
    return answer


def _steps(world: World) -> list[tuple[int, str]]:
    return [(call["requestId"], call["status"]) for call in world.calls("LogStatusNotification")]


def test_a_log_is_brought(world_of: Worlds) -> None:
    world = world_of()
    answer = _get_log(world)
    errand = world.charger.errands.popleft()
    assert (errand.method, errand.url) == ("PUT", f"http://files/up/{answer['filename']}")
    assert b"charger CP-1" in errand.body
    errand.done(201, b"")
    world.talk()
    assert _steps(world) == [(4, "Uploading"), (4, "Uploaded")]


def test_it_is_tried_again_as_often_as_asked(world_of: Worlds) -> None:
    world = world_of()
    _get_log(world, retries=1, retryInterval=30)
    for _ in range(2):
        world.charger.errands.popleft().done(0, b"")
        world.run(31)
    assert not world.charger.errands
    assert _steps(world) == [(4, "Uploading"), (4, "UploadFailure")]


def test_another_order_ends_the_first(world_of: Worlds) -> None:
    world = world_of()
    _get_log(world, 4)
    assert _get_log(world, 5)["status"] == "AcceptedCanceled"
    for errand in list(world.charger.errands):
        errand.done(200, b"")
    world.talk()
    assert _steps(world) == [(4, "Uploading"), (4, "AcceptedCanceled"), (5, "Uploading"), (5, "Uploaded")]


def test_how_far_it_is_can_be_asked(world_of: Worlds) -> None:
    world = world_of()
    world.order("TriggerMessage", requestedMessage="LogStatusNotification")
    _get_log(world)
    world.order("TriggerMessage", requestedMessage="LogStatusNotification")
    assert world.calls("LogStatusNotification")[0] == {"status": "Idle"}
    assert world.calls("LogStatusNotification")[-1] == {"status": "Uploading", "requestId": 4}


_CUSTOMER = {"idToken": "TAG", "type": "ISO14443"}


def _customer(world: World, **fields: Any) -> str:
    return str(world.order("CustomerInformation", requestId=6, **fields)["status"])


def _told(world: World) -> str:
    parts = world.calls("NotifyCustomerInformation")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    return "".join(part["data"] for part in parts)


def test_what_it_knows_of_a_customer_is_told_and_forgotten(world_of: Worlds) -> None:
    world = world_of(charging=True)
    assert _customer(world, report=True, clear=True, idToken=_CUSTOMER) == "Accepted"
    assert "cached token TAG" in _told(world)
    assert str(world.entry.transaction_id) in _told(world)
    world.sent.clear()
    assert _customer(world, report=True, clear=False, idToken=_CUSTOMER) == "Accepted"
    assert "cached" not in _told(world)


def test_much_is_told_in_parts(world_of: Worlds) -> None:
    world = world_of(charging=True)
    for _ in range(10):
        world.charger.present("TAG")
        world.run(20)
    _customer(world, report=True, clear=False, idToken=_CUSTOMER)
    _told(world)
    assert len(world.calls("NotifyCustomerInformation")) > 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"report": True, "clear": False}, "Invalid"),
        ({"report": True, "clear": False, "customerIdentifier": "x", "idToken": _CUSTOMER}, "Invalid"),
        ({"report": False, "clear": False, "idToken": _CUSTOMER}, "Rejected"),
        ({"report": True, "clear": False, "customerIdentifier": "nobody"}, "Accepted"),
    ],
)
def test_one_customer_is_named(world_of: Worlds, fields: Payload, status: str) -> None:
    assert _customer(world_of(), **fields) == status
