"""The TCP stream of one charger, which knows how chargers talk: long silences, small frames.

Made by the upgrader around the accepted stream. trio's own tries to read before it waits, and lets every other task run
after each call; both cost more than the system call itself when the next frame is minutes away and fits into one
packet. So this one waits before it reads, and writes at once what the kernel takes.
"""

import os

import trio

RECEIVE_SIZE = 65_536


class Tcp(trio.abc.HalfCloseableStream):
    """Wraps an accepted stream. Reading always lets others run, writing only when the kernel's buffer is full."""

    __slots__ = ("_socket", "_stream")

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._socket = stream.socket

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """The next bytes; b"" at the end. Raises trio's ClosedResourceError and BrokenResourceError."""
        while True:
            await trio.lowlevel.wait_readable(self._descriptor())
            # Asked anew: closed before our turn came, its number may be another connection's by now.
            descriptor = self._descriptor()
            try:
                return os.read(descriptor, max_bytes or RECEIVE_SIZE)
            except BlockingIOError:
                continue  # epoll was wrong: the packet had a bad checksum
            except OSError as error:
                raise trio.BrokenResourceError(f"socket connection broken: {error}") from error

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write it all. One task at a time. Raises trio's ClosedResourceError and BrokenResourceError."""
        try:
            sent = os.write(self._descriptor(), data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise trio.BrokenResourceError(f"socket connection broken: {error}") from error
        if sent < len(data):
            await self._stream.send_all(memoryview(data)[sent:])

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream does."""
        await self._stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """As the stream does."""
        await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def _descriptor(self) -> int:
        descriptor = self._socket.fileno()
        if descriptor < 0:
            raise trio.ClosedResourceError("socket was already closed")
        return descriptor
