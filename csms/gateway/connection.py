"""One accepted charger connection, as its handler sees it: receive, send, close.

Made by the server after the upgrade. Never parses OCPP, and never decides which of two sockets of a charger is the
right one.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import trio
import trio_websocket

from csms.gateway import compression, errors, liveness, options, pacing, reader, wire

log = logging.getLogger(__name__)

GOING_AWAY, UNSUPPORTED_DATA, ABNORMAL, TOO_BIG = 1001, 1003, 1006, 1009  # ABNORMAL is never sent: no close frame came

FRAME_SIZE = 4096
"""Characters that count as one frame of a charger's rate; a longer frame counts as several, for it is more work."""

Spawn: TypeAlias = Callable[[Callable[[], Awaitable[object]]], object]


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, fixed when the upgrade was accepted."""

    identity: str
    subprotocol: str
    remote: str
    secure: bool
    credential: str | None = field(default=None, repr=False)
    profile: int = 0
    certificate: str | None = None


class Connection:
    """A charger's open WebSocket.

    `identity` is the stored spelling, `subprotocol` what was agreed, `remote` the charger's address (behind a trusted
    proxy: as that says), `secure` whether it came over TLS, `credential` the stored hash that its password matched,
    None if no password was asked for, `profile` the security profile that it signed in with, `certificate` the serial
    number (hexadecimal) of the certificate that it showed. `ping_interval` and `offline_after` (seconds, 0 = off) may
    be changed at any time.
    """

    __slots__ = (
        *("_closing", "_goodbye", "_options", "_pace", "_pause", "_pinged_at"),
        *("_reader", "_spawn", "_websocket", "_wire"),
        *("certificate", "credential", "identity", "offline_after", "ping_interval", "profile"),
        *("remote", "secure", "subprotocol"),
    )

    def __init__(
        self,
        peer: Peer,
        websocket: trio_websocket.WebSocketConnection,
        line: wire.Wire,
        reads: reader.Reader,
        spawn: Spawn,
        pace: pacing.Pace,
        numbers: options.Options,
    ) -> None:
        self._websocket = websocket
        self._wire = line
        self._reader = reads
        self._spawn = spawn
        self._pace = pace
        self._pause: trio.CancelScope | None = None
        self._options = numbers
        self._closing: tuple[int, str] | None = None
        self._goodbye: trio.Event | None = None
        self._pinged_at = trio.current_time()
        self.identity = peer.identity
        self.subprotocol = peer.subprotocol
        self.remote = peer.remote
        self.secure = peer.secure
        self.credential = peer.credential
        self.profile = peer.profile
        self.certificate = peer.certificate
        self.ping_interval = numbers.ping_interval
        self.offline_after = numbers.offline_after

    def __repr__(self) -> str:
        return f"<Connection {self.identity!r} from {self.remote}{' (closed)' if self.closed else ''}>"

    @property
    def last_seen(self) -> float:
        """trio's clock when anything last came in: a frame, a ping or a pong."""
        return self._wire.last_seen

    @property
    def closed(self) -> bool:
        """Whether it is closed or closing, from either side."""
        return self._closing is not None or self._websocket.closed is not None

    async def receive(self) -> str:
        """The next text frame, not empty. One task at a time. Raises ConnectionClosed.

        A charger that sends faster than its frame rate waits here: nothing is dropped, TCP slows it down. After a long
        frame the next one waits longer.
        """
        while True:
            message = await self._next()
            frames = 1 + len(message) // FRAME_SIZE
            if wait := self._pace.take(trio.current_time(), frames):
                await self._slow_down(wait, frames)
            if isinstance(message, bytes):
                self.close(UNSUPPORTED_DATA, "OCPP-J is text")
            elif message:
                return message

    async def send(self, text: str) -> None:
        """Send one text frame; returns when the kernel has it.

        Raises ConnectionClosed, also when the charger takes too long to read (the sweep sees that).
        """
        if self._closing:
            raise self._why_closed()
        try:
            await self._websocket.send_message(text)
        except trio_websocket.ConnectionClosed:
            raise self._why_closed() from None

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin to close, from any task; returns at once and never raises. The first call's code counts.

        Waiting receive() and send() calls end with ConnectionClosed; the handler's run() may end in its own time.
        """
        if self._closing is None:
            self._closing = (code, reason)
            self._goodbye = trio.Event()
            if self._pause is not None:
                self._pause.cancel()
            self._spawn(self._say_goodbye)

    # -- for the server ----------------------------------------------------

    def sweep(self, now: float) -> None:
        """Ping or give up, whichever is due."""
        if 0 < self._options.send_timeout <= self._wire.stuck_for(now):
            # Half a frame may be out, so that no close frame can follow it.
            self._closing = self._closing or (ABNORMAL, "the charger does not read")
            self._spawn(partial(trio.aclose_forcefully, self._wire))
            return
        if self.closed:
            return
        match liveness.judge(
            silent_for=self._wire.silent_for(now),
            since_ping=now - self._pinged_at,
            ping_interval=self.ping_interval,
            offline_after=self.offline_after,
        ):
            case liveness.Verdict.GONE:
                log.info("charger_silent identity=%s seconds=%.0f", self.identity, now - self.last_seen)
                self.close(GOING_AWAY, "no sign of life")
            case liveness.Verdict.PING:
                self._pinged_at = now
                self._spawn(self._ping)
            case liveness.Verdict.FINE:
                pass

    async def finish(self, code: int) -> None:
        """Close if nobody has, and leave nothing open. Called once, at the very end."""
        if self._closing is None:
            self._closing = (code, "")
            await self._say_goodbye()
        elif self._goodbye is not None:
            await self._goodbye.wait()
        await self._reader.stop()
        why = self._websocket.closed
        if why is not None and why.code == TOO_BIG:
            await self._drain()
        await trio.aclose_forcefully(self._wire)
        compression.release(self._websocket)

    async def _next(self) -> str | bytes:
        if self._closing:
            raise self._why_closed()
        try:
            return await self._websocket.get_message()
        except trio_websocket.ConnectionClosed:
            raise self._why_closed() from None

    async def _slow_down(self, seconds: float, frames: int) -> None:
        """Wait, unless we close meanwhile: then they do not count, neither here nor for the next connection."""
        with trio.move_on_after(seconds) as self._pause:
            await trio.sleep_forever()
        self._pause = None
        if self._closing:
            self._pace.give_back(frames)
            raise self._why_closed()

    def _why_closed(self) -> errors.ConnectionClosed:
        if self._closing:
            return errors.ConnectionClosed(*self._closing)
        reason = self._websocket.closed
        return (
            errors.ConnectionClosed(reason.code, reason.reason or "")
            if reason
            else errors.ConnectionClosed(ABNORMAL, "")
        )

    async def _say_goodbye(self) -> None:
        code, reason = self._closing or (1000, "")
        try:
            with trio.move_on_after(self._options.close_grace):
                await self._websocket.aclose(code, reason)  # wsproto cuts a reason that is too long
        finally:
            if self._goodbye is not None:
                self._goodbye.set()

    async def _ping(self) -> None:
        try:
            await self._wire.ping()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the reader notices too

    async def _drain(self) -> None:
        """Closing a socket with unread bytes resets it, and the charger would never see why (1009)."""
        with trio.move_on_after(self._options.close_grace):
            try:
                await self._wire.send_eof()
                while await self._wire.receive_some(2**16):
                    pass
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
