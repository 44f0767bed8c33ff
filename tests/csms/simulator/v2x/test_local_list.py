"""Local authorization list of a 2.x charger."""

from typing import Any

import pytest

from tests.csms.simulator.v2x.conftest import Worlds
from tests.csms.simulator.world import Payload, World


def _entry(token: str, status: str | None = "Accepted", **info: Any) -> Payload:
    entry: Payload = {"idToken": {"idToken": token, "type": "ISO14443"}}
    return entry if status is None else {**entry, "idTokenInfo": {"status": status, **info}}


def _send(world: World, version: int, *entries: Payload, update: str = "Full") -> str:
    listed = {"localAuthorizationList": list(entries)} if entries else {}
    return str(world.order("SendLocalList", versionNumber=version, updateType=update, **listed)["status"])


def _version(world: World) -> int:
    return int(world.order("GetLocalListVersion")["versionNumber"])


def _starts(world: World, token: str) -> bool:
    before = len(world.ledger.entries)
    world.charger.plug_in(1)
    world.charger.present(token)
    world.charger.unplug(1)
    return len(world.ledger.entries) > before


def test_rule_32_full_replaces_differential_changes_and_empty_clears(world_of: Worlds) -> None:
    world = world_of()
    assert _version(world) == 0
    assert _send(world, 1, _entry("A"), _entry("B")) == "Accepted"
    assert _send(world, 2, _entry("A", None), _entry("C"), update="Differential") == "Accepted"
    assert (_version(world), len(world.charger.local_list)) == (2, 2)
    assert _send(world, 2, _entry("D"), update="Differential") == "VersionMismatch"
    assert _send(world, 5) == "Accepted"
    assert (_version(world), len(world.charger.local_list)) == (5, 0)


@pytest.mark.parametrize("version", [0, -1])
def test_rule_32_versions_are_above_zero(world_of: Worlds, version: int) -> None:
    assert _send(world_of(), version, _entry("A")) == "Failed"


def test_offline_the_list_decides(world_of: Worlds) -> None:
    world = world_of()
    world.charger.settings.offline_unknown = False
    _send(world, 1, _entry("GOOD"), _entry("BAD", "Blocked"), _entry("OLD", cacheExpiryDateTime="2027-01-01T00:00:00Z"))
    world.disconnect()
    assert [_starts(world, token) for token in ("good", "BAD", "OLD", "NEW")] == [True, False, False, False]


def test_a_list_that_is_switched_off_is_no_list(world_of: Worlds) -> None:
    world = world_of()
    name = {"component": {"name": "LocalAuthListCtrlr"}, "variable": {"name": "Enabled"}}
    world.order("SetVariables", setVariableData=[{**name, "attributeValue": "false"}])
    assert _send(world, 1, _entry("A")) == "Failed"
    assert _version(world) == 0
