"""Network connection profiles of a 2.x charger."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World

_PRIORITY: Payload = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "NetworkConfigurationPriority"},
}


def _set(world: World, slot: int = 2, **data: Any) -> str:
    profile = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "ws://other/ocpp",
        "messageTimeout": 30,
        "securityProfile": 1,
        "ocppInterface": "Wired0",
        **data,
    }
    return str(world.order("SetNetworkProfile", configurationSlot=slot, connectionData=profile)["status"])


def _prefer(world: World, slots: str) -> str:
    item = {**_PRIORITY, "attributeValue": slots}
    return str(world.order("SetVariables", setVariableData=[item])["setVariableResult"][0]["attributeStatus"])


def test_a_profile_counts_after_a_reboot_in_the_order_of_priority(world_of: Worlds) -> None:
    world = world_of()
    assert _set(world) == "Accepted"
    assert _prefer(world, "2,1") == "RebootRequired"
    assert list(world.charger.addresses) == ["ws://test/ocpp"]
    world.order("Reset", type="Immediate")
    assert list(world.charger.addresses) == ["ws://other/ocpp", "ws://test/ocpp"]


def test_slots_without_a_profile_are_left_out(world_of: Worlds) -> None:
    world = world_of()
    _prefer(world, "3,2")
    world.order("Reset", type="Immediate")
    assert world.charger.addresses == ("ws://test/ocpp",)


def test_there_are_three_slots(world_of: Worlds) -> None:
    world = world_of()
    assert _prefer(world, "4") == "Rejected"
    assert _set(world, 4) == "Rejected"


@pytest.mark.parametrize(
    "data", [{"ocppTransport": "SOAP"}, {"ocppVersion": "OCPP16"}, {"ocppCsmsUrl": "http://other"}]
)
def test_what_it_cannot_use(world_of: Worlds, data: Payload) -> None:
    assert _set(world_of(), **data) == "Rejected"


def test_rule_57_no_downgrade(world_of: Worlds) -> None:
    assert _set(world_of(password="0123456789abcdef"), securityProfile=0) == "Rejected"
