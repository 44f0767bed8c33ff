"""A charger's password is changed (rule 8): it is never locked out, whatever happens in between.

CP-09 has security profile 1. What it holds is its own business: the tests sign in as it would.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
import trio_websocket

from actors import runtime, tree
from actors.chargers import charger, orders, outbound
from actors.chargers.passwords import Passwords
from csms import config, credentials
from csms.domain import commands, events, rotation
from csms.storage.reference import chargers
from tests.actors import node as nodes
from tests.actors.node import Station, Watched
from tests.csms.gateway import support

OLD, NEW = "the old password", "the new password"
HEX = NEW.encode().hex()
SET = commands.SetConfiguration(key="AuthorizationKey", value=NEW)
RAW = commands.Raw(action="ChangeConfiguration", payload={"key": "AuthorizationKey", "value": HEX})


HASH_PASSWORD = credentials.hash_password


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chosen passwords are hashed like made ones: what takes long on purpose would take most of the time here."""
    monkeypatch.setattr(credentials, "hash_password", credentials.hash_key)


@pytest.fixture
async def node(settings: config.Settings) -> AsyncIterator[Watched]:
    async with nodes.running(settings) as node:
        await node.add("charger.add", id="CP-09", security_profile=1, password=OLD)
        yield node


async def listen(url: str, authorization: str, *, task_status: trio.TaskStatus[Station]) -> None:
    async with support.charger(url, authorization=authorization) as socket:
        station = Station(socket)
        task_status.started(station)
        await station.listen()


async def sign_in(node: Watched, nursery: trio.Nursery, password: str = OLD) -> Station:
    """CP-09's socket, attached. Raises trio_websocket.ConnectionRejected."""
    before = node.services.links.get("CP-09")
    station: Station = await nursery.start(listen, f"{node.url}/CP-09", support.basic("CP-09", password))
    await node.until(lambda: node.services.links.get("CP-09") is not before)
    return station


async def is_let_in(node: Watched, password: str) -> bool:
    """Whether a charger with this password gets in; it leaves at once. That may settle what was unknown."""
    let_in = False
    try:
        async with support.charger(f"{node.url}/CP-09", authorization=support.basic("CP-09", password)):
            await node.until(lambda: "CP-09" in node.services.links)
            let_in = True
    except* trio_websocket.ConnectionRejected as group:
        assert "401" in repr(group.exceptions)
    await node.until(lambda: "CP-09" not in node.services.links)
    return let_in


async def good(node: tree.Node) -> list[str]:
    """Which of the passwords are good now; asking settles nothing."""
    known = (await node.read(chargers.get, "CP-09")).credentials
    return [name for name in (OLD, NEW) if any(credentials.verify(each, name) for each in known.good)]


async def order(node: Watched, command: commands.AnyCommand = SET) -> outbound.Executed:
    return await charger.execute(node.services, await node.charger("CP-09"), command, by="test")


async def unanswered(node: Watched, command: commands.AnyCommand = SET) -> None:
    with pytest.raises((orders.NoAnswer, runtime.ActorCrashed)):
        await order(node, command)


async def hung_up(node: Watched, nursery: trio.Nursery) -> None:
    """The new password is sent, and the link is lost before anything is answered."""
    station = await sign_in(node, nursery)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(unanswered, node)
        await station.asked()
        await station.close()
    await node.until(lambda: "CP-09" not in node.services.links)


# -- The charger answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [SET, RAW], ids=["neutral", "raw"])
async def test_rule_8_it_is_good_before_it_is_sent_and_alone_after_accepted(
    node: Watched, nursery: trio.Nursery, command: commands.AnyCommand
) -> None:
    station = await sign_in(node, nursery)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(order, node, command)
        message_id, action, payload = await station.asked()
        assert (action, payload) == ("ChangeConfiguration", {"key": "AuthorizationKey", "value": HEX})
        assert await good(node) == [OLD, NEW]
        await station.answer(message_id, {"status": "Accepted"})
    assert await good(node) == [NEW]
    await station.close()
    assert not await is_let_in(node, OLD)
    assert await is_let_in(node, NEW)


async def test_rule_8_old_firmware_may_take_the_hex_for_the_password(node: Watched, nursery: trio.Nursery) -> None:
    station = await sign_in(node, nursery)
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}}
    await order(node)
    await station.close()
    assert await is_let_in(node, HEX)


