"""Runs a charger over a WebSocket: connect, back off, carry frames, wake it when it is due.

Two tasks a charger: one keeps the link, one watches the clock. All behaviour is in `charger`; nothing here decides
what a charger says.
"""

from __future__ import annotations

import base64
import logging
import random
import ssl
import tempfile
import urllib.parse
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import trio
import trio_websocket
import wsproto
from cryptography.hazmat.primitives.serialization import Encoding

from csms.simulator import car as cars
from csms.simulator import charger as chargers
from csms.simulator import clock, config, errands, ledger, profiles, protocols, transfer
from csms.simulator.statistics import Statistics

logger = logging.getLogger(__name__)

_Stream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]

_MAX_MESSAGE = 1 << 20
_ERRAND_S = 60.0
_CLOSE_S = 2.0
"""How long a proper close may take."""


class Link:
    """A running charger. Its methods steer it like a person would; each takes effect at once."""

    def __init__(
        self,
        config: config.ChargerConfig,
        ledger: ledger.Ledger,
        *,
        clock: clock.Clock,
        statistics: Statistics,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Raises UnsupportedProtocol, UnknownProfile. Make it inside the event loop."""
        self.charger = chargers.Charger(
            config, protocols.speaking(config.protocol), ledger, now=clock.now, speed=clock.speed
        )
        profiles.start(self.charger, config.profile)
        self._config = config
        self._clock = clock
        self._statistics = statistics
        self._ssl = ssl_context
        self._rng = random.Random(f"{config.seed}/{config.id}/link")  # noqa: S311 - reproducible, not secret
        self._wake = trio.Event()
        self._watching_until = 0.0
        self._changed: trio.Event | None = None
        self._socket: trio_websocket.WebSocketConnection | None = None
        self._stream: _Stream | None = None
        self._stopping = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._failures = 0
        """Attempts to connect in a row without an answer."""

    # -- steering ----------------------------------------------------------

    def plug_in(self, connector_id: int = 1, car: cars.Car | None = None) -> None:
        """Connect a car."""
        self._act(self.charger.plug_in, connector_id, car)

    def unplug(self, connector_id: int = 1) -> None:
        """Take the cable out."""
        self._act(self.charger.unplug, connector_id)

    def present(self, token: str, connector_id: int = 1) -> None:
        """Hold a card to the reader."""
        self._act(self.charger.present, token, connector_id)

    def fault(self, error_code: str = "InternalError", connector_id: int = 1) -> None:
        """Break a connector, or repair it with NoError."""
        self._act(self.charger.fault, error_code, connector_id)

    def withhold(self, withheld: bool = True, connector_id: int = 1) -> None:
        """Offer no energy, or offer it again."""
        self._act(self.charger.withhold, withheld, connector_id)

    def do(self, action: Callable[[chargers.Charger], object]) -> None:
        """Anything else that is done to a charger, such as what a functional block offers."""
        self._act(action, self.charger)

    def drop_link(self) -> None:
        """Cut the connection without a word; the charger comes back by itself."""
        self.charger.exchange.hang_up = "drop"
        self._wake.set()

    def shut_down(self) -> None:
        """End sessions gracefully; `run` returns when everything was delivered."""
        self._stopping.set()
        self._act(self.charger.shut_down)

    @property
    def connected(self) -> bool:
        """A socket is open."""
        return self._socket is not None

    async def wait_until(self, condition: Callable[[chargers.Charger], bool]) -> None:
        """Wait until the charger is as asked; looked at whenever something happened to it."""
        while not condition(self.charger):
            self._changed = self._changed or trio.Event()
            await self._changed.wait()

    def _act(self, action: Callable[..., object], *arguments: object) -> None:
        action(*arguments)
        self._wake.set()

    # -- running -----------------------------------------------------------

    async def run(self) -> None:
        """Live until `shut_down` and everything is delivered, or until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._watch)
            await self._pause_until(trio.current_time() + self._config.start_delay)
            while not self._done():
                answers = self.charger.exchange.answers
                await self._connection()
                self._failures = 0 if self.charger.exchange.answers > answers else self._failures + 1
                if not self._done():
                    await self._pause_until(self._next_attempt(self._failures))
            nursery.cancel_scope.cancel()

    def _done(self) -> bool:
        return self._stopping.is_set() and self.charger.settled

    def _next_attempt(self, failures: int) -> float:
        low, high = self._config.backoff_min, self._config.backoff_max
        delay = min(high, low * 2.0 ** min(failures, 16)) * self._rng.uniform(0.5, 1.0)
        return max(trio.current_time() + delay, self._clock.deadline(self.charger.power.dark_until))

    async def _pause_until(self, at: float) -> None:
        """Wait, but let the first call to `shut_down` cut it short."""
        with trio.move_on_at(at):
            if not self._stopping.is_set():
                await self._stopping.wait()
            else:
                await trio.sleep_forever()

    async def _connection(self) -> None:
        """One connection from the knock to its end; every failure of the network ends here."""
        try:
            async with trio.open_nursery() as nursery:
                with trio.fail_after(self._config.connect_timeout):
                    self._stream = stream = await self._connect()
                    socket = await self._upgrade(nursery, stream)
                try:
                    await self._serve(nursery, socket)
                finally:
                    nursery.cancel_scope.cancel()
        except* trio_websocket.ConnectionRejected as rejected:
            status = _first(rejected).status_code
            self._statistics.refused[status] += 1
            logger.info("upgrade_refused charger=%s status=%d", self._config.id, status)
        except* (OSError, trio.TooSlowError, trio.BrokenResourceError, trio_websocket.HandshakeError) as failed:
            self._statistics.failed_connects += 1
            logger.info("connect_failed charger=%s why=%r", self._config.id, _first(failed))
        except* wsproto.utilities.LocalProtocolError:
            # A ping came while we close, and trio-websocket tries to answer it (its issue 184).
            logger.info("close_cut_short charger=%s", self._config.id)
        finally:
            opened, self._stream = self._stream, None
            if opened is not None:
                await trio.aclose_forcefully(opened)

    @property
    def _address(self) -> str:
        addresses = self.charger.addresses
        return addresses[self._failures // config.ATTEMPTS % len(addresses)]

    async def _connect(self) -> _Stream:
        parts = urllib.parse.urlsplit(self._address)
        host = parts.hostname or ""
        secure = parts.scheme == "wss"
        stream = await trio.open_tcp_stream(host, parts.port or (443 if secure else 80))
        if not secure:
            return stream
        context = self._tls()
        wrapped = trio.SSLStream(stream, context, server_hostname=host, https_compatible=True)
        await wrapped.do_handshake()
        return wrapped

    def _tls(self) -> ssl.SSLContext:
        """Its side of TLS: it trusts the roots that it was given besides, and shows its own certificate (profile 3)."""
        given, held = self._ssl or ssl.create_default_context(), self.charger.certificates
        if held.identity is None and not held.servers:
            return given
        context = ssl.create_default_context()
        trusted = [*given.get_ca_certs(binary_form=True), *(root.public_bytes(Encoding.DER) for root in held.servers)]
        if trusted:
            context.load_verify_locations(cadata=b"".join(trusted))
        if held.identity is not None:
            with tempfile.NamedTemporaryFile("w") as file:  # OpenSSL takes keys from files only
                file.write(held.identity)
                file.flush()
                context.load_cert_chain(file.name)
        return context

    async def _upgrade(self, nursery: trio.Nursery, stream: _Stream) -> trio_websocket.WebSocketConnection:
        parts = urllib.parse.urlsplit(self._address)
        wanted = self.charger.dialect.subprotocol
        socket = await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            parts.netloc.rpartition("@")[2],
            f"{parts.path.rstrip('/')}/{urllib.parse.quote(self._config.id, safe='')}",
            subprotocols=[wanted],
            extra_headers=self._credentials(),
            max_message_size=_MAX_MESSAGE,
        )
        if socket.subprotocol != wanted:
            raise trio_websocket.HandshakeError(f"the central system does not speak {wanted}")
        return socket

    def _credentials(self) -> list[tuple[bytes, bytes]]:
        if self.charger.password is None:
            return []
        pair = f"{self._config.id}:{self.charger.password}".encode()
        return [(b"Authorization", b"Basic " + base64.b64encode(pair))]

    async def _serve(self, nursery: trio.Nursery, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self._statistics.connects += 1
        self._statistics.online += 1
        if self.charger.settings.ping_interval > 0:
            nursery.start_soon(self._ping, socket, self.charger.settings.ping_interval / self._clock.speed)
        try:
            self.charger.link_up()
            while True:
                self._happened()
                await self._flush()
                self.charger.receive(await socket.get_message())
                self._statistics.frames_in += 1
        except trio_websocket.ConnectionClosed as closed:
            logger.info("link_lost charger=%s reason=%s", self._config.id, closed.reason)
        finally:
            self._socket = None
            self._statistics.online -= 1
            self._statistics.drops += 1
            self.charger.link_down()
            self._happened()

    async def _watch(self) -> None:
        """Advance the charger whenever it is due or somebody acted."""
        while True:
            self._watching_until = self.charger.due
            with trio.move_on_at(self._clock.deadline(self._watching_until)):
                await self._wake.wait()
            self._wake = trio.Event()
            self.charger.advance()
            self._happened()
            try:
                await self._flush()
            except trio_websocket.ConnectionClosed:
                # The task that reads sees it too, and takes the link down.
                await trio.lowlevel.checkpoint()

    async def _flush(self) -> None:
        """Send what the charger wants to say, then close where it asked for that."""
        socket, stream = self._socket, self._stream
        if socket is None or stream is None:
            return
        while self.charger.frames:
            self._statistics.frames_out += 1
            await socket.send_message(self.charger.frames.popleft())
            if self._socket is not socket:
                return
        if self.charger.hang_up == "drop":
            await trio.aclose_forcefully(stream)
        elif self.charger.hang_up == "close" or self._done():
            with trio.move_on_after(_CLOSE_S):
                await socket.aclose()

    async def _ping(self, socket: trio_websocket.WebSocketConnection, interval: float) -> None:
        try:
            while True:
                await trio.sleep(interval)
                with trio.move_on_after(interval) as waiting:
                    await socket.ping()
                if waiting.cancelled_caught:
                    self.drop_link()
        except trio_websocket.ConnectionClosed:
            return

    async def _carry_out(self, errand: errands.Errand) -> None:
        status, body = await transfer.run(errand, within=_ERRAND_S, context=self._ssl)
        self._act(errand.done, status, body)

    def _happened(self) -> None:
        """Something changed: tell who waits for it, start errands, and the watch if it is due sooner now."""
        while self.charger.errands and self._nursery is not None:
            self._nursery.start_soon(self._carry_out, self.charger.errands.popleft())
        if self._changed is not None:
            self._changed.set()
            self._changed = None
        if self.charger.due < self._watching_until:
            self._wake.set()


_Error = TypeVar("_Error", bound=BaseException)


def _first(group: BaseExceptionGroup[_Error]) -> _Error:
    """The first plain exception of a group."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


async def run_charger(
    config: config.ChargerConfig,
    *,
    ledger: ledger.Ledger,
    clock: clock.Clock,
    statistics: Statistics | None = None,
    ssl_context: ssl.SSLContext | None = None,
    task_status: trio.TaskStatus[Link] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run one charger; `nursery.start` returns its Link to steer it. Raises UnsupportedProtocol, UnknownProfile."""
    link = Link(config, ledger, clock=clock, statistics=statistics or Statistics(), ssl_context=ssl_context)
    task_status.started(link)
    await link.run()
