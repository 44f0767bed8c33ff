"""A small HTTP server for what chargers fetch and bring."""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import h11
import trio


@asynccontextmanager
async def serving(status: int, body: bytes, received: list[tuple[str, str, bytes]] | None = None) -> AsyncIterator[str]:
    """Its address; every answer is the same, and what came goes into `received`: method, target, body."""
    came = [] if received is None else received

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
        came.append((request.method.decode(), request.target.decode(), bytes(parts)))
        response = h11.Response(status_code=status, headers=[("Content-Length", str(len(body)))])
        for answer in (response, h11.Data(data=body), h11.EndOfMessage()):
            await stream.send_all(connection.send(answer) or b"")
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(functools.partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()
