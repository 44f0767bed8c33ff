"""A client of server-sent events on a plain socket, since httpx leaves half-read streams to the garbage collector."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
import trio


class Event(NamedTuple):
    """One event; id None where none came."""

    id: str | None
    topic: str
    data: dict[str, Any]


class Stream:
    """An open stream. `status` is the HTTP status."""

    def __init__(self, stream: trio.SocketStream, head: str, rest: bytes) -> None:
        self.head = head
        self.status = int(head.split(" ", 2)[1])
        self._stream = stream
        self._waiting = rest

    async def block(self) -> str:
        """The next block up to its empty line: an event, or a comment. Empty when the stream has ended."""
        while b"\n\n" not in self._waiting:
            chunk = await self._stream.receive_some()
            if not chunk:
                return ""
            self._waiting += chunk
        block, _, self._waiting = self._waiting.partition(b"\n\n")
        return block.decode()

    async def next(self) -> Event:
        """The next event. Raises EOFError when the stream has ended."""
        while block := await self.block():
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if fields:
                return Event(fields.get("id"), fields["event"], json.loads(fields["data"]))
        raise EOFError("the stream has ended")


@asynccontextmanager
async def listening(client: httpx.AsyncClient, query: str = "", last_id: str | None = None) -> AsyncIterator[Stream]:
    """GET /api/v1/events as this client, until the block ends."""
    url = client.base_url
    lines = [f"GET /api/v1/events{query} HTTP/1.0", f"Host: {url.netloc.decode()}", "Accept: text/event-stream"]
    lines.append(f"Authorization: {client.headers.get('authorization', '')}")
    lines += [f"Last-Event-ID: {last_id}"] if last_id is not None else []
    async with await trio.open_tcp_stream(url.host, url.port or 80) as stream:
        await stream.send_all("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = await stream.receive_some()
            assert chunk, "the server hung up before it answered"
            received += chunk
        head, _, rest = received.partition(b"\r\n\r\n")
        yield Stream(stream, head.decode(), rest)
