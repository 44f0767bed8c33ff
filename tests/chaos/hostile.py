"""Hostile peers. Each attack has the server at its mercy while it awaits `held`, and leaves when that returns.

Used by test_hostile.py, and by `scripts/bench neighbours` against a server in a process of its own.
"""

import itertools
import json
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

import trio
import trio_websocket

from csms.protocol import jsontext
from tests.csms.gateway import support, test_hostile

EVIL = "EVIL"
"""The registered charger that is in hostile hands."""
LIMIT = 2**20
Address: TypeAlias = tuple[str, int]
Held: TypeAlias = Callable[[], Awaitable[object]]


class Target(NamedTuple):
    """What is attacked: the URLs without a charger's id, as the server tells them."""

    ocpp: str
    http: str
    wss: str | None = None

    @property
    def evil(self) -> str:
        """Where the charger in hostile hands connects."""
        return f"{self.ocpp}/{EVIL}"


Attack: TypeAlias = Callable[[Target, Held], Awaitable[None]]


# -- Connections -------------------------------------------------------------------------------------------------------


async def idle_on_both_ports(target: Target, held: Held) -> None:
    """1,000 connections that say nothing."""
    async with many(target.ocpp, 500), many(target.http, 500):
        await held()


async def garbage_on_both_ports(target: Target, held: Held) -> None:
    """Bytes that are no request, to the end of each connection."""
    for url in (target.ocpp, target.http):
        for sent in test_hostile.GARBAGE:
            async with many(url, 5) as streams:
                await everywhere(streams, sent)
                await ended(streams, eof=True)
    await held()


async def resets(target: Target, held: Held) -> None:
    """Connections that are reset in the middle of a request."""
    for url, sent in ((target.ocpp, HANDSHAKE[:60]), (target.ocpp, HANDSHAKE), (target.http, REQUEST[:20])):
        async with many(url, 50) as streams:
            await everywhere(streams, sent)
            for stream in streams:
                stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, struct.pack("ii", 1, 0))
    await held()


async def half_handshakes(target: Target, held: Held) -> None:
    """Handshakes that stop in the middle, held until the server has had enough."""
    async with many(target.ocpp, 200) as streams:
        await everywhere(streams, HANDSHAKE[:60])
        await held()
        await ended(streams)


async def slow_handshakes(target: Target, held: Held) -> None:
    """Handshakes that never end, a byte at a time."""
    await _trickle(target.ocpp, HANDSHAKE[:-2], held)


async def slow_heads(target: Target, held: Held) -> None:
    """The same over HTTP."""
    await _trickle(target.http, REQUEST[:-2], held)


async def half_bodies(target: Target, held: Held) -> None:
    """Requests whose body stops in the middle, held until the server has had enough."""
    async with many(target.http, 200) as streams:
        await everywhere(streams, LOGIN + b"Content-Length: 50\r\n\r\n{")
        await held()
        await ended(streams)


