"""A 2.x charger's password is changed (rule 8): as in 1.6, by SetVariables, or in 2.1 by a network profile."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import trio

from actors.chargers import orders
from csms import config, credentials
from csms.domain import commands
from csms.storage.reference import chargers
from tests.actors import node as nodes
from tests.actors.chargers import test_passwords as common
from tests.actors.node import Station, Watched
from tests.csms.gateway import support

OLD, NEW = common.OLD, common.NEW
KEY = "SecurityCtrlr.BasicAuthPassword"
SET = commands.SetConfiguration(key=KEY, value=NEW)
VARIABLE = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
RAW = commands.Raw(action="SetVariables", payload={"setVariableData": [{**VARIABLE, "attributeValue": NEW}]})
PROFILE = {
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://csms.example/ocpp",
    "messageTimeout": 30,
    "securityProfile": 1,
    "ocppInterface": "Wired0",
    "basicAuthPassword": NEW,
}
BOTH = pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "hash_password", credentials.hash_key)


@pytest.fixture
async def node(settings: config.Settings) -> AsyncIterator[Watched]:
    async with nodes.running(settings) as node:
        await node.add("charger.add", id="CP-09", security_profile=1, password=OLD)
        yield node


async def sign_in(node: Watched, nursery: trio.Nursery, version: str, password: str = OLD) -> Station:
    """CP-09's socket, attached."""

    async def listen(*, task_status: trio.TaskStatus[Station]) -> None:
        header = support.basic("CP-09", password)
        async with support.charger(f"{node.url}/CP-09", offer=[version], authorization=header) as socket:
            station = Station(socket)
            task_status.started(station)
            await station.listen()

    before = node.services.links.get("CP-09")
    station: Station = await nursery.start(listen)
    await node.until(lambda: node.services.links.get("CP-09") is not before)
    return station


def verdict(status: str) -> dict[str, Any]:
    """The answer to SetVariables."""
    return {"setVariableResult": [{**VARIABLE, "attributeStatus": status}]}


async def are_good(node: Watched, *passwords: str) -> bool:
    """Whether these are good now and no other; asking settles nothing."""
    stored = (await node.read(chargers.get, "CP-09")).credentials.good
    found = [next((each for each in passwords if credentials.verify(one, each)), None) for one in stored]
    return found == list(passwords)


@BOTH
@pytest.mark.parametrize("command", [SET, RAW], ids=["neutral", "raw"])
async def test_rule_8_it_goes_out_as_text_and_alone_counts_after_accepted(
    node: Watched, nursery: trio.Nursery, version: str, command: commands.AnyCommand
) -> None:
    station = await sign_in(node, nursery, version)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(common.order, node, command)
        message_id, action, payload = await station.asked()
        assert (action, payload["setVariableData"][0]["attributeValue"]) == ("SetVariables", NEW)
        assert await are_good(node, OLD, NEW)
        await station.answer(message_id, verdict("Accepted"))
    assert await are_good(node, NEW)


@BOTH
@pytest.mark.parametrize(
    ("status", "after"),
    [("Rejected", (OLD,)), ("UnknownVariable", (OLD,)), ("RebootRequired", (OLD, NEW))],
)
async def test_rule_8_what_the_charger_says_decides(
    node: Watched, nursery: trio.Nursery, version: str, status: str, after: tuple[str, ...]
) -> None:
    station = await sign_in(node, nursery, version)
    station.answers = {"SetVariables": verdict(status)}
    await common.order(node, SET)
    assert await are_good(node, *after)


@BOTH
async def test_rule_8_one_is_made_when_the_operator_gives_none(
    node: Watched, nursery: trio.Nursery, version: str
) -> None:
    station = await sign_in(node, nursery, version)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(partial(common.order, node, commands.SetConfiguration(key=KEY)))
        message_id, _, payload = await station.asked()
        made = payload["setVariableData"][0]["attributeValue"]
        await station.answer(message_id, verdict("Accepted"))
    assert 16 <= len(made) <= 40
    assert await are_good(node, made)


@BOTH
async def test_rule_8_a_lost_answer_leaves_both_good_until_one_is_used(
    node: Watched, nursery: trio.Nursery, version: str
) -> None:
    station = await sign_in(node, nursery, version)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(common.unanswered, node, SET)
        await station.asked()
        await station.close()
    assert await are_good(node, OLD, NEW)
    await node.until(lambda: "CP-09" not in node.services.links)
    again = await sign_in(node, nursery, version, NEW)
    assert await are_good(node, NEW)
    await again.close()


@BOTH
async def test_rule_8_one_that_the_charger_must_refuse_is_never_sent(
    node: Watched, nursery: trio.Nursery, version: str
) -> None:
    station = await sign_in(node, nursery, version)
    with pytest.raises(orders.NotExpressible):
        await common.order(node, commands.SetConfiguration(key=KEY, value="short"))
    assert station.waiting == 0
    assert await are_good(node, OLD)


async def test_rule_8_one_of_a_network_profile_stands_beside_the_old_one_until_it_is_used(
    node: Watched, nursery: trio.Nursery
) -> None:
    station = await sign_in(node, nursery, "ocpp2.1")
    station.answers = {"SetNetworkProfile": {"status": "Accepted"}}
    payload = {"configurationSlot": 1, "connectionData": PROFILE}
    await common.order(node, commands.Raw(action="SetNetworkProfile", payload=payload))
    assert await are_good(node, OLD, NEW)
    await station.close()
    await (await sign_in(node, nursery, "ocpp2.1", OLD)).close()
    assert await are_good(node, OLD, NEW), "it tried, and fell back"
    await (await sign_in(node, nursery, "ocpp2.1", NEW)).close()
    assert await are_good(node, NEW)


@BOTH
async def test_rule_8_it_is_written_nowhere(
    node: Watched, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    caplog.set_level("DEBUG")
    station = await sign_in(node, nursery, version)
    station.answers = {"SetVariables": verdict("Accepted"), "SetNetworkProfile": {"status": "Accepted"}}
    for command in (SET, RAW):
        await common.order(node, command)
    if version == "ocpp2.1":
        payload = {"configurationSlot": 1, "connectionData": PROFILE}
        await common.order(node, commands.Raw(action="SetNetworkProfile", payload=payload))
    everything = [
        repr(await node.log_of()),
        repr(node.services.traces.of("CP-09")),
        caplog.text,
        *(path.read_bytes().decode("latin-1") for path in node.settings.data.rglob("*") if path.is_file()),
    ]
    assert [text for text in everything if NEW in text] == []
