"""Server-sent events: writes a subscription of the feed to one HTTP client. Used by resources/events.py.

A comment goes out when nothing else did for a while, so that balancers keep the line and we notice who is gone. The
stream ends when the client leaves, when the server drains, when the credentials end, or when the feed dropped a reader
that was too slow; every client may come back with Last-Event-ID.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

import trio
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from actors.recording import feed
from api import encoding

KEEP_ALIVE_S = 15.0
KEEP_ALIVE = b": still here\n\n"
CONNECTED = b": connected\n\n"
MEDIA_TYPE = "text/event-stream"


def encode(item: feed.Item) -> bytes:
    """One event; `reset` tells a client to read the state anew."""
    data = {"type": item.type, "at": item.at, "charger_id": item.charger_id, "session_id": item.session_id, **item.data}
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (item.position, item.topic.encode(), encoding.json_bytes(data))


class EventStream(ASGIResponse):
    """The response. `visible` filters for this caller; `valid` says whether the credentials are still good."""

    _should_set_content_length = False

    def __init__(
        self,
        subscribe: Callable[[], AbstractContextManager[feed.Subscription]],
        *,
        visible: Callable[[feed.Item], Awaitable[bool]],
        valid: Callable[[], Awaitable[bool]],
        draining: trio.Event,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(media_type=MEDIA_TYPE, headers=headers)
        self._subscribe = subscribe
        self._visible = visible
        self._valid = valid
        self._draining = draining
        self._keep_alive_s = keep_alive_s

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Write until somebody ends it."""
        with self._subscribe() as subscription:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_until_gone, receive, nursery.cancel_scope)
                nursery.start_soon(_until_draining, self._draining, nursery.cancel_scope)
                nursery.start_soon(self._until_invalid, nursery.cancel_scope)
                await self._write(subscription, send)
                nursery.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, subscription: feed.Subscription, send: Send) -> None:
        chunk: bytes | None = CONNECTED
        due = 0.0
        while True:
            if chunk is None and trio.current_time() >= due:
                chunk = KEEP_ALIVE
            if chunk is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                due = trio.current_time() + self._keep_alive_s
            try:
                item = await subscription.next(max(0.0, due - trio.current_time()))
            except StopAsyncIteration:
                return
            chunk = await self._chunk(item) if item is not None else None

    async def _until_invalid(self, scope: trio.CancelScope) -> None:
        while await self._valid():  # noqa: ASYNC110  # it asks the database: no event tells when a key is revoked
            await trio.sleep(self._keep_alive_s)
        scope.cancel()

    async def _chunk(self, item: feed.Item) -> bytes | None:
        if item.topic == feed.RESET or await self._visible(item):
            return encode(item)
        return None


async def _until_gone(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _until_draining(draining: trio.Event, scope: trio.CancelScope) -> None:
    await draining.wait()
    scope.cancel()
