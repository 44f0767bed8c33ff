"""One HTTP connection: its bytes go through anycorn's HTTP/1.1 to the app, and what it may take of time is bounded.

Made by listener.py for each client. anycorn's own connections have no limit for a body, one that fails takes all others
with it, and a malformed HTTP2-Settings header is enough for that. Never speaks TLS or HTTP/2: that is a proxy's.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anycorn
import h11
import trio
from anycorn import app_wrappers, events, task_group, typing, worker_context
from anycorn.protocol.h11 import H11Protocol

from csms import patience

CHUNK = 65_536
"""Bytes read at a time."""
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may take: times in seconds. The first two are settings.

    The others are none: our bodies are a few kB, and nobody who can send them at all comes near these limits. Who may
    send a file gets longer for its body: the app asks for it with `scope["state"]["patience"](seconds)`.
    """

    connections: int
    """Open at a time; the next ones wait unaccepted."""
    head: float
    """Until the head of a request is there: from the accept, or from the answer before."""
    body: float = 30
    """From the head of a request to the end of its body."""
    linger: float = 5
    """For reading what a refused client still sends: a reset would take the answer from it."""


class Served:
    """What all connections of a server share: the app, anycorn's settings, and whether it is stopping."""

    def __init__(self, app: Any, config: anycorn.Config, limits: Limits) -> None:
        self.app = app_wrappers.ASGIWrapper(app)
        self.config = config
        self.limits = limits
        self.context = worker_context.WorkerContext(None)


class Connection:
    """A client. It is idle from its accept to the end of a request's head, and again after the answer."""

    def __init__(self, served: Served, stream: trio.SocketStream) -> None:
        self._served = served
        self._stream = stream
        self._writing = trio.Lock()
        self._patience = trio.CancelScope()
        self._over = False
        self._idle = True
        self._wait(served.limits.head)

    async def run(self) -> None:
        """Answer requests until either side has had enough. May raise whatever anycorn makes of what the client sent.

        When cancelled, an answer that is half sent is cut off.
        """
        try:
            async with task_group.TaskGroup() as requests:
                self._protocol = self._spoken(requests)
                with self._patience:
                    await self._read()
                if self._patience.cancelled_caught:
                    await self._late()
                await self._protocol.handle(events.Closed())
        finally:
            vars(self).pop("_protocol", None)  # they would keep each other until all garbage is collected: hardly ever

    def finish(self) -> None:
        """The server stops: a connection without a request ends now, the others with their answer."""
        if self._idle or self._over:
            self._patience.cancel()

    def _spoken(self, requests: task_group.TaskGroup) -> H11Protocol:
        served, sock = self._served, self._stream.socket
        client, server = sock.getpeername()[:2], sock.getsockname()[:2]
        state = typing.ConnectionState({"patience": self._wait})
        return _Http11(served.app, served.config, served.context, requests, state, client, server, self._send, None)

    async def _read(self) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while data := await self._stream.receive_some(CHUNK):
                if not self._over:
                    await self._protocol.handle(events.RawData(bytes(data)))
                if not self._over and not self._idle and not self._unfinished:
                    self._patience.deadline = float("inf")

    @property
    def _unfinished(self) -> bool:
        """Whether the client owes us the rest of a body."""
        return self._protocol.connection.their_state is h11.SEND_BODY

    async def _late(self) -> None:
        if not self._over and self._unfinished and self._protocol.connection.our_state is h11.SEND_RESPONSE:
            await self._write(_TOO_LATE)
        self._over = True

    async def _send(self, event: events.Event) -> None:
        """What anycorn wants to be done."""
        match event:
            case events.RawData():
                await self._write(event.data)
            case events.Updated():
                self._idle = event.idle
                self._wait(self._served.limits.head if event.idle else self._served.limits.body)
            case events.Closed():
                await self._part()

    async def _write(self, data: bytes) -> None:
        async with self._writing:
            if self._over:
                return
            try:
                await self._stream.send_all(data)
                return
            except trio.Cancelled:  # nobody knows how much of it was sent
                self._over = True
                self._stream.socket.close()
                raise
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._over = True
        await self._protocol.handle(events.Closed())

    async def _part(self) -> None:
        """All is said on our side."""
        if not self._over:
            self._over = True
            self._wait(self._served.limits.linger)
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self._stream.send_eof()
            await self._protocol.handle(events.Closed())

    def _wait(self, seconds: float) -> None:
        self._patience.deadline = trio.current_time() + patience.spread(seconds)


class _Http11(H11Protocol):
    """Without two habits of anycorn's.

    It takes up offers to go on in HTTP/2 without looking, even in clear text. And it tells an app that has answered
    that all is over, through a queue that is full where the app read nothing of the body: both waited for ever.
    """

    async def _check_protocol(self, event: h11.Request) -> None:
        pass

    async def _close_stream(self) -> None:
        if self.stream is not None and self.connection.our_state is h11.DONE:
            self.stream.closed = True
            self.stream = None
        await super()._close_stream()
