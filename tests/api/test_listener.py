"""The HTTP listener: its socket, its stop, what it survives."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import trio
from litestar import Litestar, Request, get
from litestar.response import Stream

from api import connection, listener


@get("/hello")
async def hello() -> str:
    return "hello"


@get("/slow")
async def slow(request: Request[Any, Any, Any]) -> str:
    request.app.state.arrived.set()
    await request.app.state.release.wait()
    return "finished"


@get("/endless")
async def endless() -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    return Stream(chunks())


@pytest.fixture
def app() -> Litestar:
    app = Litestar([hello, slow, endless], logging_config=None, openapi_config=None)
    app.state.arrived, app.state.release = trio.Event(), trio.Event()
    return app


@pytest.fixture
def sock() -> object:
    with listener.bind("127.0.0.1", 0, "--http-port") as sock:
        yield sock


async def start(nursery: trio.Nursery, app: Litestar, sock: socket.socket) -> trio.Event:
    started, stopping = trio.Event(), trio.Event()
    nursery.start_soon(listener.serve, app, sock, started.set, stopping, connection.Limits(100, 10))
    await started.wait()
    return stopping


async def test_it_serves_on_the_port_that_the_socket_was_given(
    app: Litestar, sock: socket.socket, nursery: trio.Nursery
) -> None:
    await start(nursery, app, sock)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{listener.url(sock)}/hello")).text == "hello"
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a..b"])
def test_a_host_that_is_not_here_is_named_with_the_flag_that_changes_it(host: str) -> None:
    with pytest.raises(
        listener.AddressInUse, match=rf"^cannot listen on {host} port 0 .* another host with --http-host"
    ):
        listener.bind(host, 0, "--http-port")


async def test_a_busy_port_is_named_with_the_flag_that_changes_it(sock: socket.socket) -> None:
    port = sock.getsockname()[1]
    with pytest.raises(listener.AddressInUse, match=rf"^cannot listen on .* port {port} .* --http-port"):
        listener.bind("127.0.0.1", port, "--http-port")


async def test_an_open_request_finishes_when_the_server_stops(app: Litestar, sock: socket.socket) -> None:
    answers: list[str] = []

    async def ask() -> None:
        async with httpx.AsyncClient() as client:
            answers.append((await client.get(f"{listener.url(sock)}/slow")).text)

    async with trio.open_nursery() as nursery:
        stopping = await start(nursery, app, sock)
        nursery.start_soon(ask)
        await app.state.arrived.wait()
        stopping.set()
        app.state.release.set()
    assert answers == ["finished"]


async def test_a_cancelled_server_stops_in_order_and_closes_its_socket(app: Litestar, sock: socket.socket) -> None:
    async with trio.open_nursery() as nursery:
        await start(nursery, app, sock)
        nursery.cancel_scope.cancel()
    async with trio.open_nursery() as nursery:
        stopping = await start(nursery, app, sock)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{listener.url(sock)}/hello")).text == "hello"
        stopping.set()


async def test_one_malformed_packet_harms_nobody_else(
    app: Litestar, sock: socket.socket, nursery: trio.Nursery
) -> None:
    await start(nursery, app, sock)
    host, port = sock.getsockname()
    async with await trio.open_tcp_stream(host, port) as stream:
        await stream.send_all(b"\x00\xff GET / NONSENSE\r\n\r\n\r\n")
        while await stream.receive_some(1024):
            pass
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{listener.url(sock)}/hello")).text == "hello"
    nursery.cancel_scope.cancel()


def test_ipv6_addresses_stand_in_brackets() -> None:
    with listener.bind("::1", 0, "--http-port") as sock:
        assert listener.url(sock) == f"http://[::1]:{sock.getsockname()[1]}"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux cuts stalled clients off by itself")
def test_clients_that_read_nothing_are_cut_off_by_the_kernel(sock: socket.socket) -> None:
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == listener.STALLED_MS
