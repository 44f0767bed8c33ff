"""A small central system on a real socket, scripted by the test: who may connect, what is answered, what is lost."""

import base64
import functools
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio
import trio_websocket

from tests.csms.simulator.world import Payload, Refused, Silence


class Central:
    """`answers` is read as in `world.World`; `reject` may give an HTTP status for an upgrade, None lets it in."""

    def __init__(self) -> None:
        self.port = 0
        self.sent: list[tuple[str, str, Payload]] = []
        """(charger id, action, payload) in order of arrival."""
        self.ids: list[str] = []
        self.upgrades: list[tuple[str, str | None]] = []
        """(path, password) of every upgrade that was asked for."""
        self.sockets: dict[str, trio_websocket.WebSocketConnection] = {}
        self.reject: Callable[[str], int | None] = lambda _path: None
        self.subprotocol: str | None = None
        self.mute = False
        """Answer nothing."""
        self.deaf = False
        """Read nothing after the next answer, not even pings."""
        self.answers: dict[str, Payload | Callable[[Payload], Payload]] = {}
        self.speak("1.6")

    def speak(self, protocol: str) -> None:
        """This version of OCPP, from now on."""
        numbers = itertools.count(1)
        accepted = {"idTagInfo" if protocol == "1.6" else "idTokenInfo": {"status": "Accepted"}}
        self.subprotocol = f"ocpp{protocol}"
        self.answers.update(
            {
                "BootNotification": {"status": "Accepted", "interval": 300, "currentTime": "2027-01-15T08:00:00Z"},
                "Heartbeat": {"currentTime": "2027-01-15T08:00:00Z"},
                "Authorize": accepted,
                "StartTransaction": lambda _call: {"transactionId": next(numbers), **accepted},
                "TransactionEvent": lambda call: accepted if "idToken" in call else {},
            }
        )

    @property
    def url(self) -> str:
        """Where chargers connect."""
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def calls(self, *actions: str) -> list[Payload]:
        """Payloads received so far with one of these actions."""
        return [payload for _, action, payload in self.sent if action in actions]

    async def cut(self, charger_id: str) -> None:
        """Close a charger's socket from this side."""
        await self.sockets[charger_id].aclose()

    async def order(self, charger_id: str, action: str, **payload: Any) -> None:
        """Send a call; the answer is not waited for."""
        await self.sockets[charger_id].send_message(json.dumps([2, f"order-{action}", action, payload]))

    async def handle(self, request: trio_websocket.WebSocketRequest) -> None:
        """One connection."""
        self.upgrades.append((request.path, _password(request)))
        status = self.reject(request.path)
        if status is not None:
            await request.reject(status)
            return
        socket = await request.accept(subprotocol=self.subprotocol)
        charger_id = request.path.rpartition("/")[2]
        self.sockets[charger_id] = socket
        try:
            while True:
                frame = json.loads(await socket.get_message())
                if frame[0] == 2 and not self.mute:
                    await self._answer(charger_id, socket, frame)
                if self.deaf:
                    await trio.sleep_forever()
        except trio_websocket.ConnectionClosed:
            return

    async def _answer(self, charger_id: str, socket: trio_websocket.WebSocketConnection, frame: list[Any]) -> None:
        _, message_id, action, payload = frame
        self.sent.append((charger_id, action, payload))
        self.ids.append(message_id)
        try:
            answer = self.answers.get(action, {})
            reply = [3, message_id, answer(payload) if callable(answer) else answer]
        except Refused:
            reply = [4, message_id, "InternalError", "scripted", {}]
        except Silence:
            return
        await socket.send_message(json.dumps(reply))


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[Central]:
    """A Central on a free port."""
    central = Central()
    async with trio.open_nursery() as nursery:
        listen = functools.partial(trio_websocket.serve_websocket, message_queue_size=0)
        server = await nursery.start(listen, central.handle, "127.0.0.1", 0, context)
        central.port = server.port
        yield central
        nursery.cancel_scope.cancel()


def _password(request: trio_websocket.WebSocketRequest) -> str | None:
    header = dict(request.headers).get(b"authorization")
    return None if header is None else base64.b64decode(header.removeprefix(b"Basic ")).decode()
