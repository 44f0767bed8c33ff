"""wss beside ws: profile 2, old TLS versions, and clients that fail at TLS."""

import ssl
from pathlib import Path

import pytest
import trio
import trustme
import websockets.sync.client as foreign
from websockets.typing import Subprotocol

from csms import gateway
from csms.gateway import auth
from tests.csms.gateway import support

P2 = auth.Known("CP-02", 2, ("plain:secret",))
QUICK = gateway.Options(handshake_timeout=0.3)
PASSWORD = support.basic("CP-02", "secret")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA, tmp_path: Path) -> ssl.SSLContext:
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    for blob in issued.cert_chain_pems:
        blob.write_to_path(certificate, append=True)
    issued.private_key_pem.write_to_path(key)
    return gateway.server_context(gateway.Files([(certificate, key)]))


@pytest.fixture
def client(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_profile_2_connects_with_wss_and_a_password(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    handler = support.Echo(support.registered(P2))
    async with support.serving(handler, tls=server) as running:
        assert running.endpoints[1].url.startswith("wss://")
        url = f"{running.endpoints[1].url}/CP-02"
        async with support.charger(url, tls=client, authorization=PASSWORD) as websocket:
            await websocket.send_message("encrypted")
            assert await websocket.get_message() == "encrypted"
        assert handler.connections[0].secure
        assert handler.connections[0].remote == "127.0.0.1"


async def test_a_foreign_client_does_too(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    async with support.serving(support.Echo(support.registered(P2)), tls=server) as running:

        def talk() -> str | bytes:
            with foreign.connect(
                f"{running.endpoints[1].url}/CP-02",
                ssl=client,
                subprotocols=[Subprotocol("ocpp1.6")],
                additional_headers={"Authorization": PASSWORD},
            ) as websocket:
                websocket.send("encrypted")
                return websocket.recv()

        assert await trio.to_thread.run_sync(talk) == "encrypted"


async def test_clients_that_stop_in_the_middle_of_tls_hold_nobody_up(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> None:
    numbers = gateway.Options(handshake_timeout=1000, handshakes_at_once=1)
    async with support.serving(support.Echo(support.registered(P2)), numbers, tls=server) as running:
        stalled = [await support.raw(running, 1) for _ in range(60)]
        for stream, sent in zip(stalled, [hello(client)[:50], hello(client)] * 30, strict=True):
            await stream.send_all(sent)
        async with support.charger(f"{running.endpoints[1].url}/CP-02", tls=client, authorization=PASSWORD) as charger:
            await charger.send_message("let in")
            assert await charger.get_message() == "let in"
        for stream in stalled:
            await stream.aclose()


def hello(context: ssl.SSLContext) -> bytes:
    """What a client says first."""
    said = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), said, server_hostname="127.0.0.1").do_handshake()
    return said.read()


async def test_rule_6_profile_2_is_refused_on_the_plain_port_beside_it(server: ssl.SSLContext) -> None:
    async with support.serving(support.Echo(support.registered(P2)), tls=server) as running:
        assert (await support.refused(running, "/ocpp/CP-02", f"Authorization: {PASSWORD}"))[0] == 401


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
async def test_tls_1_1_is_refused_and_the_next_client_served(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with support.serving(support.Echo(support.registered(P2)), QUICK, server) as running:
        async with await support.raw(running, 1) as stream:
            with pytest.raises(trio.BrokenResourceError):
                await trio.SSLStream(stream, old).do_handshake()
        url = f"{running.endpoints[1].url}/CP-02"
        async with support.charger(url, tls=client, authorization=PASSWORD) as websocket:
            await websocket.send_message("served")
            assert await websocket.get_message() == "served"


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"\x16\x03\x01\xff\xff" + bytes(100)])
async def test_what_is_no_tls_ends_alone(sent: bytes, server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    async with support.serving(support.Echo(support.registered(P2)), QUICK, server) as running:
        async with await support.raw(running, 1) as stream:
            await stream.send_all(sent)
            await support.answered(stream)
        url = f"{running.endpoints[1].url}/CP-02"
        async with support.charger(url, tls=client, authorization=PASSWORD) as websocket:
            await websocket.send_message("served")
            assert await websocket.get_message() == "served"


async def test_rule_57_a_charger_with_a_plain_rsa_cipher_connects(
    tmp_path: Path, authority: trustme.CA, client: ssl.SSLContext
) -> None:
    issued = authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA)
    certificate, key = tmp_path / "rsa.pem", tmp_path / "rsa.key"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("AES128-GCM-SHA256")
    handler = support.Echo(support.registered(P2))
    async with support.serving(handler, tls=gateway.server_context(gateway.Files([(certificate, key)]))) as running:
        url = f"{running.endpoints[1].url}/CP-02"
        async with support.charger(url, tls=client, authorization=PASSWORD):
            await handler.met.wait()


def test_a_missing_certificate_says_which_setting_to_change(tmp_path: Path) -> None:
    for pairs in ([(tmp_path / "none.pem", tmp_path / "none.key")], []):
        with pytest.raises(gateway.BadListener, match="CSMS_TLS_CERTIFICATE"):
            gateway.server_context(gateway.Files(pairs))
