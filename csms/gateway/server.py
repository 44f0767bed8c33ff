"""The accept loop: from a TCP connection to a handler that runs, and to its end.

Started by the gateway actor. Whatever one connection does ends with that connection: garbage, half a handshake, a bad
frame, a handler that raises. Knows no actor, and keeps nothing about a charger but its frame rate.
"""

import logging
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, Protocol, cast

import trio
import trio_websocket

from csms.gateway import admission, auth, connection, errors, handshake, options, pacing, passwords, proxy, reader, wire

log = logging.getLogger(__name__)

NORMAL, GOING_AWAY, PROTOCOL_ERROR, INTERNAL_ERROR = 1000, 1001, 1002, 1011
QUEUED = 2  # frames trio-websocket reads ahead, so that a ping behind them is answered while one is being handled
READ_SIZE = 4096
FORGET_EVERY = 60.0


class Handler(handshake.Directory, Protocol):
    """What the gateway serves: looks chargers up, and lives their connections."""

    async def run(self, connection: connection.Connection, /) -> None:
        """The whole life of a connection. It is closed when this returns (1000) or raises (1011).

        ConnectionClosed may escape.
        """


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on; port 0 picks a free one. `tls` makes it wss.

    `flag` is what the operator would change, for messages.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
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


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts since the start, save `connections`, `handshakes` and `waiting`, which are of now."""

    connections: int
    handshakes: int
    waiting: int
    accepted: int
    refused: int
    failed: int


async def serve(
    handler: Handler,
    listeners: Sequence[Listener],
    *,
    choose: handshake.Choose,
    verify: passwords.Verify,
    numbers: options.Options | None = None,
    task_status: trio.TaskStatus["Gateway"] = trio.TASK_STATUS_IGNORED,
) -> NoReturn:
    """Serve chargers until cancelled; `nursery.start(serve, ...)` gives the Gateway once all ports listen.

    Raises BadListener.
    """
    gateway = Gateway(handler, choose, verify, numbers or options.Options())
    await gateway.run(listeners, task_status)


class Gateway:
    """A running gateway. `endpoints` are in the listeners' order."""

    def __init__(
        self, handler: Handler, choose: handshake.Choose, verify: passwords.Verify, numbers: options.Options
    ) -> None:
        self._handler = handler
        self._choose = choose
        self._options = numbers
        self._vault = passwords.Passwords(verify, numbers.slow_verifications)
        self._admission = admission.Admission(numbers.handshakes_at_once, numbers.handshakes_per_second)
        self._paces = pacing.Paces(numbers.frame_rate)
        self._connections: set[connection.Connection] = set()
        self._handshakes = self._accepted = self._refused = self._failed = 0
        self.endpoints: tuple[Endpoint, ...] = ()

    def __iter__(self) -> Iterator[connection.Connection]:
        return iter(tuple(self._connections))

    def statistics(self) -> Statistics:
        """How busy it is."""
        return Statistics(
            len(self._connections),
            self._handshakes,
            self._admission.waiting,
            self._accepted,
            self._refused,
            self._failed,
        )

    def close_all(self, code: int, reason: str) -> None:
        """Begin to close every connection, e.g. with 1013 when nothing can be stored; returns at once."""
        for each in self:
            each.close(code, reason)

    async def drain(
        self, *, batch: int = 100, pause: float = 0.1, code: int = GOING_AWAY, reason: str = "restart"
    ) -> None:
        """Close what is connected now, in batches with `pause` seconds between: they come back as they went."""
        waiting = list(self)
        for start in range(0, len(waiting), batch):
            for each in waiting[start : start + batch]:
                each.close(code, reason)
            await trio.sleep(pause)

    async def run(self, listeners: Sequence[Listener], task_status: trio.TaskStatus["Gateway"]) -> NoReturn:
        """See serve()."""
        async with trio.open_nursery() as nursery:
            opened = [(await _open(listener), listener.tls) for listener in listeners]
            self.endpoints = tuple(_endpoint(sockets[0], tls) for sockets, tls in opened)
            for sockets, tls in opened:
                await nursery.start(partial(trio.serve_listeners, partial(self._contain, tls), sockets))
            nursery.start_soon(self._every, self._options.sweep_every, self._sweep)
            nursery.start_soon(self._every, FORGET_EVERY, self._forget)
            task_status.started(self)
            await trio.sleep_forever()
        raise AssertionError("unreachable: the nursery ends only by cancellation")

    async def _every(self, seconds: float, act: Callable[[float], None]) -> None:
        while True:
            await trio.sleep(seconds)
            act(trio.current_time())

    def _sweep(self, now: float) -> None:
        for each in self:
            each.sweep(now)

    def _forget(self, now: float) -> None:
        self._paces.forget_idle(now, {each.identity for each in self._connections})

    async def _contain(self, tls: ssl.SSLContext | None, stream: trio.SocketStream) -> None:
        try:
            await self._converse(stream, tls)
        except* Exception as group:  # noqa: BLE001  containment: a connection ends alone
            self._failed += 1
            log.debug("connection_failed error=%r", group.exceptions[0])
        finally:
            await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.SocketStream, tls: ssl.SSLContext | None) -> None:
        # Who connects and says nothing costs no turn.
        with trio.fail_after(self._options.handshake_timeout):
            await trio.lowlevel.wait_readable(stream.socket)
        async with trio.open_nursery() as nursery:
            opened = await self._shake_hands(nursery, stream, tls)
            if opened is not None:
                await self._live(*opened)
            nursery.cancel_scope.cancel()

    async def _live(self, charger: connection.Connection, reads: reader.Reader) -> None:
        code = GOING_AWAY  # unless it ends otherwise than by cancellation
        self._connections.add(charger)
        try:
            await self._handler.run(charger)
            code = NORMAL
        except* errors.ConnectionClosed:
            code = NORMAL
        except* Exception:
            code = INTERNAL_ERROR
            log.exception("handler_failed identity=%s", charger.identity)
        finally:
            self._connections.discard(charger)
            with trio.CancelScope(shield=True):
                await charger.finish(code, "", reads.stop)

    # -- the handshake -----------------------------------------------------

    async def _shake_hands(
        self, nursery: trio.Nursery, stream: trio.SocketStream, tls: ssl.SSLContext | None
    ) -> tuple[connection.Connection, reader.Reader] | None:
        ticket = await self._admission.enter()
        self._handshakes += 1
        try:
            with trio.move_on_after(self._options.handshake_timeout) as scope:
                reads = reader.Reader(nursery, on_end=scope.cancel)
                return await self._upgrade(nursery, reads, stream, tls)
            self._failed += 1
            return None
        finally:
            self._handshakes -= 1
            self._admission.leave(ticket)

    async def _upgrade(
        self, nursery: trio.Nursery, reads: reader.Reader, stream: trio.SocketStream, tls: ssl.SSLContext | None
    ) -> tuple[connection.Connection, reader.Reader] | None:
        bytes_ = wire.Wire(await _encrypted(stream, tls))
        asked = await trio_websocket.wrap_server_stream(
            cast("trio.Nursery", reads), bytes_, QUEUED, self._options.message_limit, READ_SIZE
        )
        request = self._request(asked, stream, tls is not None)
        verdict = await handshake.answer(request, self._handler, self._vault, self._choose, self._options.retry_after)
        if isinstance(verdict, auth.Refuse):
            self._refused += 1
            log.info(
                "upgrade_refused status=%d why=%s target=%r remote=%s",
                verdict.status,
                verdict.why,
                request.target,
                request.remote,
            )
            await asked.reject(verdict.status, extra_headers=list(verdict.headers), body=verdict.body.encode())
            return None
        websocket = await asked.accept(subprotocol=verdict.subprotocol)
        reads.on_end = None
        bytes_.open()
        if verdict.subprotocol is None:
            self._refused += 1
            log.info("no_common_subprotocol offered=%r identity=%s", request.offered, verdict.identity)
            await websocket.aclose(PROTOCOL_ERROR, "no common subprotocol")
            return None
        self._accepted += 1
        peer = connection.Peer(
            verdict.identity, verdict.subprotocol, request.remote, request.secure, verdict.credential
        )
        pace = self._paces.of(peer.identity)
        charger = connection.Connection(peer, websocket, bytes_, nursery.start_soon, pace, self._options)
        _adopt(charger, verdict.found)
        return charger, reads

    def _request(
        self, asked: trio_websocket.WebSocketRequest, stream: trio.SocketStream, secure: bool
    ) -> handshake.Request:
        address = stream.socket.getpeername()[0]
        remote, secure = proxy.origin(address, secure, asked.headers, self._options.trusted_proxies)
        authorization = next((value for name, value in asked.headers if name.lower() == b"authorization"), None)
        return handshake.Request(asked.path, authorization, asked.proposed_subprotocols, remote, secure)


async def _encrypted(stream: trio.SocketStream, tls: ssl.SSLContext | None) -> trio.abc.Stream:
    if tls is None:
        return stream
    encrypted = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
    await encrypted.do_handshake()
    return encrypted


def _adopt(charger: connection.Connection, found: auth.Known | auth.Unknown) -> None:
    """Take the charger's own ping policy where it has one."""
    if isinstance(found, auth.Known):
        charger.ping_interval = charger.ping_interval if found.ping_interval is None else found.ping_interval
        charger.offline_after = charger.offline_after if found.offline_after is None else found.offline_after


async def _open(listener: Listener) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(listener.port, host=listener.host)
    except OSError as error:
        raise errors.BadListener(
            f"cannot listen on {listener.host} port {listener.port}: {error.strerror or error}. "
            f"Stop what uses it or choose another one with {listener.flag} (0 picks a free one)."
        ) from error


def _endpoint(listener: trio.SocketListener, tls: ssl.SSLContext | None) -> Endpoint:
    host, port = listener.socket.getsockname()[:2]
    return Endpoint(host, port, tls is not None)
