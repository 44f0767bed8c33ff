"""A handler that records, a gateway on free ports, and clients: what the gateway's tests share."""

import base64
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import trio
import trio_websocket

from csms import gateway
from csms.gateway import auth
from csms.pki import presented

SPOKEN = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
MINE = ("ocpp1.6",)


def choose(offered: Sequence[str]) -> str | None:
    return next((each for each in offered if each in SPOKEN), None)


def verify(stored: str, password: bytes) -> bool:
    """Stored credentials of these tests are `plain:<password>`."""
    return stored.encode() == b"plain:" + password


def basic(user: str, password: str) -> str:
    """The Authorization header's value."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass
class Echo:
    """Sends every frame back. Keeps the connections and how each ended."""

    known: dict[str, auth.Known] = field(default_factory=dict)
    unknown: auth.Unknown = field(default_factory=auth.Unknown)
    ready: bool = True
    bad: set[str] = field(default_factory=set)
    """The serial numbers of revoked certificates."""
    turned_away: list[tuple[str | None, str]] = field(default_factory=list)
    connections: list[gateway.Connection] = field(default_factory=list)
    ends: list[gateway.ConnectionClosed] = field(default_factory=list)
    met: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)

    def accepting(self) -> bool:
        return self.ready

    async def credentials(self, identity: str) -> auth.Known | auth.Unknown:
        return self.known.get(identity.casefold(), self.unknown)

    async def shown(self, certificate: presented.Presented) -> auth.Shown:
        return auth.Shown(certificate, certificate.serial_number in self.bad)

    def refused(self, identity: str | None, why: str, remote: str) -> None:
        self.turned_away.append((identity, why))

    async def run(self, connection: gateway.Connection) -> None:
        self.connections.append(connection)
        self.met.set()
        try:
            await self.talk(connection)
        except gateway.ConnectionClosed as closed:
            self.ends.append(closed)
            raise
        finally:
            self.ended.set()

    async def talk(self, connection: gateway.Connection) -> None:
        while True:
            await connection.send(await connection.receive())


def registered(*chargers: auth.Known) -> dict[str, auth.Known]:
    return {charger.identity.casefold(): charger for charger in chargers}


@asynccontextmanager
async def serving(
    handler: gateway.Handler,
    numbers: gateway.Options | None = None,
    tls: ssl.SSLContext | Callable[[], ssl.SSLContext] | None = None,
) -> AsyncIterator[gateway.Gateway]:
    """A gateway on free ports; with `tls` the second endpoint is wss."""
    listeners = [gateway.Listener("127.0.0.1", 0)]
    if tls is not None:
        context = tls  # for the closure: what it gives may be another one later
        listeners.append(gateway.Listener("127.0.0.1", 0, context if callable(context) else lambda: context))
    async with trio.open_nursery() as nursery:
        start = partial(gateway.serve, choose=choose, verify=verify, numbers=numbers or gateway.Options())
        running: gateway.Gateway = await nursery.start(start, handler, listeners)
        with trio.fail_after(20):  # a bug must not hang the suite
            yield running
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def charger(
    url: str,
    *,
    offer: Sequence[str] = MINE,
    authorization: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    """A charger's connection. Raises trio_websocket.ConnectionRejected."""
    headers = [] if authorization is None else [(b"Authorization", authorization.encode())]
    parts = urlsplit(url)
    host, port = str(parts.hostname), int(parts.port or 0)
    plain = await trio.open_tcp_stream(host, port)
    stream = trio.SSLStream(plain, tls, server_hostname=host, https_compatible=True) if tls else plain
    # Its own stream, because trio-websocket's client leaves the socket open when the server closes first.
    async with stream, trio.open_nursery() as nursery:
        websocket = await trio_websocket.wrap_client_stream(
            nursery, stream, host, parts.path, subprotocols=offer, extra_headers=headers
        )
        yield websocket
        await websocket.aclose()


async def raw(running: gateway.Gateway, index: int = 0) -> trio.SocketStream:
    """A bare TCP connection to one of the endpoints."""
    endpoint = running.endpoints[index]
    return await trio.open_tcp_stream(endpoint.host, endpoint.port)


def upgrade(target: str, *lines: str, offer: str = "ocpp1.6") -> bytes:
    """An upgrade request, byte by byte as a charger sends it."""
    head = [f"GET {target} HTTP/1.1", "Host: csms", "Upgrade: websocket", "Connection: Upgrade", *lines]
    head += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    head += [f"Sec-WebSocket-Protocol: {offer}"] if offer else []
    return "\r\n".join([*head, "", ""]).encode("latin-1")


async def refused(running: gateway.Gateway, target: str, *lines: str) -> tuple[int, dict[str, str], str]:
    """(status, headers, body) of the answer to a charger that is not let in."""
    async with await raw(running) as stream:
        await stream.send_all(upgrade(target, *lines))
        head, _, body = (await answered(stream)).decode().partition("\r\n\r\n")
        status, *headers = head.split("\r\n")
        return int(status.split()[1]), {k.lower(): v for k, v in (line.split(": ", 1) for line in headers)}, body


async def answered(stream: trio.abc.Stream) -> bytes:
    """All that comes until the other side closes."""
    received = b""
    try:
        while chunk := await stream.receive_some():
            received += chunk
    except trio.BrokenResourceError:
        pass
    return received


async def works(running: gateway.Gateway, identity: str = "CP-01") -> bool:
    """Whether the next charger is served."""
    async with charger(f"{running.endpoints[0].url}/{identity}") as websocket:
        await websocket.send_message("still there?")
        return bool(await websocket.get_message() == "still there?")
