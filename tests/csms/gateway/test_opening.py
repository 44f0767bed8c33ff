"""What is waited for before a client gets its turn."""

from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from csms.gateway import opening
from tests.csms.gateway import support

HEAD = support.upgrade("/ocpp/CP-01")
HELLO = b"\x16\x03\x01\x00\x10" + bytes(16)


@pytest.fixture
async def pair() -> AsyncIterator[tuple[trio.socket.SocketType, trio.socket.SocketType]]:
    """A client's TCP socket and the server's."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        client = await trio.open_tcp_stream(*listener.socket.getsockname())
        async with client, await listener.accept() as server:
            yield client.socket, server.socket


Pair = tuple[trio.socket.SocketType, trio.socket.SocketType]


@pytest.mark.parametrize(
    ("sent", "secure"),
    [
        pytest.param(HEAD, False, id="a head"),
        pytest.param(HEAD.replace(b"\r\n", b"\n"), False, id="a head with other ends of lines"),
        pytest.param(HELLO, True, id="a hello"),
        pytest.param(b"garbage", False, id="no HTTP"),
        pytest.param(b"garbage", True, id="no TLS"),
        pytest.param(b"GET /" + b"x" * opening.LONGEST, False, id="more than any head"),
    ],
)
async def test_what_is_whole_is_waited_for_no_longer_and_is_still_there(pair: Pair, sent: bytes, secure: bool) -> None:
    client, server = pair
    await client.send(sent)
    with trio.fail_after(5):
        await opening.whole(server, secure=secure)
    assert await server.recv(2**16) == sent


@pytest.mark.parametrize(("sent", "secure"), [(HEAD, False), (HELLO, True)], ids=["a head", "a hello"])
async def test_it_is_waited_for_until_its_last_byte(pair: Pair, sent: bytes, secure: bool) -> None:
    client, server = pair
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: opening.whole(server, secure=secure))
        for byte in sent:
            await wait_all_tasks_blocked()
            assert nursery.child_tasks
            await client.send(bytes([byte]))
    assert await server.recv(2**16) == sent


async def test_who_hangs_up_in_the_middle_is_not_waited_for(pair: Pair) -> None:
    client, server = pair
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: opening.whole(server, secure=False))
        await client.send(HEAD[:20])
        await wait_all_tasks_blocked()
        client.shutdown(trio.socket.SHUT_WR)


async def test_afterwards_a_single_byte_can_be_waited_for(pair: Pair) -> None:
    client, server = pair
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: opening.whole(server, secure=False))
        await client.send(HEAD[:20])
        await wait_all_tasks_blocked()
        await client.send(HEAD[20:])
    await server.recv(2**16)
    await client.send(b"x")
    with trio.fail_after(5):
        await trio.lowlevel.wait_readable(server)