async def endless_bodies(target: Target, held: Held) -> None:
    """Bodies beyond all limits, from clients that do not read while they write."""
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    async with many(target.http, 10) as streams:
        await everywhere(streams, LOGIN + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(64):
            await everywhere(streams, chunk)
        await held()
        await ended(streams, eof=True)


async def offers_of_http_2(target: Target, held: Held) -> None:
    """Offers that a parser stumbles over."""
    for settings in (b"AAAA", b"\xff", b"!", b""):
        async with many(target.http, 5) as streams:
            offer = b"Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: " + settings
            await everywhere(streams, REQUEST[:-2] + offer + b"\r\n\r\n")
            await ended(streams, eof=True)
    await held()


async def bad_tls(target: Target, held: Held) -> None:
    """On the port for wss: no TLS, half a hello, garbage behind a hello, and a version of yesterday."""
    assert target.wss is not None
    for sent in (HANDSHAKE, b"\x16\x03\x01\x02\x00\x01", b"\x16\x03\x01\xff\xff" + bytes(4000), bytes(100)):
        async with many(target.wss, 20) as streams:
            await everywhere(streams, sent)
            await held()
            await ended(streams)
    async with many(target.wss, 20) as streams:
        for stream in streams:
            try:
                await trio.SSLStream(stream, _yesterday()).do_handshake()
            except trio.BrokenResourceError:
                continue
            raise AssertionError("TLS 1.1 was accepted")


# -- Frames ------------------------------------------------------------------------------------------------------------


async def frames_of_a_megabyte(target: Target, held: Held) -> None:
    """The largest frames that are allowed are answered, the next larger one is not, and neither is a binary one."""
    bad_samples = _filled("MeterValues", '"connectorId":1,"meterValue":[%s]', '{"a":1}')
    for _ in range(2):
        async with support.charger(target.evil) as socket:
            for text in (_sized(LIMIT), bad_samples):
                await socket.send_message(text)
                assert json.loads(await socket.get_message())[0] == 3
            await held()
            assert await _closed(socket, _sized(LIMIT + 1)) == 1009
        async with support.charger(target.evil) as socket:
            assert await _closed(socket, bytes(1000)) == 1003


async def frames_that_make_no_sense(target: Target, held: Held) -> None:
    """Text that is no JSON, no frame, of wrong types, or of an action that does not exist; the socket stays."""
    async with support.charger(target.evil) as socket:
        for text in NONSENSE * 5:
            await socket.send_message(text)
            await socket.send_message('[2,"witness","Heartbeat",{}]')
            while json.loads(await socket.get_message())[:2] != [3, "witness"]:
                pass
        await held()


async def broken_frames(target: Target, held: Held) -> None:
    """Bytes that are no WebSocket."""
    for sent in BROKEN * 5:
        async with upgraded(target) as stream:
            await stream.send_all(sent)
            await ended([stream])
    await held()


async def pings_during_our_close(target: Target, held: Held) -> None:
    """The server closes the older of two sockets, which pings all the while."""
    for _ in range(3):  # each takes the server's patience with a close that is not answered
        async with upgraded(target) as older, upgraded(target):
            while b"\x88" not in (received := await older.receive_some()):
                assert received, "it was not superseded"
                await older.send_all(test_hostile.masked(9, b"ping"))
            try:
                await everywhere([older], test_hostile.masked(9, b"ping") * 20)
            except trio.BrokenResourceError:
                continue
            await ended([older])
    await held()


async def a_flood(target: Target, held: Held) -> None:
    """One charger says more at once than it may in a second, and gets an answer to each."""
    async with support.charger(target.evil) as socket, trio.open_nursery() as nursery:
        nursery.start_soon(_flood, socket)
        for number in range(FLOOD):
            assert json.loads(await socket.get_message())[1] == f"{number}"
            if number == FLOOD // 10:
                await held()


async def deaf_floods(target: Target, held: Held) -> None:
    """One charger asks and asks and never reads an answer."""
    async with upgraded(target) as stream:
        call = test_hostile.masked(1, b'[2,"%s","MakeCoffee",{}]' % (b"i" * 200))
        with trio.move_on_after(1):
            while True:
                await stream.send_all(call * 100)
        await held()


async def frames_that_take_long(target: Target, held: Held) -> None:
    """One charger sends nothing but megabytes that are a lot of work, as fast as it is let."""
    async with upgraded(target) as stream, trio.open_nursery() as nursery:
        nursery.start_soon(_pour, stream, [test_hostile.masked(1, text.encode()) for text in laborious()])
        nursery.start_soon(support.answered, stream)
        for _ in range(10):
            await held()
        nursery.cancel_scope.cancel()


ATTACKS: Sequence[Attack] = (
    idle_on_both_ports,
    garbage_on_both_ports,
    resets,
    half_handshakes,
    slow_handshakes,
    slow_heads,
    half_bodies,
    endless_bodies,
    offers_of_http_2,
    bad_tls,
    frames_of_a_megabyte,
    frames_that_make_no_sense,
    broken_frames,
    pings_during_our_close,
    frames_that_take_long,
    a_flood,
    deaf_floods,
)

# -- What they send ----------------------------------------------------------------------------------------------------

FLOOD = 1000
HANDSHAKE = support.upgrade(f"/ocpp/{EVIL}")
REQUEST = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
LOGIN = b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
NONSENSE = [
    "",
    "no JSON",
    "null",
    "[]",
    "[2]",
    '{"a":1}',
    '[2,"x","Heartbeat",{}',
    '[2,"x","Heartbeat",[]]',
    '[2,7,"Authorize",{"idTag":7}]',
    '[2,"x","MakeCoffee",{}]',
    '[2,"x","Reset",{"type":"Hard"}]',
    '[3,"nobody asked",{}]',
    '[4,"nobody asked","X","",{}]',
    '["2","x","Heartbeat",{}]',
    '[2,"x","MeterValues",{"connectorId":1,"meterValue":' + "[" * 9999 + "]" * 9999 + "}]",
    '[2,"x","DataTransfer",{"vendorId":"v","data":' + "9" * 9999 + "}]",
    '[2,"x","StatusNotification",{"connectorId":1e9999,"errorCode":"\\ud800","status":true}]',
]
BROKEN = [
    test_hostile.masked(3, b"an opcode that does not exist"),
    b"\x81\x05hello",  # not masked
    test_hostile.masked(1, b"\xff\xfe"),
    test_hostile.masked(8, b"\x00"),
    test_hostile.masked(0, b"the rest of nothing"),
    b"\x81\xff" + b"\xff" * 8 + bytes(100),  # a length of 2**64
]


def laborious() -> Iterator[str]:
    """Megabytes with as many values as are read."""
    reading = '{"timestamp":"2026-03-01T09:00:00Z","sampledValue":[%s]}'
    yield _filled("MeterValues", '"connectorId":1,"meterValue":[%s]', reading % '{"value":"1"}')
    yield _filled("MeterValues", '"connectorId":1,"meterValue":[%s]' % (reading % "%s"), '{"value":1.5}')
    for item in ("[]", '{"a":1}', "1.5", "[" * 90 + "]" * 90):
        yield _filled("DataTransfer", '"vendorId":"v","data":["AuthorizationKey",%s]', item)


def _filled(action: str, fields: str, item: str) -> str:
    """As many of this item as a megabyte may hold."""
    frame, values = f'[2,"long","{action}",{{{fields}}}]', 1 + sum(item.count(mark) for mark in ",[{")
    item = item.ljust(jsontext.SPARSE * values)
    return frame % ",".join([item] * ((LIMIT - len(frame)) // (len(item) + 1)))


def _sized(size: int) -> str:
    head, tail = '[2,"big","DataTransfer",{"vendorId":"v","data":"', '"}]'
    return head + "x" * (size - len(head) - len(tail)) + tail


def _yesterday() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


# -- How they send it --------------------------------------------------------------------------------------------------


@asynccontextmanager
async def many(url: str, count: int) -> AsyncIterator[list[trio.SocketStream]]:
    """Bare TCP connections."""
    parts = urlsplit(url)
    streams = [await trio.open_tcp_stream(str(parts.hostname), int(parts.port or 0)) for _ in range(count)]
    try:
        yield streams
    finally:
        for stream in streams:
            await trio.aclose_forcefully(stream)


@asynccontextmanager
async def all_there_are(target: Target) -> AsyncIterator[None]:
    """Connections to both ports until this process, in which the server is too, has no file descriptors left."""
    async with AsyncExitStack() as stack:
        with suppress(OSError):
            for url in itertools.cycle((target.ocpp, target.http)):
                await stack.enter_async_context(many(url, 1))
        yield


@asynccontextmanager
async def upgraded(target: Target) -> AsyncIterator[trio.SocketStream]:
    """A bare connection that is the hostile charger's WebSocket."""
    async with many(target.ocpp, 1) as (stream,):
        await stream.send_all(HANDSHAKE)
        assert (await test_hostile.head(stream)).startswith(b"HTTP/1.1 101")
        yield stream


async def everywhere(streams: Sequence[trio.SocketStream], sent: bytes) -> None:
    """Send the same to all, in turns."""
    for stream in streams:
        try:
            await stream.send_all(sent)
        except trio.BrokenResourceError:
            continue


async def ended(streams: Sequence[trio.SocketStream], *, eof: bool = False) -> None:
    """Wait until the server has ended all of them; with `eof` it is told that nothing more comes."""
    for stream in streams:
        if eof:
            try:
                await stream.send_eof()
            except trio.BrokenResourceError:
                continue
        await support.answered(stream)


async def _trickle(url: str, start: bytes, held: Held) -> None:
    async with many(url, 100) as streams:
        await everywhere(streams, start)
        async with trio.open_nursery() as nursery:
            for stream in streams:
                nursery.start_soon(_drip, stream, held)


async def _drip(stream: trio.SocketStream, held: Held) -> None:
    """A header that goes on for ever, at the pace at which others charge."""
    try:
        await stream.send_all(b"X-Slow: ")
        while True:
            await held()
            await stream.send_all(b"s")
    except trio.BrokenResourceError:
        pass


async def _closed(socket: trio_websocket.WebSocketConnection, sent: str | bytes) -> int:
    """The code with which the server closes after this."""
    try:
        await socket.send_message(sent)
        await socket.get_message()
    except trio_websocket.ConnectionClosed as closed:
        return closed.reason.code if closed.reason else 0
    raise AssertionError("it was answered")


async def _pour(stream: trio.SocketStream, frames: Sequence[bytes]) -> None:
    """Again and again, until the server has had enough."""
    try:
        for sent in itertools.cycle(frames):
            await stream.send_all(sent)
    except trio.BrokenResourceError:
        pass


async def _flood(socket: trio_websocket.WebSocketConnection) -> None:
    for number in range(FLOOD):
        await socket.send_message(f'[2,"{number}","Heartbeat",{{}}]')