@pytest.mark.parametrize("answer", ["Rejected", "NotSupported"])
async def test_rule_8_the_old_one_is_kept_when_the_charger_refuses(
    node: Watched, nursery: trio.Nursery, answer: str
) -> None:
    station = await sign_in(node, nursery)
    station.answers = {"ChangeConfiguration": {"status": answer}}
    assert (await order(node)).refused
    assert await good(node) == [OLD]
    await station.close()
    assert not await is_let_in(node, NEW)
    assert await is_let_in(node, OLD)


async def test_rule_8_one_that_counts_after_a_reboot_leaves_the_old_one_good_until_then(
    node: Watched, nursery: trio.Nursery
) -> None:
    station = await sign_in(node, nursery)
    station.answers = {"ChangeConfiguration": {"status": "RebootRequired"}}
    await order(node)
    await station.close()
    assert await is_let_in(node, OLD), "the link was lost before the reboot"
    assert await is_let_in(node, NEW)
    assert await good(node) == [NEW]


async def test_rule_8_a_password_is_made_when_the_operator_gives_none(node: Watched, nursery: trio.Nursery) -> None:
    station = await sign_in(node, nursery)
    sent = ""
    async with trio.open_nursery() as waiting:
        waiting.start_soon(order, node, commands.SetConfiguration(key="AuthorizationKey"))
        message_id, _, payload = await station.asked()
        sent = payload["value"]
        await station.answer(message_id, {"status": "Accepted"})
    assert len(bytes.fromhex(sent)) == 20, "a 1.6 charger keeps at most 20 bytes"
    await station.close()
    assert await is_let_in(node, bytes.fromhex(sent).decode())
    assert not await is_let_in(node, OLD)
    stored = (await node.read(chargers.get, "CP-09")).credential
    assert not credentials.is_slow(stored or ""), "ten thousand chargers reconnect at once"


async def test_rule_8_one_that_an_operator_chose_is_hashed_slowly(
    node: Watched, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "hash_password", HASH_PASSWORD)
    station = await sign_in(node, nursery)
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}}
    await order(node)
    assert credentials.is_slow((await node.read(chargers.get, "CP-09")).credential or "")


async def test_a_charger_that_was_asked_for_no_password_needs_the_one_it_took(
    node: Watched, nursery: trio.Nursery
) -> None:
    await node.add("charger.add", id="CP-00")
    station = await nursery.start(nodes.run, f"{node.url}/CP-00")
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}}
    await node.until(lambda: "CP-00" in node.services.links)
    await charger.execute(node.services, await node.charger("CP-00"), SET, by="test")
    [stored] = (await node.read(chargers.get, "CP-00")).credentials.good
    assert credentials.verify(stored, NEW)


# -- The outcome is unknown --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("holds", "not_any_more"), [(OLD, NEW), (NEW, OLD)], ids=["not applied", "applied"])
async def test_rule_8_a_lost_answer_leaves_both_good_until_one_is_used(
    node: Watched, nursery: trio.Nursery, holds: str, not_any_more: str
) -> None:
    await hung_up(node, nursery)
    assert await good(node) == [OLD, NEW]
    assert not await is_let_in(node, "neither of them..")
    assert await is_let_in(node, holds)
    assert not await is_let_in(node, not_any_more)
    assert await is_let_in(node, holds)


async def test_rule_8_no_answer_in_time_leaves_both_good(settings: config.Settings, nursery: trio.Nursery) -> None:
    async with nodes.running(nodes.made(settings.data, command_timeout=0.05)) as node:
        await node.add("charger.add", id="CP-09", security_profile=1, password=OLD)
        station = await sign_in(node, nursery)
        await unanswered(node)
        assert await good(node) == [OLD, NEW]
        await station.close()


@pytest.mark.parametrize("answer", [{"status": "Perhaps"}, {}, None], ids=["nonsense", "nothing", "an error"])
async def test_an_answer_that_tells_nothing_leaves_both_good(
    node: Watched, nursery: trio.Nursery, answer: dict[str, Any] | None
) -> None:
    station = await sign_in(node, nursery)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(order, node)
        message_id, _, _ = await station.asked()
        await (station.refuse(message_id) if answer is None else station.answer(message_id, answer))
    assert await good(node) == [OLD, NEW]
    assert node.have(events.ConfigurationChanged) == [], "nothing says that it took the value"


async def test_rule_8_a_newer_socket_with_the_old_one_settles_nothing_about_a_call_under_way(
    node: Watched, nursery: trio.Nursery
) -> None:
    station = await sign_in(node, nursery)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(unanswered, node)
        await station.asked()
        newer = await sign_in(node, nursery)  # the charger has the call still to read from its old socket
    assert await good(node) == [OLD, NEW]
    await newer.close()


