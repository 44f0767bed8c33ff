"""Waiting for a client that connects: while it owes us bytes it takes no turn from those that sent theirs.

Called by the upgrader around the admission. Looks at what came and takes nothing away.
"""

import re
import socket

import trio

from csms.gateway import admission

LONGEST = 16_384
"""Bytes that are waited for: a TLS record has no more, and a longer head is refused."""
_HELLO = b"\x16"
_METHOD = b"GET "
_HEAD_END = re.compile(rb"\n\r?\n")


async def whole(sock: trio.socket.SocketType, *, secure: bool) -> None:
    """Wait until TLS's hello, or the head of an HTTP request, is here to its end; or until nothing more will come.

    Raises OSError when the connection is broken.
    """
    complete, seen = _hello if secure else _head, 0
    while True:
        await trio.lowlevel.wait_readable(sock)
        data = await sock.recv(LONGEST, socket.MSG_PEEK)
        if len(data) in (seen, LONGEST) or complete(data):
            break
        seen = len(data)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)  # readable means: more than that
    if seen:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)


def _hello(data: bytes) -> bool:
    """What is no TLS at all counts as complete too: there is nothing to wait for."""
    return data[:1] != _HELLO or (len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5], "big"))


def _head(data: bytes) -> bool:
    return not data.startswith(_METHOD[: len(data)]) or _HEAD_END.search(data) is not None


class Transport(trio.abc.Stream):
    """What is under TLS, of a client whose hello is here: while it waits for more, the `turn` is somebody else's."""

    __slots__ = ("_begun", "_stream", "_turn")

    def __init__(self, stream: trio.abc.Stream, turn: admission.Turn) -> None:
        self._stream = stream
        self._turn = turn
        self._begun = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """The next bytes."""
        if not self._begun:
            self._begun = True
            return await self._stream.receive_some(max_bytes)
        self._turn.pause()
        data = await self._stream.receive_some(max_bytes)
        self._turn.resume()
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """As the stream does."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream does."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()
