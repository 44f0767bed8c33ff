"""A 1.6 charger's local list: kept, told, and really asked when nobody else can be (rule 32)."""

from typing import Any

from tests.csms.simulator.world import World


def listed(token: str, status: str = "Accepted", **info: Any) -> dict[str, Any]:
    return {"idTag": token, "idTagInfo": {"status": status, **info}}


def send(world: World, version: int, *entries: dict[str, Any], full: bool = True) -> str:
    update = "Full" if full else "Differential"
    answer = world.order("SendLocalList", listVersion=version, updateType=update, localAuthorizationList=list(entries))
    return str(answer["status"])


def test_rule_32_full_replaces_and_differential_changes() -> None:
    world = World()
    assert world.order("GetLocalListVersion") == {"listVersion": 0}
    assert send(world, 5, listed("A"), listed("B")) == "Accepted"
    assert send(world, 6, listed("C"), {"idTag": "a"}, full=False) == "Accepted"
    known = [token for token in "ABC" if world.charger.local_list.find(token)]
    assert (known, world.order("GetLocalListVersion")) == (["B", "C"], {"listVersion": 6})
    assert send(world, 7) == "Accepted"
    assert len(world.charger.local_list) == 0


def test_rule_32_an_old_version_is_a_mismatch_and_a_long_message_fails() -> None:
    world = World()
    send(world, 5)
    assert send(world, 5, listed("A"), full=False) == "VersionMismatch"
    assert send(world, 6, *(listed(f"T{n}") for n in range(101))) == "Failed"
    assert len(world.charger.local_list) == 0


def test_a_charger_that_keeps_no_list_says_so() -> None:
    world = World()
    world.order("ChangeConfiguration", key="LocalAuthListEnabled", value="false")
    assert world.order("GetLocalListVersion") == {"listVersion": -1}
    assert send(world, 1) == "NotSupported"


def test_offline_the_list_decides_before_the_rule_for_strangers() -> None:
    world = World(connectors=4)
    world.charger.settings.offline_unknown = False
    send(world, 1, listed("GOOD"), listed("BAD", "Blocked"), listed("OLD", expiryDate="2020-01-01T00:00:00Z"))
    world.disconnect()
    for number, token in enumerate(("GOOD", "BAD", "OLD", "STRANGER"), start=1):
        world.charger.plug_in(number)
        world.charger.present(token, number)
    assert [connector.session is not None for connector in world.charger.connectors.values()] == [True, *[False] * 3]


def test_a_listed_token_may_start_without_asking() -> None:
    world = World()
    send(world, 1, listed("GOOD"))
    world.charger.settings.pre_authorize = True
    world.charger.plug_in()
    world.charger.present("GOOD")
    world.talk()
    assert world.calls("Authorize") == []
    assert len(world.calls("StartTransaction")) == 1
