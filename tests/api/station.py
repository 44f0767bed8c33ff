"""A charger as tests need it: says what it is told to say, and answers calls as it is told to answer."""

import json
from collections.abc import Callable
from typing import Any

import trio
import trio_websocket

AT = "2026-03-01T09:00:00Z"
Answer = Callable[[dict[str, Any]], dict[str, Any] | list[Any] | None]


class Station:
    """An OCPP 1.6 socket. `answers` maps actions to a payload, or to a function that makes one (None: no answer)."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self._number = 0
        self._replies: dict[str, tuple[trio.Event, list[Any]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a CALL and wait for the payload of its CALLRESULT."""
        self._number += 1
        message_id, event, reply = str(self._number), trio.Event(), list[Any]()
        self._replies[message_id] = event, reply
        await self._socket.send_message(json.dumps([2, message_id, action, payload]))
        await event.wait()
        assert reply[0] == 3, reply
        return reply[2]

    async def boot(self) -> None:
        """Boot, and report connector 1 available."""
        await self.call("BootNotification", {"chargePointVendor": "ACME", "chargePointModel": "Fast-22"})
        await self.status("Available")

    async def status(self, status: str, connector_id: int = 1) -> None:
        """Report a connector's status."""
        payload = {"connectorId": connector_id, "errorCode": "NoError", "status": status, "timestamp": AT}
        await self.call("StatusNotification", payload)

    async def start(self, id_token: str = "CARD", meter: int = 1000) -> int:
        """Start a transaction on connector 1; returns its id."""
        payload = {"connectorId": 1, "idTag": id_token, "meterStart": meter, "timestamp": AT}
        found: int = (await self.call("StartTransaction", payload))["transactionId"]
        return found

    async def meter(self, transaction_id: int, wh: int, at: str, watts: int = 11000) -> None:
        """Send a sample of energy and power."""
        values = [{"value": str(wh)}, {"value": str(watts), "measurand": "Power.Active.Import", "unit": "W"}]
        sample = {"timestamp": at, "sampledValue": values}
        await self.call("MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": [sample]})

    async def stop(self, transaction_id: int, meter: int, at: str) -> None:
        """Stop a transaction."""
        await self.call("StopTransaction", {"transactionId": transaction_id, "meterStop": meter, "timestamp": at})

    async def close(self) -> None:
        """Hang up."""
        await self._socket.aclose()

    async def listen(self) -> None:
        """Handle what comes until the socket is closed."""
        while True:
            try:
                message = json.loads(await self._socket.get_message())
            except trio_websocket.ConnectionClosed:
                return
            if message[0] == 2:
                await self._answer(message)
            else:
                event, reply = self._replies[message[1]]
                reply.extend(message)
                event.set()

    async def _answer(self, call: list[Any]) -> None:
        _, message_id, action, payload = call
        self.calls.append((action, payload))
        answer = self.answers.get(action, {"status": "Accepted"})
        if callable(answer):
            answer = answer(payload)
        if isinstance(answer, list):
            await self._socket.send_message(json.dumps([4, message_id, *answer]))
        elif answer is not None:
            await self._socket.send_message(json.dumps([3, message_id, answer]))


async def run(url: str, protocol: str = "ocpp1.6", *, task_status: trio.TaskStatus[Station]) -> None:
    """Connect and listen."""
    async with trio_websocket.open_websocket_url(url, subprotocols=[protocol]) as socket:
        station = Station(socket)
        task_status.started(station)
        await station.listen()
        await trio.aclose_forcefully(socket._stream)  # where the server hung up, the library leaves it to the server
