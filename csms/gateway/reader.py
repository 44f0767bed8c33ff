"""Containment for trio-websocket's reader task.

Made by the server, one a connection. trio-websocket starts its reader in a nursery that it is given; whatever the
reader raises (upstream issue 184: a ping that comes while we close; a Host header that is no host name) would cancel
that nursery, and with it the handler in the middle of its work. Never raises.
"""

import logging
from collections.abc import Awaitable, Callable

import trio

log = logging.getLogger(__name__)


class Reader:
    """Has the one method of a nursery that wrap_server_stream() uses.

    `on_end` is called when the reader is gone, for whatever reason.
    """

    __slots__ = ("_nursery", "_running", "_scope", "on_end")

    def __init__(self, nursery: trio.Nursery, on_end: Callable[[], None]) -> None:
        self._nursery = nursery
        self._scope = trio.CancelScope()
        self._running = False
        self.on_end: Callable[[], None] | None = on_end

    def start_soon(self, read: Callable[[], Awaitable[object]]) -> None:
        """Run the reader in the connection's nursery."""
        self._running = True
        self._nursery.start_soon(self._run, read)

    async def stop(self) -> None:
        """Stop reading, so that somebody else may; returns when it has."""
        if self._running:
            ended = trio.Event()
            self.on_end = ended.set
            self._scope.cancel()
            await ended.wait()

    async def _run(self, read: Callable[[], Awaitable[object]]) -> None:
        try:
            with self._scope:
                await read()
        except* Exception as group:  # noqa: BLE001  containment: a reader ends its own connection only
            log.debug("reader_failed error=%r", group.exceptions[0])
        finally:
            self._running = False
            if self.on_end is not None:
                self.on_end()
