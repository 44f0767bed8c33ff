"""The HTTP listener: one bound socket, served on trio until asked to stop. Used by server.py.

The socket outlives the server that uses it, so a restart of the http child keeps the port and the waiting connections.
Whatever a client does ends with its own connection (connection.py), and there are never more of them than the limit.
"""

import errno
import logging
import os
import socket
from collections.abc import Callable
from functools import partial

import anycorn
import trio
from litestar import Litestar

from api import connection, methods

log = logging.getLogger(__name__)

BACKLOG = 1024
GRACE_S = 3.0
"""How long open requests may take when the server stops."""
STALLED_MS = 30_000
"""A client that reads nothing for so long is cut off; without it one stalled stream would hold up every stop."""


class AddressInUse(OSError):
    """It cannot listen there; the message names host, port and the flag to change."""

    def __str__(self) -> str:
        return str(self.args[-1])


def bind(host: str, port: int, flag: str) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. `flag` names the port's. Raises AddressInUse."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise _refused(host, port, flag.replace("port", "host"), error) from error
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MS)
    try:
        sock.bind(address)
        # Linux lets two sockets share a bound port until one of them listens.
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        elsewhere = error.errno == errno.EADDRNOTAVAIL
        raise _refused(host, port, flag.replace("port", "host") if elsewhere else flag, error) from error
    return sock


def _refused(host: str, port: int, flag: str, error: OSError | UnicodeError) -> AddressInUse:
    why = getattr(error, "strerror", None) or str(error)
    what = flag.rsplit("-", 1)[-1]
    return AddressInUse(
        getattr(error, "errno", None), f"cannot listen on {host} port {port} ({why}): choose another {what} with {flag}"
    )


def url(sock: socket.socket) -> str:
    """The address that people open: http://HOST:PORT."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: Litestar,
    sock: socket.socket,
    started: Callable[[], None],
    stopping: trio.Event,
    limits: connection.Limits,
) -> None:
    """Serve until `stopping` is set, then give open requests GRACE_S and tell streams to end; or until cancelled."""
    app.state.draining = drain = trio.Event()
    front = _Front(app, limits)
    async with app.lifespan(), trio.open_nursery() as nursery:
        try:
            await front.accept(socket.socket(fileno=os.dup(sock.fileno())), nursery, started, stopping)
        finally:
            drain.set()
            await front.finish()
            nursery.cancel_scope.deadline = trio.current_time() + GRACE_S


class _Front:
    """Accepts connections, each of which fails alone."""

    def __init__(self, app: Litestar, limits: connection.Limits) -> None:
        config = anycorn.Config()
        config.errorlog = logging.getLogger("anycorn.error")
        config.include_server_header = False
        self._served = connection.Served(methods.answering_head(app), config, limits)
        self._open: set[connection.Connection] = set()
        self._places = trio.Semaphore(limits.connections)

    async def accept(
        self, sock: socket.socket, nursery: trio.Nursery, started: Callable[[], None], stopping: trio.Event
    ) -> None:
        """Take connections into `nursery` until `stopping` is set."""
        async with _Bounded(sock, self._places) as listener, trio.open_nursery() as accepting:
            accepting.start_soon(partial(trio.serve_listeners, self._talk, [listener], handler_nursery=nursery))
            started()
            await stopping.wait()
            accepting.cancel_scope.cancel()

    async def finish(self) -> None:
        """No further requests."""
        await self._served.context.terminated.set()
        for each in self._open:
            each.finish()

    async def _talk(self, stream: trio.SocketStream) -> None:
        try:
            made = connection.Connection(self._served, stream)
            self._open.add(made)
            try:
                await made.run()
            finally:
                self._open.discard(made)
        except* OSError as group:
            log.debug("http_connection_lost error=%r", group.exceptions[0])
        except* Exception as group:  # noqa: BLE001  containment: a connection ends alone
            log.warning("http_connection_failed error=%r", group.exceptions[0])
        finally:
            self._places.release()
            await trio.aclose_forcefully(stream)


class _Bounded(trio.abc.Listener[trio.SocketStream]):
    """Accepts only when there is a place; who serves the connection releases it."""

    def __init__(self, sock: socket.socket, places: trio.Semaphore) -> None:
        sock.setblocking(False)
        self._listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))
        self._places = places

    async def accept(self) -> trio.SocketStream:
        """Wait for a place, then for a connection."""
        await self._places.acquire()
        try:
            return await self._listener.accept()
        except BaseException:
            self._places.release()
            raise

    async def aclose(self) -> None:
        """Close the socket."""
        await self._listener.aclose()
