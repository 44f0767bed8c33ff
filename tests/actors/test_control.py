"""The control socket: the command line writes through it while a server runs. One line in, one line out."""

import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from actors import control, runtime
from csms import config
from csms.storage import control as client
from csms.storage import operations
from csms.storage.reference import tokens
from tests.actors import node as nodes
from tests.actors.node import PATIENCE, Station, Watched


async def ask(node: Watched, operation: str, **arguments: Any) -> Any:
    """As the command line does."""
    return await trio.to_thread.run_sync(client.ask, node.settings.data, operation, arguments)


@pytest.fixture
async def peer(node: Watched, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[trio.SocketStream]:
    """A bare connection."""
    monkeypatch.chdir(node.settings.data)  # the path of a socket must be short
    async with await trio.open_unix_socket(client.NAME) as stream:
        yield stream


async def said(peer: trio.SocketStream, line: bytes) -> dict[str, Any]:
    """Send this, and all that comes back."""
    await peer.send_all(line)
    received = b""
    with trio.fail_after(PATIENCE):
        async for chunk in peer:
            received += chunk
    assert received.endswith(b"\n")
    answer: dict[str, Any] = json.loads(received)
    return answer


def actor(node: Watched) -> runtime.Ref[runtime.Task]:
    ref = node.system.registry.lookup("background/control", runtime.Task)
    assert ref is not None
    return ref


# -- What it does ------------------------------------------------------------------------------------------------------


async def test_what_the_command_line_writes_is_stored(node: Watched) -> None:
    added = await ask(node, "token.add", id_token="T1")
    assert added["id_token"] == "T1"
    found = await node.read(tokens.find, "T1")
    assert found is not None and found.registered


async def test_what_is_added_may_connect_at_once(node: Watched, connect: nodes.Connect) -> None:
    await ask(node, "charger.add", id="CP-09", connectors=[{"id": 1}])
    assert (await (await connect("CP-09")).boot())["status"] == "Accepted"


async def test_a_password_that_is_made_is_told_once(node: Watched) -> None:
    added = await ask(node, "charger.add", id="CP-09", security_profile=1)
    assert added["password"] not in repr(await node.read(lambda conn: list(conn.iterdump())))


async def test_a_refusal_says_what_was_wrong(node: Watched) -> None:
    with pytest.raises(client.Refused, match="charger CP-01 exists already") as refused:
        await ask(node, "charger.add", id="CP-01")
    assert refused.value.kind == "AlreadyExists"


async def test_nothing_is_written_of_what_is_refused(node: Watched) -> None:
    with pytest.raises(client.Refused, match="row 2"):
        await ask(node, "charger.import", rows=[{"id": "CP-08"}, {"id": "CP-01"}])
    with pytest.raises(LookupError):
        await node.charger("CP-08")


async def test_an_unknown_operation_is_told_with_those_that_are_known(node: Watched) -> None:
    with pytest.raises(client.Refused, match=r"there are: .*charger\.add") as refused:
        await ask(node, "charger.explode")
    assert refused.value.kind == "UnknownOperation"


async def test_it_tells_who_serves(node: Watched, station: Station) -> None:
    status = await ask(node, "server.status")
    assert (status["pid"], status["healthy"]) == (os.getpid(), True)
    assert status["started_at"] == node.started_at.isoformat()
    assert [f":{port}/" in node.url for port in status["ocpp_ports"]] == [True]


async def test_an_actor_is_restarted_by_its_name(node: Watched, station: Station) -> None:
    assert await ask(node, "actor.restart", name="chargers/CP-01") == {}
    with pytest.raises(client.Refused, match="CP-99") as refused:
        await ask(node, "actor.restart", name="chargers/CP-99")
    assert refused.value.kind == "UnknownChild"


async def test_many_may_ask_at_once(node: Watched) -> None:
    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(lambda number: ask(node, "token.add", id_token=f"T{number}"), number)
    assert [await node.read(tokens.find, f"T{number}") is not None for number in range(10)] == [True] * 10


# -- Whoever is at the other end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"hello\n",
        b"\xff\xfe\n",
        b"[1, 2]\n",
        b'"token.add"\n',
        b"{}\n",
        b'{"arguments": {}}\n',
        b'{"operation": "token.add", "arguments": 5}\n',
        b'{"operation": "token.add", "arguments": "id"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
async def test_what_is_no_request_is_answered_with_how_to_ask(peer: trio.SocketStream, line: bytes) -> None:
    answer = await said(peer, line)
    assert answer["error"]["type"] == "BadRequest"
    assert "operation" in answer["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"id_token": None},
        {"id_token": {"a": 1}},
        {"id_token": "T1", "nonsense": 1},
        {"id_token": "T1", "blocked": "perhaps"},
        {"id_token": "\ud800"},
        {"id_token": 10**30},
    ],
)
async def test_arguments_that_cannot_be_are_refused(peer: trio.SocketStream, arguments: dict[str, Any]) -> None:
    answer = await said(peer, json.dumps({"operation": "token.add", "arguments": arguments}).encode() + b"\n")
    assert answer["error"]["type"] == "InvalidValue"


async def test_arguments_may_be_left_out(peer: trio.SocketStream) -> None:
    assert "result" in await said(peer, b'{"operation": "server.status"}\n')


async def test_an_operation_that_fails_unforeseen_ends_alone(
    node: Watched, peer: trio.SocketStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(conn: object, fields: object) -> dict[str, Any]:
        raise ZeroDivisionError("secret 1234")

    monkeypatch.setitem(operations.OPERATIONS, "token.add", broken)
    answer = await said(peer, b'{"operation": "token.add"}\n')
    assert answer["error"]["type"] == "InternalError"
    assert "1234" not in answer["error"]["message"]
    assert await ask(node, "server.status")
    assert runtime.sys.statistics(actor(node))["restarts"] == 0


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has long to say what they want."""
    monkeypatch.setattr(control, "LINE_SECONDS", 0.1)


async def test_a_peer_that_hangs_is_cut_off(soon: None, node: Watched, peer: trio.SocketStream) -> None:
    await peer.send_all(b'{"operation":')
    with trio.fail_after(PATIENCE):
        assert await peer.receive_some() == b""


async def test_a_peer_that_hangs_holds_up_nobody(node: Watched, peer: trio.SocketStream) -> None:
    await peer.send_all(b'{"operation":')
    assert await ask(node, "server.status")
    assert "result" in await said(peer, b'"server.status"}\n')


async def test_a_peer_that_reads_nothing_is_cut_off(
    soon: None,
    node: Watched,
    peer: trio.SocketStream,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setitem(operations.OPERATIONS, "token.add", lambda conn, fields: {"text": "x" * 10_000_000})
    await peer.send_all(b'{"operation": "token.add"}\n')
    await node.until(lambda: "control_client_left" in caplog.text)
    monkeypatch.setattr(control, "LINE_SECONDS", PATIENCE)
    assert await ask(node, "server.status")


@pytest.mark.parametrize("sent", [b"", b'{"operation": "server.st', b'{"operation": "server.status"}\n'])
async def test_a_peer_that_leaves_early_is_no_matter(node: Watched, peer: trio.SocketStream, sent: bytes) -> None:
    if sent:
        await peer.send_all(sent)
    await peer.aclose()
    assert await ask(node, "server.status")
    assert runtime.sys.statistics(actor(node))["restarts"] == 0


async def test_a_line_has_a_limit(node: Watched, peer: trio.SocketStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "LINE_BYTES", 1000)
    with trio.fail_after(PATIENCE), pytest.raises(trio.BrokenResourceError):
        while True:
            await peer.send_all(b"x" * 1000)
    assert await ask(node, "server.status")


# -- The file ----------------------------------------------------------------------------------------------------------


async def test_only_the_owner_may_use_the_socket(node: Watched) -> None:
    mode = (node.settings.data / client.NAME).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


async def test_the_socket_goes_with_the_server(settings: config.Settings) -> None:
    async with nodes.running(settings):
        assert (settings.data / client.NAME).exists()
    assert not (settings.data / client.NAME).exists()
    with pytest.raises(client.NoServer):
        client.ask(settings.data, "server.status", {})


async def test_what_a_killed_server_left_is_no_obstacle(settings: config.Settings) -> None:
    settings.data.mkdir()
    (settings.data / client.NAME).write_text("stale")
    async with nodes.running(settings) as node:
        assert await ask(node, "server.status")


async def test_a_data_directory_may_lie_deep(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 5)
    async with nodes.running(nodes.made(deep)) as node:
        assert await ask(node, "server.status")