async def test_too_many_unknown_ones_are_refused_until_one_is_used(
    node: Watched, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "LIMIT", 1)
    await hung_up(node, nursery)
    ref = await node.charger("CP-09")
    assert (await charger.live(ref)).online is False
    station = await sign_in(node, nursery)
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}}
    assert (await order(node)).status == "accepted", "the sign-in settled it"

    station.answers = {}
    async with trio.open_nursery() as waiting:
        waiting.start_soon(unanswered, node)
        await station.asked()
        with pytest.raises(orders.QueueFull):
            await order(node)
        await station.close()
    await is_let_in(node, NEW)


async def test_a_password_that_the_charger_must_refuse_is_never_sent(node: Watched, nursery: trio.Nursery) -> None:
    station = await sign_in(node, nursery)
    for value in ("", " ", "short"):
        with pytest.raises(orders.NotExpressible):
            await order(node, commands.Raw(action="ChangeConfiguration", payload=RAW.payload | {"value": value}))
    assert station.waiting == 0
    assert await good(node) == [OLD]


# -- Crashes -----------------------------------------------------------------------------------------------------------


async def test_rule_8_killed_between_any_two_steps_the_server_lets_the_charger_in(
    node: Watched, nursery: trio.Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image of the data directory after each commit is what a kill at that moment leaves behind."""
    holds = OLD
    images: list[tuple[Path, str]] = []
    station = await sign_in(node, nursery)

    def imaged(commit: Callable[..., Any]) -> Callable[..., Any]:
        def commit_and_copy(*args: Any) -> Any:
            result = commit(*args)
            image = tmp_path / f"image-{len(images)}"
            shutil.copytree(node.settings.data, image, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
            images.append((image, holds))
            return result

        return commit_and_copy

    for name in ("append_batch", "change"):
        monkeypatch.setattr(node.log, name, imaged(getattr(node.log, name)))
    async with trio.open_nursery() as waiting:
        waiting.start_soon(order, node)
        message_id, _, _ = await station.asked()
        shutil.copytree(node.settings.data, tmp_path / "sent", ignore=shutil.ignore_patterns("*.sock", "*.lock"))
        images.append((tmp_path / "sent", holds))
        shutil.copytree(node.settings.data, tmp_path / "applied", ignore=shutil.ignore_patterns("*.sock", "*.lock"))
        images.append((tmp_path / "applied", NEW))
        holds = NEW
        await station.answer(message_id, {"status": "Accepted"})
    monkeypatch.undo()
    assert {held for _, held in images} == {OLD, NEW}
    assert len(images) >= 6, "offered, requested, sent, applied, taken, ended"
    for image, held in images:
        async with nodes.running(nodes.made(image)) as again:
            assert await is_let_in(again, held), image.name
            assert await good(again) == [held]


async def test_rule_8_an_actor_that_crashes_on_the_answer_leaves_both_good(
    node: Watched, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def poison(self: Passwords, credential: str, status: str) -> None:
        raise RuntimeError("poison")

    station = await sign_in(node, nursery)
    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "answered", poison)
        async with trio.open_nursery() as waiting:
            waiting.start_soon(unanswered, node)
            message_id, _, _ = await station.asked()
            await station.answer(message_id, {"status": "Accepted"})
    assert await good(node) == [OLD, NEW]
    await station.close()
    assert await is_let_in(node, NEW)
    assert await good(node) == [NEW]


# -- Secrecy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["AuthorizationKey", "authorizationkey"])
@pytest.mark.parametrize("raw", [False, True])
async def test_rule_8_a_password_is_written_nowhere(
    node: Watched, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, key: str, raw: bool
) -> None:
    caplog.set_level("DEBUG")
    station = await sign_in(node, nursery)
    payload = {"key": key, "value": HEX}
    shown = {"configurationKey": [{"key": key, "readonly": False, "value": HEX}]}
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}, "GetConfiguration": shown}
    await order(
        node,
        commands.Raw(action="ChangeConfiguration", payload=payload)
        if raw
        else commands.SetConfiguration(key=key, value=NEW),
    )
    read = await order(node, commands.GetConfiguration())
    everything = [
        repr(await node.log_of()),
        repr(node.services.traces.of("CP-09")),
        repr(node.actors()),
        repr(read.response),
        caplog.text,
        *(path.read_bytes().decode("latin-1") for path in node.settings.data.rglob("*") if path.is_file()),
    ]
    for secret in (NEW, HEX):
        assert [text for text in everything if secret in text] == []
