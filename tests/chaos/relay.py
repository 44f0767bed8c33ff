"""A mobile router between chargers and a server, which can die: neither side is told."""

from __future__ import annotations

from urllib.parse import urlsplit

import trio


class Relay:
    """Carries bytes both ways between `url` and the server behind it, until it vanishes."""

    def __init__(self, target: str, url: str) -> None:
        self.url = url
        self._target = urlsplit(target)
        self._open: list[tuple[trio.SocketStream, trio.CancelScope]] = []

    async def vanish(self) -> None:
        """What is open now carries nothing any more. Chargers lose their socket; the server keeps a half-open one."""
        for charger, carrying in self._open:
            carrying.cancel()
            await trio.aclose_forcefully(charger)
        self._open.clear()

    async def carry(self, charger: trio.SocketStream) -> None:
        """One connection, for trio.serve_listeners; the server's side stays open for as long as the relay."""
        server = await trio.open_tcp_stream(str(self._target.hostname), self._target.port or 80)
        try:
            with trio.CancelScope() as carrying:
                self._open.append((charger, carrying))
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_copy, charger, server)
                    nursery.start_soon(_copy, server, charger)
            await trio.sleep_forever()
        finally:
            await trio.aclose_forcefully(server)


async def to(target: str, *, task_status: trio.TaskStatus[Relay]) -> None:
    """Run a relay to the server at this URL, for `nursery.start`."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    relay = Relay(target, f"ws://127.0.0.1:{port}{urlsplit(target).path}")
    task_status.started(relay)
    await trio.serve_listeners(relay.carry, [listener])


async def _copy(source: trio.SocketStream, sink: trio.SocketStream) -> None:
    try:
        async for chunk in source:
            await sink.send_all(chunk)
        await sink.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass
