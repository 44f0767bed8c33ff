"""A webhook's receiver as an app has one: an HTTP server that checks signatures by itself, and fails when told to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from functools import partial
from typing import Any

import trio

PATIENCE = 20.0


def fits(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether one of the signatures is made with this secret, worked out as standardwebhooks.com tells receivers to."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split()


class Receiver:
    """Answers 204 to what is signed with one of `secrets`, else 401; `answers` come first, None is never to answer."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks"
        self.secrets: list[str] = []
        self.answers: list[int | None] = []
        self.got: list[dict[str, Any]] = []
        """The bodies that came, each with the headers under "headers" and the answer under "answered"."""
        self._more = trio.Event()

    async def serve(self, stream: trio.abc.Stream) -> None:
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += await _some(stream)
        head, _, body = heard.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(headers["content-length"]):
            body += await _some(stream)
        known = 204 if any(fits(secret, headers, body) for secret in self.secrets) else 401
        status = self.answers.pop(0) if self.answers else known
        self.got.append({**json.loads(body), "headers": headers, "answered": status})
        self._more.set()
        self._more = trio.Event()
        if status is None:
            await trio.sleep_forever()
        await stream.send_all(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await stream.aclose()

    async def until(self, count: int, types: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Wait for so many calls, of these types if some are named; all of them."""
        with trio.fail_after(PATIENCE):
            while len(found := [each for each in self.got if not types or each["type"] in types]) < count:
                await self._more.wait()
        return found


async def _some(stream: trio.abc.Stream) -> bytes:
    """More of a request. Raises trio.BrokenResourceError where the caller is gone in the middle of it."""
    got = await stream.receive_some(65536)
    if not got:
        raise trio.BrokenResourceError("the caller is gone")
    return bytes(got)


async def run(*, task_status: trio.TaskStatus[Receiver]) -> None:
    """Listen; for `nursery.start`."""
    listeners: list[trio.SocketListener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    receiver = Receiver(listeners[0].socket.getsockname()[1])
    task_status.started(receiver)
    await trio.serve_listeners(partial(contained, receiver), listeners)


async def contained(receiver: Receiver, stream: trio.abc.Stream) -> None:
    """One connection, whose end is nobody's fault."""
    try:
        await receiver.serve(stream)
    except trio.BrokenResourceError:
        pass
