"""The whole server, composed: what its settings say about HTTP clients counts."""

from pathlib import Path
from urllib.parse import urlsplit

import trio

from api import server
from csms import config
from tests.csms.gateway import support

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_one_client_too_many_waits_until_another_was_idle_for_too_long(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    settings = config.Settings(
        data=tmp_path / "data", http_port=0, ocpp_port=0, http_connections=1, http_idle_timeout=0.1
    )
    serving: server.Serving = await nursery.start(server.serve, settings)
    parts, ends = urlsplit(serving.http), []

    async def talk(sent: bytes, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with await trio.open_tcp_stream(str(parts.hostname), int(parts.port or 0)) as stream:
            await stream.send_all(sent)
            task_status.started()
            ends.append((await support.answered(stream)).partition(b"\r\n")[0])

    with trio.fail_after(5):
        async with trio.open_nursery() as clients:
            await clients.start(talk, b"")
            await clients.start(talk, REQUEST)
    assert ends == [b"", b"HTTP/1.1 200 "]
    nursery.cancel_scope.cancel()
