"""Errands over real sockets: files fetched and brought."""

import trio

from csms.simulator import errands, transfer
from tests.csms.simulator import files


def _errand(method: str, url: str, body: bytes = b"") -> errands.Errand:
    return errands.Errand(method="PUT" if method == "PUT" else "GET", url=url, body=body, done=lambda *_: None)


async def test_a_file_is_fetched() -> None:
    received: list[tuple[str, str, bytes]] = []
    async with files.serving(200, b"x" * 200_000, received) as url:
        status, body = await transfer.run(_errand("GET", f"{url}/fw.bin?a=1"), within=10, context=None)
    assert (status, len(body)) == (200, 200_000)
    assert received == [("GET", "/fw.bin?a=1", b"")]


async def test_a_file_is_brought() -> None:
    received: list[tuple[str, str, bytes]] = []
    async with files.serving(201, b"", received) as url:
        status, _ = await transfer.run(_errand("PUT", f"{url}/up", b"log" * 50_000), within=10, context=None)
    assert status == 201
    assert received == [("PUT", "/up", b"log" * 50_000)]


async def test_nobody_there_is_no_status() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    assert await transfer.run(_errand("GET", f"http://127.0.0.1:{port}/x"), within=10, context=None) == (0, b"")


async def test_other_schemes_are_not_carried_out() -> None:
    assert await transfer.run(_errand("GET", "ftp://127.0.0.1/x"), within=10, context=None) == (0, b"")
