"""The accept loop: from a TCP connection to a handler that runs, and to its end.

Started by the gateway actor. Whatever one connection does ends with that connection: garbage, half a handshake, a bad
frame, a handler that raises. Knows no actor, and keeps nothing about a charger but its frame rate.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, Protocol

import trio

from csms import credentials
from csms.gateway import connection, errors, handshake, listeners, options, pacing, passwords, tls, upgrade

log = logging.getLogger(__name__)

NORMAL, GOING_AWAY, INTERNAL_ERROR = 1000, 1001, 1011
SWEPT_TOGETHER = 500  # connections; then others get their turn, a millisecond or two later
FORGET_EVERY = 60.0  # seconds; frame rates of chargers that are gone


class Handler(handshake.Directory, Protocol):
    """What the gateway serves: looks chargers up, and lives their connections."""

    async def run(self, connection: connection.Connection, /) -> None:
        """The whole life of a connection.

        It is closed when this returns (1000) or raises (1011); ConnectionClosed may escape and is the usual end.
        """


@dataclass(frozen=True, slots=True)
class Statistics:
    """`connections`, `handshakes` and `waiting` (for a handshake) are of now, the others counts since the start."""

    connections: int
    handshakes: int
    waiting: int
    accepted: int
    refused: int
    failed: int


async def serve(
    handler: Handler,
    listening: Sequence[listeners.Listener],
    *,
    choose: handshake.Choose,
    verify: passwords.Verify = credentials.verify,
    numbers: options.Options | None = None,
    task_status: trio.TaskStatus["Gateway"] = trio.TASK_STATUS_IGNORED,
) -> NoReturn:
    """Serve chargers until cancelled; `nursery.start(serve, ...)` gives the Gateway once all ports listen.

    `choose` picks a subprotocol from those offered; `verify(stored, password)` checks a password, in a thread where
    the stored one is argon2. Raises BadListener.
    """
    gateway = Gateway(handler, choose, verify, numbers or options.Options())
    await gateway.run(listening, task_status)


class Gateway:
    """A running gateway. `endpoints` are in the listeners' order; iterating gives the open connections."""

    def __init__(
        self, handler: Handler, choose: handshake.Choose, verify: passwords.Verify, numbers: options.Options
    ) -> None:
        self._handler = handler
        self._sweep_every = numbers.sweep_every
        self._paces = pacing.Paces(numbers.frame_rate)
        self._upgrader = upgrade.Upgrader(handler, choose, verify, numbers, self._paces)
        self._connections: set[connection.Connection] = set()
        self._failed = 0
        self.endpoints: tuple[listeners.Endpoint, ...] = ()

    def __iter__(self) -> Iterator[connection.Connection]:
        return iter(tuple(self._connections))

    def statistics(self) -> Statistics:
        """How busy it is."""
        door = self._upgrader
        return Statistics(
            len(self._connections), door.underway, door.waiting, door.accepted, door.refused, self._failed
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

    async def run(self, listening: Sequence[listeners.Listener], task_status: trio.TaskStatus["Gateway"]) -> NoReturn:
        """See serve()."""
        bound = list(zip(listening, await listeners.bind_all(listening), strict=True))
        self.endpoints = tuple(listeners.endpoint(sockets, secure=each.tls is not None) for each, sockets in bound)
        async with trio.open_nursery() as nursery:
            for each, sockets in bound:
                await nursery.start(partial(trio.serve_listeners, partial(self._contain, each.tls), sockets))
            nursery.start_soon(self._sweep)
            nursery.start_soon(_every, FORGET_EVERY, self._forget)
            task_status.started(self)
            await trio.sleep_forever()
        raise AssertionError("unreachable: only cancellation ends the nursery")

    async def _sweep(self) -> NoReturn:
        while True:
            await trio.sleep(self._sweep_every)
            for number, each in enumerate(self, 1):
                each.sweep(trio.current_time())
                if number % SWEPT_TOGETHER == 0:
                    await trio.lowlevel.checkpoint()

    def _forget(self, now: float) -> None:
        self._paces.forget_idle(now, {each.identity for each in self._connections})

    async def _contain(self, secured: tls.Context | None, stream: trio.SocketStream) -> None:
        try:
            await self._converse(stream, secured)
        except* Exception as group:  # noqa: BLE001  containment: a connection ends alone
            self._failed += 1
            log.debug("connection_failed error=%r", group.exceptions[0])
        finally:
            await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.SocketStream, secured: tls.Context | None) -> None:
        async with trio.open_nursery() as nursery:
            charger = await self._upgrader.shake_hands(nursery, stream, None if secured is None else secured())
            if charger is not None:
                await self._live(charger)
            nursery.cancel_scope.cancel()

    async def _live(self, charger: connection.Connection) -> None:
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
                await charger.finish(code)


async def _every(seconds: float, act: Callable[[float], None]) -> None:
    while True:
        await trio.sleep(seconds)
        act(trio.current_time())
