"""Where the gateway listens.

Listeners come from the settings, Endpoints are what they became. Never accepts anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import trio

from csms.gateway import errors, tls


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on; port 0 picks a free one.

    `tls` makes it wss; it is asked at each connection. `flag` is what the operator would change, for messages.
    """

    host: str
    port: int
    tls: tls.Context | None = None
    flag: str = "--ocpp-port"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where it really listens."""

    host: str
    port: int
    secure: bool

    @property
    def url(self) -> str:
        """Without the charger's id: ws://127.0.0.1:9000/ocpp"""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.secure else 'ws'}://{host}:{self.port}/ocpp"


async def bind_all(listening: Sequence[Listener]) -> list[list[trio.SocketListener]]:
    """Open the sockets of all of them, or of none. Raises BadListener with what to do."""
    bound: list[list[trio.SocketListener]] = []
    try:
        for listener in listening:
            bound.append(await _bind(listener))  # noqa: PERF401  what was bound must be closed on failure
    except BaseException:
        for socket in (socket for sockets in bound for socket in sockets):
            await trio.aclose_forcefully(socket)
        raise
    return bound


async def _bind(listener: Listener) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(listener.port, host=listener.host)
    except (OSError, OverflowError) as error:
        raise errors.BadListener(
            f"cannot listen on {listener.host} port {listener.port}: {error}. "
            f"Stop what uses it or choose another one with {listener.flag} (0 picks a free one)."
        ) from error


def endpoint(sockets: list[trio.SocketListener], *, secure: bool) -> Endpoint:
    """Where the first of these sockets listens."""
    host, port = sockets[0].socket.getsockname()[:2]
    return Endpoint(host, port, secure)
