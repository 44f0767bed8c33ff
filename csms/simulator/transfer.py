"""Carries out a charger's errands over HTTP(S): fetches firmware, brings logs. Used by `link`.

One connection an errand, no redirects, no proxies: what a charger's firmware would do.
"""

import ssl
import urllib.parse
from typing import TypeAlias

import h11
import trio

from csms.simulator.errands import Errand

_LIMIT = 64 << 20
"""The largest file that is fetched."""
_CHUNK = 65_536
_Stream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]


async def run(errand: Errand, *, within: float, context: ssl.SSLContext | None) -> tuple[int, bytes]:
    """Carry out one errand: (status, body), or (0, b"") where that failed. `within` real seconds."""
    parts = urllib.parse.urlsplit(errand.url)
    with trio.move_on_after(within):
        try:
            async with await _connect(parts, context) as stream:
                return await _exchange(stream, parts, errand)
        except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError, ValueError):
            return 0, b""
    return 0, b""


async def _connect(parts: urllib.parse.SplitResult, context: ssl.SSLContext | None) -> _Stream:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(parts.scheme)
    secure = parts.scheme == "https"
    stream = await trio.open_tcp_stream(parts.hostname, parts.port or (443 if secure else 80))
    if not secure:
        return stream
    return trio.SSLStream(
        stream, context or ssl.create_default_context(), server_hostname=parts.hostname, https_compatible=True
    )


async def _exchange(stream: _Stream, parts: urllib.parse.SplitResult, errand: Errand) -> tuple[int, bytes]:
    connection = h11.Connection(h11.CLIENT)
    await stream.send_all(_request(connection, parts, errand))
    status, body = 0, bytearray()
    while True:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(bytes(await stream.receive_some(_CHUNK)))
            case h11.Response() as response:
                status = response.status_code
            case h11.Data() as part:
                body += part.data
                if len(body) > _LIMIT:
                    return 0, b""
            case h11.EndOfMessage() | h11.ConnectionClosed() | h11.PAUSED:
                return status, bytes(body)


def _request(connection: h11.Connection, parts: urllib.parse.SplitResult, errand: Errand) -> bytes:
    headers = [("Host", parts.netloc.rpartition("@")[2]), ("Connection", "close")]
    if errand.method == "PUT":
        headers.append(("Content-Length", str(len(errand.body))))
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    events: list[h11.Event] = [h11.Request(method=errand.method, target=target, headers=headers)]
    events += [h11.Data(data=errand.body)] if errand.body else []
    return b"".join(connection.send(event) or b"" for event in (*events, h11.EndOfMessage()))
