"""Errands over real sockets: files fetched and brought."""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import h11
import trio

from csms.simulator import errands, transfer


@asynccontextmanager
async def _serving(status: int, body: bytes, received: list[tuple[str, str, bytes]]) -> AsyncIterator[str]:
    async def handle(stream: trio.SocketStream) -> None:
        connection, parts, request = h11.Connection(h11.SERVER), bytearray(), None
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(bytes(await stream.receive_some(65_536)))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                parts += event.data
        assert request is not None
        received.append((request.method.decode(), request.target.decode(), bytes(parts)))
        response = h11.Response(status_code=status, headers=[("Content-Length", str(len(body)))])
        for answer in (response, h11.Data(data=body), h11.EndOfMessage()):
            await stream.send_all(connection.send(answer) or b"")
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(functools.partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


def _errand(method: str, url: str, body: bytes = b"") -> errands.Errand:
    return errands.Errand(method="PUT" if method == "PUT" else "GET", url=url, body=body, done=lambda *_: None)


async def test_a_file_is_fetched() -> None:
    received: list[tuple[str, str, bytes]] = []
    async with _serving(200, b"x" * 200_000, received) as url:
        status, body = await transfer.run(_errand("GET", f"{url}/fw.bin?a=1"), within=10, context=None)
    assert (status, len(body)) == (200, 200_000)
    assert received == [("GET", "/fw.bin?a=1", b"")]


async def test_a_file_is_brought() -> None:
    received: list[tuple[str, str, bytes]] = []
    async with _serving(201, b"", received) as url:
        status, _ = await transfer.run(_errand("PUT", f"{url}/up", b"log" * 50_000), within=10, context=None)
    assert status == 201
    assert received == [("PUT", "/up", b"log" * 50_000)]


async def test_nobody_there_is_no_status() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    assert await transfer.run(_errand("GET", f"http://127.0.0.1:{port}/x"), within=10, context=None) == (0, b"")


async def test_other_schemes_are_not_carried_out() -> None:
    assert await transfer.run(_errand("GET", "ftp://127.0.0.1/x"), within=10, context=None) == (0, b"")
