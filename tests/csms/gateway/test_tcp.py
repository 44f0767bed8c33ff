"""The TCP stream of one charger, over real sockets."""

import errno
import os
import socket
from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from csms.gateway import tcp

MUCH = bytes(range(256)) * 40_000  # more than the kernel takes at once


@pytest.fixture
async def pair() -> AsyncIterator[tuple[tcp.Tcp, trio.SocketStream]]:
    near, far = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
    async with near, far:
        yield tcp.Tcp(near), far


async def received(stream: trio.abc.ReceiveStream, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := await stream.receive_some()):
        data += more
    return data


async def test_what_is_sent_arrives_in_both_directions(pair: tuple[tcp.Tcp, trio.SocketStream]) -> None:
    near, far = pair
    await near.send_all(bytearray(b"to the charger"))
    assert await far.receive_some() == b"to the charger"
    await far.send_all(b"from the charger")
    assert await near.receive_some(4) == b"from"
    assert await near.receive_some() == b" the charger"


async def test_more_than_the_kernel_takes_waits_for_the_reader(pair: tuple[tcp.Tcp, trio.SocketStream]) -> None:
    near, far = pair
    async with trio.open_nursery() as nursery:
        nursery.start_soon(near.send_all, MUCH)
        await wait_all_tasks_blocked()
        assert await received(far, len(MUCH)) == MUCH


async def test_a_full_buffer_waits_too(pair: tuple[tcp.Tcp, trio.SocketStream]) -> None:
    near, far = pair
    filled = 0
    with pytest.raises(BlockingIOError):
        while True:
            filled += os.write(near._socket.fileno(), MUCH)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(near.send_all, b"the last")
        await wait_all_tasks_blocked()
        assert (await received(far, filled + 8)).endswith(b"the last")


async def test_the_end_is_empty_bytes(pair: tuple[tcp.Tcp, trio.SocketStream]) -> None:
    near, far = pair
    await far.send_eof()
    assert await near.receive_some() == b""
    await near.send_eof()
    assert await far.receive_some() == b""


async def test_a_peer_that_is_gone_breaks_the_stream(pair: tuple[tcp.Tcp, trio.SocketStream]) -> None:
    near, far = pair
    await near.send_all(b"unread, so that closing is a reset")
    await far.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await near.receive_some()
    with pytest.raises(trio.BrokenResourceError):
        await near.send_all(b"anybody there?")


async def test_closing_ends_a_wait_and_everything_after_it(pair: tuple[tcp.Tcp, trio.SocketStream]) -> None:
    near, _ = pair
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await near.receive_some()

        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        await near.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await near.receive_some()
    with pytest.raises(trio.ClosedResourceError):
        await near.send_all(b"x")


async def test_readable_without_anything_to_read_waits_on(
    pair: tuple[tcp.Tcp, trio.SocketStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = pair
    real, refusals = os.read, [BlockingIOError(errno.EAGAIN, "a packet with a bad checksum")]

    def read(descriptor: int, size: int) -> bytes:
        if refusals:
            raise refusals.pop()
        return real(descriptor, size)

    await far.send_all(b"data")
    monkeypatch.setattr(os, "read", read)
    assert await near.receive_some() == b"data"
    assert not refusals


async def test_closed_between_its_bytes_and_its_turn_it_reads_nobody_elses(
    pair: tuple[tcp.Tcp, trio.SocketStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = pair
    await far.send_all(b"data")

    async def closed_meanwhile(_: int) -> None:
        await near.aclose()

    monkeypatch.setattr(trio.lowlevel, "wait_readable", closed_meanwhile)
    monkeypatch.setattr(os, "read", lambda *_: pytest.fail("it read a number that is not its own any more"))
    with pytest.raises(trio.ClosedResourceError):
        await near.receive_some()
