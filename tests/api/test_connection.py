"""What one HTTP connection may take of time and of places, and that it fails alone."""

import gc
import select
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import trio
from litestar import Litestar, Request, get, post
from litestar.response import Stream
from trio.testing import MockClock

from api import connection, listener
from csms import patience

LIMITS = connection.Limits(connections=3, head=10, body=30, linger=5)
GET = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
LIMIT = 1_000_000

LATEST = 1 + patience.MORE
"""Of a limit: when the last of those who came together are cut off."""

Connect = Callable[[], Awaitable[trio.SocketStream]]


@get("/hello")
async def hello() -> str:
    return "hello"


@post("/echo")
async def echo(request: Request[Any, Any, Any]) -> str:
    return f"{len(await request.body())} bytes"


@get("/slow")
async def slow(request: Request[Any, Any, Any]) -> str:
    request.app.state.arrived.set()
    await request.app.state.release.wait()
    return "finished"


@post("/deaf", status_code=200)
async def deaf(request: Request[Any, Any, Any]) -> str:
    """Answers without a look at the body."""
    return await slow.fn(request)  # type: ignore[no-any-return]


class Endless:
    """Chunks for ever; no generator, which would have to be closed."""

    def __aiter__(self) -> "Endless":
        return self

    async def __anext__(self) -> bytes:
        return bytes(65536)


@get("/endless")
async def endless() -> Stream:
    return Stream(Endless())


@pytest.fixture
def app() -> Litestar:
    routes = [hello, echo, slow, deaf, endless]
    app = Litestar(routes, logging_config=None, openapi_config=None, request_max_body_size=LIMIT)
    app.state.arrived, app.state.release = trio.Event(), trio.Event()
    return app


@pytest.fixture
async def connect(app: Litestar, mock_clock: MockClock, nursery: trio.Nursery) -> AsyncIterator[Connect]:
    """Opens a TCP connection to a server with LIMITS."""
    with listener.bind("127.0.0.1", 0, "--http-port") as sock:
        started = trio.Event()
        nursery.start_soon(listener.serve, app, sock, started.set, trio.Event(), LIMITS)
        await started.wait()

        async def connect() -> trio.SocketStream:
            return await trio.open_tcp_stream(*sock.getsockname())

        yield connect
        nursery.cancel_scope.cancel()


