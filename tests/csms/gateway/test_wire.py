"""The byte stream under a WebSocket."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio
from trio.testing import MockClock, lockstep_stream_pair, memory_stream_pair, wait_all_tasks_blocked

from csms.gateway import wire

FRAME = b"\x81\x03one"
HEAD = b"GET /ocpp/CP-01 HTTP/1.1\r\nHost: csms\r\n\r\n"


async def opened() -> tuple[wire.Wire, trio.abc.Stream]:
    near, far = memory_stream_pair()
    line = wire.Wire(near)
    line.open()
    return line, far


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
async def test_rule_15_what_comes_behind_the_request_is_kept_until_the_upgrade(size: int) -> None:
    near, far = memory_stream_pair()
    line, sent = wire.Wire(near), HEAD + b"first frame"
    for start in range(0, len(sent), size):
        await far.send_all(sent[start : start + size])
    received = b""
    while len(received) < len(HEAD):
        received += await line.receive_some(size)
    assert received == HEAD
    async with trio.open_nursery() as nursery:
        rest: list[bytes] = []

        async def read() -> None:
            while sum(map(len, rest)) < len(b"first frame"):
                rest.append(bytes(await line.receive_some(size)))

        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        assert rest == []
        line.open()
    assert b"".join(rest) == b"first frame"


async def test_closing_ends_the_wait_for_the_upgrade() -> None:
    near, far = memory_stream_pair()
    line = wire.Wire(near)
    await far.send_all(HEAD)
    await line.receive_some()
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await line.receive_some()

        nursery.start_soon(read)
        await wait_all_tasks_blocked()
        await line.aclose()


async def written(line: wire.Wire, far: trio.abc.Stream, *tasks: Callable[[], Awaitable[None]]) -> bytes:
    """What arrives when all tasks write at the same time."""
    async with trio.open_nursery() as nursery:
        for task in tasks:
            nursery.start_soon(task)
    await line.aclose()
    received = b""
    while chunk := await far.receive_some():
        received += chunk
    return received


@pytest.mark.parametrize("ping_first", [True, False])
async def test_a_ping_never_lands_inside_a_frame(ping_first: bool) -> None:
    line, far = await opened()
    send = partial(line.send_all, FRAME)
    tasks = (line.ping, send) if ping_first else (send, line.ping)
    assert await written(line, far, *tasks) in {FRAME, FRAME + wire.PING, wire.PING + FRAME}


async def test_a_frame_waits_for_the_ping_that_is_being_written() -> None:
    line, far = await opened()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.ping)
        while line.writing_since is None:
            await trio.lowlevel.checkpoint()
        nursery.start_soon(line.send_all, FRAME)
    assert await written(line, far) == wire.PING + FRAME


async def test_a_peer_that_does_not_read_is_stuck(mock_clock: MockClock) -> None:
    ours, _ = lockstep_stream_pair()
    line = wire.Wire(ours)
    mock_clock.jump(100)
    assert line.stuck_for(trio.current_time()) == 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.send_all, FRAME)
        await wait_all_tasks_blocked()
        mock_clock.jump(7)
        assert line.stuck_for(trio.current_time()) == 7
        nursery.cancel_scope.cancel()
    assert line.stuck_for(trio.current_time()) == 0


async def test_rule_16_bytes_are_a_sign_of_life(mock_clock: MockClock) -> None:
    line, far = await opened()
    mock_clock.jump(5)
    await far.send_all(b"x")
    await line.receive_some()
    assert line.last_seen == trio.current_time()


async def test_silence_counts_only_while_we_read(mock_clock: MockClock) -> None:
    line, _ = await opened()
    mock_clock.jump(100)
    assert line.silent_for(trio.current_time()) == 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.receive_some)
        await wait_all_tasks_blocked()
        mock_clock.jump(7)
        assert line.silent_for(trio.current_time()) == 7
        nursery.cancel_scope.cancel()
    assert line.silent_for(trio.current_time()) == 0
