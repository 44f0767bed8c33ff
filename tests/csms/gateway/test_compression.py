"""Compression: offered to those who ask, without memory between messages, and no way to blow the server up."""

import weakref
import zlib
from collections.abc import Callable

import pytest
import trio
import websockets.sync.client as foreign
from websockets.exceptions import ConnectionClosed as ForeignClosed
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.typing import Subprotocol
from wsproto import ConnectionType
from wsproto.events import AcceptConnection, Request, TextMessage

from csms import gateway
from csms.gateway import auth, compression
from tests.csms.gateway import support
from tests.csms.gateway.test_hostile import head, masked

CP = auth.Known("CP-01")
LONG = "The same words again. " * 1000


async def foreigner(
    running: gateway.Gateway, talk: Callable[[foreign.ClientConnection], None], version: str = "ocpp1.6"
) -> None:
    """A client that we did not write, which offers compression by default."""

    def connect() -> None:
        url = f"{running.endpoints[0].url}/CP-01"
        with foreign.connect(url, subprotocols=[Subprotocol(version)], max_size=None) as socket:
            talk(socket)

    await trio.to_thread.run_sync(connect)


@pytest.mark.parametrize("version", support.SPOKEN)
async def test_rule_14_compression_is_agreed_on_without_context_takeover(version: str) -> None:
    found: list[PerMessageDeflate] = []

    def talk(socket: foreign.ClientConnection) -> None:
        found.extend(each for each in socket.protocol.extensions if isinstance(each, PerMessageDeflate))

    async with support.serving(support.Echo(support.registered(CP))) as running:
        await foreigner(running, talk, version)
    [agreed] = found
    assert (agreed.remote_no_context_takeover, agreed.local_no_context_takeover) == (True, True)


async def test_rule_14_long_and_short_messages_pass_compressed_or_not() -> None:
    def talk(socket: foreign.ClientConnection) -> None:
        for message in ("short", LONG, "", "x", LONG, "\u2603" * compression.SHORTEST):
            socket.send(message)
            if message:
                assert socket.recv(timeout=10) == message

    async with support.serving(support.Echo(support.registered(CP))) as running:
        await foreigner(running, talk)


async def test_rule_14_the_limit_is_of_the_message_and_not_of_what_was_sent() -> None:
    codes: list[int] = []

    def talk(socket: foreign.ClientConnection) -> None:
        try:
            socket.send("x" * 2**28)
            socket.recv(timeout=10)
        except ForeignClosed as closed:
            codes.append(closed.rcvd.code if closed.rcvd else 0)

    async with support.serving(support.Echo(support.registered(CP))) as running:
        await foreigner(running, talk)
        assert await support.works(running)
    assert codes == [1009]


@pytest.mark.parametrize(
    ("offer", "agreed"),
    [
        ("permessage-deflate", True),
        ("permessage-deflate; client_max_window_bits", True),
        ("permessage-deflate; server_max_window_bits=10; client_max_window_bits=9", True),
        ("permessage-deflate; client_max_window_bits=abc", False),
        ("permessage-deflate; server_max_window_bits=8", False),
        ("permessage-deflate; server_max_window_bits=", False),
        ("x-webkit-deflate-frame, foo; bar", False),
        ("", False),
    ],
)
async def test_an_offer_is_taken_or_passed_over_and_the_charger_let_in_either_way(offer: str, agreed: bool) -> None:
    async with support.serving(support.Echo(support.registered(CP))) as running, await support.raw(running) as stream:
        await stream.send_all(support.upgrade("/ocpp/CP-01", f"Sec-WebSocket-Extensions: {offer}"))
        answer = (await head(stream)).decode().lower()
        assert answer.startswith("http/1.1 101")
        assert ("sec-websocket-extensions: permessage-deflate" in answer) is agreed
        assert answer.count("no_context_takeover") == (2 if agreed else 0)


async def test_the_first_offer_counts_and_its_window_alone() -> None:
    offers = "permessage-deflate; client_max_window_bits=9, permessage-deflate"
    async with support.serving(support.Echo(support.registered(CP))) as running, await support.raw(running) as stream:
        await stream.send_all(support.upgrade("/ocpp/CP-01", f"Sec-WebSocket-Extensions: {offers}"))
        assert "client_max_window_bits=9" in (await head(stream)).decode()


async def test_what_is_no_deflated_data_ends_its_own_connection_only() -> None:
    compressor = zlib.compressobj(wbits=-15)
    fine = (compressor.compress(b"fine") + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    async with support.serving(support.Echo(support.registered(CP))) as running:
        async with await support.raw(running) as stream:
            await stream.send_all(support.upgrade("/ocpp/CP-01", "Sec-WebSocket-Extensions: permessage-deflate"))
            await head(stream)
            await stream.send_all(masked(0x41, fine))
            assert (await stream.receive_some(100))[2:] == b"fine"
            await stream.send_all(masked(0x41, b"\xff\xff no deflate"))
            await support.answered(stream)
        assert await support.works(running)


def test_nothing_is_kept_of_a_handshake_that_succeeded() -> None:
    server = compression.Deflating(ConnectionType.SERVER)
    handshake = weakref.ref(server.handshake)
    server.receive_data(support.upgrade("/ocpp/CP-01"))
    assert [type(event) for event in server.events()] == [Request]
    server.send(AcceptConnection())
    assert handshake() is None
    server.receive_data(masked(1, b"hello"))
    assert [event.data for event in server.events() if isinstance(event, TextMessage)] == ["hello"]


async def test_without_an_offer_nothing_is_compressed() -> None:
    async with support.serving(support.Echo(support.registered(CP))) as running:
        async with support.charger(f"{running.endpoints[0].url}/CP-01") as websocket:
            await websocket.send_message(LONG)
            assert await websocket.get_message() == LONG