async def answer(stream: trio.SocketStream) -> bytes:
    """One whole answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += await some(stream)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(lines[b"content-length"]):
        body += await some(stream)
    return head.split(b"\r\n")[0].rstrip() + b" " + body


async def some(stream: trio.SocketStream) -> bytes:
    data = await stream.receive_some(65536)
    assert data, "it was closed before the answer"
    return bytes(data)


async def rest(stream: trio.SocketStream) -> bytes:
    """All that has come, and the server has closed: time stands still, so that waiting for more would be for ever."""
    received = b""
    while True:
        await settled()
        assert readable(stream), f"it is still open after {received!r}"
        chunk = await stream.receive_some(65536)
        if not chunk:
            return received
        received += chunk


def readable(stream: trio.SocketStream) -> bool:
    """Whether there is something to read, be it the end."""
    return bool(select.select([stream.socket.fileno()], [], [], 0)[0])


async def settled() -> None:
    """Wait until the server has seen all that was sent."""
    await trio.testing.wait_all_tasks_blocked(0.01)


# -- Time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"G", GET[:-2]], ids=["nothing", "a byte", "half a head"])
async def test_a_head_that_does_not_come_ends_the_connection(
    connect: Connect, mock_clock: MockClock, sent: bytes
) -> None:
    async with await connect() as stream:
        await stream.send_all(sent)
        await settled()
        mock_clock.jump(LIMITS.head * LATEST)
        assert await rest(stream) == b""


async def test_bytes_that_trickle_in_buy_no_time(connect: Connect, mock_clock: MockClock) -> None:
    async with await connect() as stream:
        for byte in GET[:12]:
            await stream.send_all(bytes([byte]))
            await settled()
            mock_clock.jump(LIMITS.head * LATEST / 12)
        assert await rest(stream) == b""


async def test_every_request_of_a_connection_has_the_time_anew(connect: Connect, mock_clock: MockClock) -> None:
    async with await connect() as stream:
        for _ in range(3):
            mock_clock.jump(LIMITS.head - 1)
            await stream.send_all(GET)
            assert await answer(stream) == b"HTTP/1.1 200 hello"
            await settled()
        mock_clock.jump(LIMITS.head * LATEST)
        assert await rest(stream) == b""


@pytest.mark.parametrize("framing", [b"Content-Length: 50\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"])
async def test_a_body_that_does_not_come_is_answered_with_408(
    connect: Connect, mock_clock: MockClock, framing: bytes
) -> None:
    async with await connect() as stream:
        await stream.send_all(POST + framing)
        await settled()
        mock_clock.jump(LIMITS.body * LATEST)
        assert (await rest(stream)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_comes_slowly_but_in_time_is_taken(connect: Connect, mock_clock: MockClock) -> None:
    async with await connect() as stream:
        await stream.send_all(POST + b"Content-Length: 5\r\n\r\n")
        for byte in b"slow!":
            await settled()
            mock_clock.jump(LIMITS.body / 6)
            await stream.send_all(bytes([byte]))
        assert await answer(stream) == b"HTTP/1.1 201 5 bytes"


async def test_an_answer_may_take_any_time(connect: Connect, app: Litestar, mock_clock: MockClock) -> None:
    async with await connect() as stream:
        await stream.send_all(GET.replace(b"hello", b"slow"))
        await app.state.arrived.wait()
        await settled()
        mock_clock.jump(1000 * LIMITS.body)
        await settled()
        app.state.release.set()
        assert await answer(stream) == b"HTTP/1.1 200 finished"


# -- Too much ----------------------------------------------------------------------------------------------------------


def chunked(size: int) -> bytes:
    return POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size + bytes(size) + b"\r\n0\r\n\r\n"


def whole(size: int) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % size + bytes(size)


@pytest.mark.parametrize("request_of", [chunked, whole])
async def test_who_sends_all_of_a_too_large_body_before_reading_still_learns_why(
    connect: Connect, request_of: Callable[[int], bytes]
) -> None:
    async with await connect() as stream:
        await stream.send_all(request_of(8 * LIMIT))
        await stream.send_eof()
        assert (await rest(stream)).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_the_app_never_reads_is_taken_all_the_same(connect: Connect, app: Litestar) -> None:
    body = b"x" * 8_000_000
    head = f"POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with await connect() as stream, trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, head + body)
        await app.state.arrived.wait()
        await settled()  # what can be buffered is: nobody reads on
        app.state.release.set()
        assert await answer(stream) == b"HTTP/1.1 200 finished"


async def test_who_never_stops_sending_is_cut_off(connect: Connect, mock_clock: MockClock) -> None:
    async with await connect() as stream:
        await stream.send_all(chunked(2 * LIMIT)[: -LIMIT // 2])
        assert (await rest(stream)).startswith(b"HTTP/1.1 413 ")
        await settled()
        mock_clock.jump(LIMITS.linger * LATEST)
        with pytest.raises(trio.BrokenResourceError):
            while True:
                await stream.send_all(bytes(65536))


async def test_more_connections_than_places_wait_and_are_served_in_their_turn(connect: Connect) -> None:
    held = [await connect() for _ in range(LIMITS.connections)]
    async with await connect() as waiting:
        await waiting.send_all(GET)
        await settled()
        assert not readable(waiting), "it was served beyond the limit"
        await held.pop().aclose()
        assert await answer(waiting) == b"HTTP/1.1 200 hello"
    for stream in held:
        await stream.aclose()


# -- Alone -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [b"AAAA", b"\xff\xfe", b"!", b"", b"AAMAAABkAAQAAP__"],
    ids=["short", "no text", "no base64", "none", "right"],
)
async def test_an_offer_of_http_2_is_ignored(connect: Connect, settings: bytes) -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: " + settings
    async with await connect() as stream:
        for _ in range(2):
            await stream.send_all(GET[:-2] + offer + b"\r\n\r\n")
            assert await answer(stream) == b"HTTP/1.1 200 hello"


async def test_http_2_without_an_offer_is_refused(connect: Connect) -> None:
    async with await connect() as stream:
        await stream.send_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100)
        await stream.send_eof()
        assert (await rest(stream)).startswith(b"HTTP/1.1 4")


async def test_a_connection_that_fails_fails_alone(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: object, event: object) -> None:
        raise RuntimeError("what anycorn did not foresee")

    async with await connect() as other, await connect() as stream:
        await other.send_all(GET)
        assert await answer(other) == b"HTTP/1.1 200 hello"
        with monkeypatch.context() as patch:
            patch.setattr(connection._Http11, "_check_protocol", fails)
            await stream.send_all(GET)
            assert await rest(stream) == b""
        await other.send_all(GET)
        assert await answer(other) == b"HTTP/1.1 200 hello"


async def test_requests_that_come_at_once_are_answered_in_order(connect: Connect) -> None:
    async with await connect() as stream:
        await stream.send_all((GET + GET.replace(b"hello", b"nothing")) * 10)
        await stream.send_eof()
        statuses = [part.split()[0] for part in (await rest(stream)).split(b"HTTP/1.1 ")[1:]]
        assert statuses == [b"200", b"404"] * 10


# -- The stop ----------------------------------------------------------------------------------------------------------


async def test_a_client_that_reads_nothing_does_not_hold_up_the_stop(app: Litestar, mock_clock: MockClock) -> None:
    with listener.bind("127.0.0.1", 0, "--http-port") as sock:
        async with trio.open_nursery() as nursery:
            started, stopping = trio.Event(), trio.Event()
            nursery.start_soon(listener.serve, app, sock, started.set, stopping, LIMITS)
            await started.wait()
            stream = await trio.open_tcp_stream(*sock.getsockname())
            await stream.send_all(GET.replace(b"hello", b"endless"))
            await settled()
            stopping.set()
            await settled()
            mock_clock.jump(listener.GRACE_S)
        await stream.aclose()


async def test_idle_connections_end_at_once_when_the_server_stops(app: Litestar, mock_clock: MockClock) -> None:
    with listener.bind("127.0.0.1", 0, "--http-port") as sock:
        async with trio.open_nursery() as nursery:
            started, stopping = trio.Event(), trio.Event()
            nursery.start_soon(listener.serve, app, sock, started.set, stopping, LIMITS)
            await started.wait()
            async with await trio.open_tcp_stream(*sock.getsockname()) as stream:
                await stream.send_all(GET)
                await answer(stream)
                stopping.set()
                assert await rest(stream) == b""


# -- Afterwards --------------------------------------------------------------------------------------------------------


async def test_nothing_is_left_of_it_even_if_garbage_is_never_collected(connect: Connect, no_collector: None) -> None:
    async with await connect() as stream:
        await stream.send_all(GET)
        assert await answer(stream) == b"HTTP/1.1 200 hello"
    await settled()
    assert [each for each in gc.get_objects() if type(each) is connection.Connection] == []
