"""The HTTP listener: one bound socket, served by anycorn on trio until asked to stop. Used by server.py.

The socket outlives the server that uses it, so a restart of the http child keeps the port and the waiting connections.
"""

import errno
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

import anycorn
import trio
from litestar import Litestar

from api import methods

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


async def serve(app: Litestar, sock: socket.socket, started: Callable[[], None], stopping: trio.Event) -> None:
    """Serve until `stopping` is set or the task is cancelled; open requests get GRACE_S, streams are told to end."""
    drain = trio.Event()
    app.state.draining = drain
    async with app.lifespan(), trio.open_nursery() as nursery:
        await nursery.start(_anycorn, app, os.dup(sock.fileno()), drain)
        started()
        try:
            await stopping.wait()
        finally:
            drain.set()


async def _anycorn(app: Litestar, fd: int, drain: trio.Event, *, task_status: Any) -> None:
    """Cancelling anycorn from outside raises LifespanFailureError: it is shielded and asked through its trigger."""
    config = anycorn.Config()
    config.bind = [f"fd://{fd}"]
    config.backlog = BACKLOG
    config.errorlog = logging.getLogger("anycorn.error")
    config.graceful_timeout = GRACE_S
    config.include_server_header = False
    with trio.CancelScope(shield=True):
        await anycorn.serve(
            _answering_lifespan(methods.answering_head(app)),
            config,
            shutdown_trigger=drain.wait,
            task_status=task_status,
            mode="asgi",
        )


def _answering_lifespan(app: Any) -> Any:
    """The app without its lifespan, which `serve` enters. Untyped: both libraries write ASGI's types their own way."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})

    return asgi
