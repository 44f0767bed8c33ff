"""Messages on the display of a 2.x charger."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World


def _message(number: int = 1, **fields: Any) -> Payload:
    content = {"format": "UTF8", "content": f"text {number}"}
    return {"id": number, "priority": "NormalCycle", "message": content, **fields}


def _set(world: World, number: int = 1, **fields: Any) -> str:
    return str(world.order("SetDisplayMessage", message=_message(number, **fields))["status"])


def _shown(world: World, **criteria: Any) -> list[int]:
    world.sent.clear()
    answer = world.order("GetDisplayMessages", requestId=2, **criteria)
    found = [one["id"] for call in world.calls("NotifyDisplayMessages") for one in call["messageInfo"]]
    assert answer == {"status": "Accepted" if found else "Unknown"}
    return found


def test_messages_are_kept_replaced_and_cleared(world_of: Worlds) -> None:
    world = world_of()
    assert [_set(world, 1), _set(world, 2), _set(world, 1, state="Idle")] == ["Accepted"] * 3
    assert _shown(world) == [1, 2]
    assert _shown(world, state="Idle") == [1]
    assert _shown(world, id=[2, 3]) == [2]
    assert world.order("ClearDisplayMessage", id=2) == {"status": "Accepted"}
    assert world.order("ClearDisplayMessage", id=2) == {"status": "Unknown"}
    assert _shown(world) == [1]


def test_only_one_is_always_in_front(world_of: Worlds) -> None:
    world = world_of()
    _set(world, 1, priority="AlwaysFront")
    _set(world, 2, priority="AlwaysFront")
    assert _shown(world, priority="AlwaysFront") == [2]


def test_a_message_ends_at_its_time(world_of: Worlds) -> None:
    world = world_of()
    _set(world, 1, endDateTime="2027-01-15T08:10:00Z")
    world.run(599)
    assert _shown(world) == [1]
    world.run(2)
    assert _shown(world) == []


def test_a_message_of_a_transaction_ends_with_it(world_of: Worlds) -> None:
    world = world_of(charging=True)
    _set(world, 1, transactionId=world.entry.transaction_id)
    assert _shown(world) == [1]
    world.charger.present("TAG")
    world.talk()
    assert _shown(world) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"message": {"format": "HTML", "content": "<b>x</b>"}}, "NotSupportedMessageFormat"),
        ({"transactionId": "unknown"}, "UnknownTransaction"),
    ],
)
def test_what_it_cannot_show(world_of: Worlds, fields: Payload, status: str) -> None:
    assert _set(world_of(), **fields) == status


def test_its_room_is_limited(world_of: Worlds) -> None:
    world = world_of()
    assert {_set(world, number) for number in range(20)} == {"Accepted"}
    assert _set(world, 20) == "Rejected"
    assert _set(world, 5) == "Accepted"


def test_rule_45_the_cost_so_far_is_known(world_of: Worlds) -> None:
    world = world_of(charging=True)
    assert world.order("CostUpdated", totalCost=1.25, transactionId=world.entry.transaction_id) == {}
