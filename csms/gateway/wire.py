"""The byte stream under one WebSocket: notices signs of life, injects pings, holds early frames back.

Made by the server around the TCP or TLS stream and read by trio-websocket. Never looks inside frames.

trio-websocket does not tell its user of pings and pongs, and its ping() needs a task that waits for the pong; ten
thousand chargers would need as many. So pings are written here, between two frames, and life is noticed here, as
bytes.
"""

import trio

PING = b"\x89\x00"  # a whole frame: FIN + opcode 9, not masked (a server never masks), no payload
_HEAD_END = b"\r\n\r\n"


class Wire(trio.abc.Stream):
    """Wraps a stream. `last_seen` is trio's clock at the last bytes.

    `waiting_since` when the pending read began, None if nobody reads; `writing_since` the same for writes.
    """

    __slots__ = ("_early", "_opened", "_pinging", "_stream", "_tail", "last_seen", "waiting_since", "writing_since")

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._pinging: trio.Event | None = None
        self._opened: trio.Event | None = trio.Event()
        self._tail = b""
        self._early: bytes | None = None
        self.last_seen = trio.current_time()
        self.waiting_since: float | None = None
        self.writing_since: float | None = None

    def open(self) -> None:
        """The upgrade has been answered: let through what came behind the request (rule 15; wsproto would lose it)."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def silent_for(self, now: float) -> float:
        """Seconds we have been reading in vain; 0 when nobody reads, for then the silence is ours."""
        return 0.0 if self.waiting_since is None else now - self.waiting_since

    def stuck_for(self, now: float) -> float:
        """Seconds the peer has not read what we write; 0 when nothing is being written."""
        return 0.0 if self.writing_since is None else now - self.writing_since

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """The next bytes; b"" at the end. Between the end of the request and open() it blocks."""
        if self._opened is not None and self._early is not None:
            await self._opened.wait()
        if self._early:
            early, self._early = self._early, None
            return early
        self.waiting_since = trio.current_time()
        try:
            data = await self._stream.receive_some(max_bytes)
        finally:
            self.waiting_since = None
        self.last_seen = trio.current_time()
        return data if self._opened is None else self._head(bytes(data))

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write one or more whole frames. One task at a time, which trio-websocket sees to."""
        while self._pinging is not None:
            await self._pinging.wait()
        await self._write(data)

    async def ping(self) -> None:
        """Write a ping between two frames; none while a frame is being written, for the peer is busy reading that.

        Raises trio's Closed- or BrokenResourceError when the peer is gone.
        """
        if self.writing_since is None:
            self._pinging = over = trio.Event()
            try:
                await self._write(PING)
            finally:
                self._pinging = None
                over.set()

    async def send_eof(self) -> None:
        """Tell the peer that nothing more will come, where the transport can; TLS cannot."""
        if isinstance(self._stream, trio.abc.HalfCloseableStream):
            await self._stream.send_eof()

    async def wait_send_all_might_not_block(self) -> None:
        """As for every stream."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close the stream; a reader that is held back finds it closed."""
        self.open()
        await self._stream.aclose()

    async def _write(self, data: bytes | bytearray | memoryview) -> None:
        self.writing_since = trio.current_time()
        try:
            await self._stream.send_all(data)
        finally:
            self.writing_since = None

    def _head(self, data: bytes) -> bytes:
        """Cut behind the request's head, wherever the segments were split."""
        joined = self._tail + data
        end = joined.find(_HEAD_END)
        if end < 0:
            self._tail = joined[-len(_HEAD_END) + 1 :]
            return data
        cut = end + len(_HEAD_END) - len(self._tail)
        self._tail, self._early = b"", data[cut:]
        return data[:cut]
