"""What badly behaved clients do, and that it never touches anybody else."""

import os
import struct

import pytest
import trio
import trio_websocket
import websockets.sync.client as foreign
from websockets.exceptions import ConnectionClosed as ForeignClosed
from websockets.typing import Subprotocol

from csms import gateway
from csms.gateway import auth
from tests.csms.gateway import support

CP = auth.Known("CP-01")
QUICK = gateway.Options(handshake_timeout=0.2, close_grace=0.2)


def masked(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A client's frame; the mask is zero, so the payload stays readable."""
    head = bytes([(0x80 if fin else 0) | opcode])
    length = (
        bytes([0x80 | len(payload)])
        if len(payload) < 126
        else b"\xfe" + struct.pack(">H", len(payload))
        if len(payload) < 2**16
        else b"\xff" + struct.pack(">Q", len(payload))
    )
    return head + length + bytes(4) + payload


async def head(stream: trio.SocketStream) -> bytes:
    """Read up to the end of the answer's head, and no further."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += await stream.receive_some(1)
    return received


GARBAGE = [
    b"\x00" * 100,
    b"\xff\xfe\xfd" * 50,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),  # a TLS hello on the plain port
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST /ocpp/CP-01 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b"GET /ocpp/CP-01 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /ocpp/CP-01 HTTP/1.1\r\nHost: " + b"\xff" * 70 + b"\r\n\r\n",
    b"GET /ocpp/CP-01 HTTP/9.9\r\n\r\n",
    b"\r\n\r\n\r\n\r\n",
    b"GET /ocpp/CP-01 HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    support.upgrade("/ocpp/CP-01").replace(b"Host: csms", b"Host: " + b"x" * 80 + b".example"),
    support.upgrade("/ocpp/CP-01").replace(b": 13", b": 12"),
    support.upgrade("/ocpp/CP-01").replace(b"Sec-WebSocket-Protocol: ", b"Sec-WebSocket-Protocol: \xff"),
    support.upgrade("/ocpp/CP-01", "Authorization: Basic \xff\xfe"),
    os.urandom(4096),
]


@pytest.mark.parametrize("sent", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_ends_its_own_connection_only(sent: bytes) -> None:
    async with support.serving(support.Echo(support.registered(CP)), QUICK) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as witness:
            async with await support.raw(running) as stream:
                await stream.send_all(sent)
                await stream.send_eof()
                await support.answered(stream)
            await witness.send_message("unharmed")
            assert await witness.get_message() == "unharmed"
        assert await support.works(running)


async def test_half_a_handshake_ends_with_its_time() -> None:
    async with support.serving(support.Echo(support.registered(CP)), QUICK) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01")[:60])
            assert await support.answered(stream) == b""
        assert await support.works(running)


async def test_a_connection_that_says_nothing_ends_with_its_time() -> None:
    async with support.serving(support.Echo(support.registered(CP)), QUICK) as running:
        async with await support.raw(running) as stream:
            assert await support.answered(stream) == b""


async def test_a_client_that_leaves_in_the_middle_frees_its_place_at_once() -> None:
    numbers = gateway.Options(handshake_timeout=1000)
    async with support.serving(support.Echo(support.registered(CP)), numbers) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01")[:60])
        async with await support.raw(running) as stream:
            await stream.send_all(b"nonsense\r\n\r\n")
            assert b" 400 " in await support.answered(stream)
        assert await support.works(running)
        while running.statistics().handshakes:
            await trio.lowlevel.checkpoint()


async def test_a_slow_handshake_that_ends_in_time_is_served() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        async with await support.raw(running) as stream:
            for byte in support.upgrade("/ocpp/CP-01"):
                await stream.send_all(bytes([byte]))
            assert (await head(stream)).startswith(b"HTTP/1.1 101")


async def test_200_silent_connections_and_100_stalled_handshakes_hold_nobody_up() -> None:
    numbers = gateway.Options(handshake_timeout=1000, handshakes_at_once=1)
    async with support.serving(support.Echo(support.registered(CP)), numbers) as running:
        idle = [await support.raw(running) for _ in range(200)]
        stalled = [await support.raw(running) for _ in range(100)]
        for stream in stalled:
            await stream.send_all(b"GET ")
        assert await support.works(running)
        for stream in idle + stalled:
            await stream.aclose()


async def test_upstream_184_a_ping_while_we_close_harms_nobody_and_the_close_completes() -> None:
    handler = support.Echo(support.registered(CP, auth.Known("CP-02")))
    async with support.serving(handler, QUICK) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-02") as witness:
            async with await support.raw(running) as stream:
                await stream.send_all(support.upgrade("/ocpp/CP-01"))
                await head(stream)
                while len(handler.connections) < 2:
                    await trio.lowlevel.checkpoint()
                handler.connections[1].close(4000, "superseded")
                await stream.send_all(masked(9, b"ping"))
                assert b"\x0f\xa0superseded" in await support.answered(stream)
            await witness.send_message("unharmed")
            assert await witness.get_message() == "unharmed"


async def test_upstream_184_a_ping_while_we_close_does_not_cancel_the_handler() -> None:
    class Busy(support.Echo):
        finished = False

        async def talk(self, connection: gateway.Connection) -> None:
            connection.close(4000, "superseded")
            with pytest.raises(gateway.ConnectionClosed):
                await connection.receive()
            await pinged.wait()
            self.finished = True

    handler, pinged = Busy(support.registered(CP)), trio.Event()
    async with support.serving(handler, QUICK) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await head(stream)
            await stream.receive_some()
            await stream.send_all(masked(9, b"ping"))
            await support.answered(stream)
        pinged.set()
        await handler.ended.wait()
    assert handler.finished


async def test_rule_14_who_sends_all_of_a_too_long_frame_before_reading_still_learns_why() -> None:
    async with support.serving(support.Echo(support.registered(CP))) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await head(stream)
            await stream.send_all(masked(1, b"x" * 2**23))
            assert b"\x03\xf1Exceeded" in await support.answered(stream)


async def test_rule_14_a_frame_of_2_mb_is_answered_with_1009() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:

        def talk() -> int:
            with foreign.connect(
                f"{running.endpoints[0].url}/CP-01", subprotocols=[Subprotocol("ocpp1.6")]
            ) as websocket:
                try:
                    websocket.send("x" * 2**21)
                    websocket.recv()
                except ForeignClosed as closed:
                    return closed.rcvd.code if closed.rcvd else 0
                raise AssertionError("it was not closed")

        assert await trio.to_thread.run_sync(talk) == 1009
        assert handler.ends[0].code == 1009
        assert await support.works(running)


async def test_rule_14_many_small_parts_of_a_too_long_message_are_answered_with_1009() -> None:
    async with support.serving(support.Echo(support.registered(CP)), gateway.Options(message_limit=1000)) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await head(stream)
            await stream.send_all(masked(1, b"x" * 600, fin=False) + masked(0, b"x" * 600) * 3)
            assert b"\x88" in await stream.receive_some()
            await stream.send_eof()
            await support.answered(stream)
        assert await support.works(running)


async def test_rule_14_64_kb_pass() -> None:
    async with support.serving(support.Echo(support.registered(CP))) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await websocket.send_message("ü" * 2**16)
            assert await websocket.get_message() == "ü" * 2**16


async def test_rule_14_binary_is_answered_with_1003_and_empty_frames_are_ignored() -> None:
    async with support.serving(support.Echo(support.registered(CP))) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await websocket.send_message("")
            await websocket.send_message("text")
            assert await websocket.get_message() == "text"
            await websocket.send_message(b"bytes")
            with pytest.raises(trio_websocket.ConnectionClosed) as caught:
                await websocket.get_message()
            assert caught.value.reason
            assert caught.value.reason.code == 1003


@pytest.mark.parametrize(
    "frame",
    [
        masked(3, b"an opcode that does not exist"),
        b"\x81\x05hello",  # not masked
        masked(1, b"\xff\xfe not utf-8"),
        masked(9, b"x" * 125).replace(b"\x89", b"\x09"),  # a ping in parts
        masked(8, b"\x00"),  # a close code of one byte
        masked(0, b"the rest of nothing"),
        b"\xc1\x80" + bytes(4),  # compressed, which was not agreed
    ],
    ids=range(7),
)
async def test_a_broken_frame_ends_its_own_connection_only(frame: bytes) -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler, QUICK) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01"))
            await head(stream)
            await stream.send_all(frame)
            await support.answered(stream)
        await handler.ended.wait()
        assert await support.works(running)


async def test_a_socket_that_is_reset_ends_the_handler() -> None:
    handler = support.Echo(support.registered(CP))
    async with support.serving(handler) as running:
        stream = await support.raw(running)
        await stream.send_all(support.upgrade("/ocpp/CP-01"))
        await head(stream)
        stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, struct.pack("ii", 1, 0))
        await stream.aclose()
        await handler.ended.wait()
        assert handler.ends[0].code == 1006


@pytest.mark.parametrize("target", ["/ocpp/a%2Fb", "/ocpp/%FF", "/ocpp/" + "x" * 300, "/ocpp/%00", "/", "/ocpp/.."])
async def test_path_tricks_are_not_found(target: str) -> None:
    async with support.serving(support.Echo(unknown=auth.Unknown(admit=True))) as running:
        assert (await support.refused(running, target))[0] == 404
