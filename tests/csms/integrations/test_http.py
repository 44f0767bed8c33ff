"""The shared client against a real peer in the test process: limits, and addresses that may be called."""

import socket
import ssl
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import trio
import trustme

from csms.integrations import http

NAMED = ("127.0.0.1", "localhost")
TRUSTED = ssl.create_default_context()
"""Made once: root certificates take a tenth of a second to read."""


class Peer:
    """An HTTP server that answers whatever it is told to, and keeps what it heard."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.heard: list[bytes] = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        self.silent = False

    async def serve(self, stream: trio.abc.Stream) -> None:
        heard = b""
        while not heard.endswith(b"what?" if heard.startswith(b"POST") else b"\r\n\r\n"):
            heard += await stream.receive_some(65536)
        self.heard.append(heard)
        if self.silent:
            await trio.sleep_forever()
        await stream.send_all(self.answer)
        await stream.aclose()


@pytest.fixture
async def peer(nursery: trio.Nursery) -> Peer:
    listeners: list[trio.SocketListener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    made = Peer(listeners[0].socket.getsockname()[1])
    nursery.start_soon(partial(trio.serve_listeners, made.serve, listeners))
    return made


@pytest.fixture
async def client() -> AsyncIterator[http.Client]:
    made = http.Client(NAMED, TRUSTED)
    yield made
    await made.close()


async def test_a_call_is_answered_whatever_the_status(peer: Peer, client: http.Client) -> None:
    answer = await client.request("POST", f"{peer.url}/ocsp?x=1", content=b"what?", headers={"Content-Type": "a/b"})
    assert (answer.status, answer.body, answer.good) == (200, b"ok", True)
    head, _, body = peer.heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /ocsp?x=1 HTTP/1.1")
    assert f"host: 127.0.0.1:{peer.port}".encode() in head.lower()
    assert b"content-type: a/b" in head.lower()
    assert body == b"what?"
    peer.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    assert not (await client.request("GET", peer.url)).good


async def test_a_name_is_called_at_the_address_that_it_has(
    peer: Peer, client: http.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(trio.socket, "getaddrinfo", found)
    await client.request("GET", f"http://localhost:{peer.port}/")
    assert f"host: localhost:{peer.port}".encode() in peer.heard[0].lower()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::ffff:127.0.0.1", "fe80::1", "64:ff9b::7f00:1"])
async def test_a_public_name_that_leads_inside_is_not_called(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    async def found(*_: Any, **__: Any) -> list[Any]:
        outside, inside = ("93.184.216.34", peer.port), (address, peer.port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in (outside, inside)]

    monkeypatch.setattr(trio.socket, "getaddrinfo", found)
    open_to_all = http.Client(("*",), TRUSTED)
    with pytest.raises(http.NotAllowed, match="CSMS_CALL_HOSTS"):
        await open_to_all.request("GET", f"http://rebinding.example.com:{peer.port}/")
    assert peer.heard == []


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://nas/", "ftp://example.com/", "http://[::1", "http://"])
async def test_what_is_private_or_no_http_is_not_even_looked_up(url: str) -> None:
    with pytest.raises(http.NotAllowed):
        await http.Client(("*",)).request("GET", url)


async def test_redirects_are_not_followed(peer: Peer, client: http.Client) -> None:
    peer.answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    assert (await client.request("GET", peer.url)).status == 302
    assert len(peer.heard) == 1


async def test_a_longer_answer_than_wanted_is_given_up(peer: Peer, client: http.Client) -> None:
    peer.answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000
    with pytest.raises(http.TooLarge):
        await client.request("GET", peer.url, largest=4999)
    assert len((await client.request("GET", peer.url, largest=5000)).body) == 5000


async def test_whoever_says_nothing_is_not_waited_for(peer: Peer, client: http.Client) -> None:
    peer.silent = True
    with pytest.raises(http.Unreachable, match=r"within 0\.1 s"):
        await client.request("GET", peer.url, seconds=0.1)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"])
async def test_what_is_no_answer_is_told_so(peer: Peer, client: http.Client, answer: bytes) -> None:
    peer.answer = answer
    with pytest.raises(http.Unreachable):
        await client.request("GET", peer.url)


async def test_a_peer_that_is_not_there(client: http.Client) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(http.Unreachable):
            await client.request("GET", f"http://127.0.0.1:{unheard.getsockname()[1]}/")


@pytest.mark.parametrize("trusting", [True, False])
async def test_over_https_the_certificate_must_be_the_named_host_s(
    nursery: trio.Nursery, trusting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    authority, ours, theirs = (
        trustme.CA(),
        ssl.create_default_context(),
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
    )
    authority.issue_cert("ocsp.test").configure_cert(theirs)
    if trusting:
        authority.configure_trust(ours)
    listeners: list[trio.SocketListener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    peer = Peer(port)

    async def serve(stream: trio.SocketStream) -> None:
        try:
            await peer.serve(trio.SSLStream(stream, theirs, server_side=True, https_compatible=True))
        except trio.BrokenResourceError:
            pass

    nursery.start_soon(partial(trio.serve_listeners, serve, listeners))
    monkeypatch.setattr(trio.socket, "getaddrinfo", found)
    client = http.Client(("ocsp.test", "other.test"), ours)
    if trusting:
        assert (await client.request("GET", f"https://ocsp.test:{port}/")).body == b"ok"
    for name in ("other.test",) if trusting else ("ocsp.test",):
        with pytest.raises(http.Unreachable, match="certificate"):
            await client.request("GET", f"https://{name}:{port}/")
    await client.close()
