"""One charger as cheap as can be: a WebSocket on asyncio's protocols, so that thousands leave the server its core.

Used by the benchmarks in processes of their own. Answers at once what the server asks, and masks with zeros.
"""

import asyncio
import base64
import itertools
import json
import urllib.parse
from datetime import UTC, datetime, timedelta
from typing import Any

from scripts.benchmarks import _servers

SETTINGS = {"MeterValueSampleInterval": "60", "MeterValuesSampledData": "Energy.Active.Import.Register"}
KEYS = [{"key": key, "readonly": False, "value": value} for key, value in SETTINGS.items()]
ANSWERS: dict[str, dict[str, Any]] = {"GetConfiguration": {"configurationKey": KEYS}}
START = datetime.now(UTC)
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A


class Charger(asyncio.Protocol):
    """One charger: `call` asks the server; what the server asks is answered at once."""

    def __init__(self, server: _servers.Server, name: str) -> None:
        self.name = name
        self._server = server
        self._transport: asyncio.Transport
        self._upgraded = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._data = b""
        self._transaction = 0
        self._samples = itertools.count(1)

    async def connect(self) -> None:
        """Raises ConnectionError when it is refused."""
        url = urllib.parse.urlsplit(self._server.url)
        assert url.hostname is not None
        assert url.port is not None
        await asyncio.get_running_loop().create_connection(lambda: self, url.hostname, url.port)
        try:
            await self._upgraded
        except ConnectionError:
            await self.close()
            raise

    async def boot(self) -> None:
        """Say who it is. Raises ConnectionError when it is not accepted."""
        answer = await self.call("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "M"})
        if answer["status"] != "Accepted":
            raise ConnectionError(f"{self.name} is {answer['status']}")

    async def report(self) -> None:
        """Say that its connector is free."""
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        await self.call("StatusNotification", status)

    async def charge(self) -> None:
        """Begin a transaction."""
        payload = {"connectorId": 1, "idTag": _servers.TOKEN, "meterStart": 0, "timestamp": START.isoformat()}
        self._transaction = (await self.call("StartTransaction", payload))["transactionId"]

    async def sample(self) -> None:
        """Send one MeterValues of three values, unlike all before."""
        number = next(self._samples)
        values = [
            {"value": str(number), "unit": "Wh"},
            {"value": "7200", "measurand": "Power.Active.Import", "unit": "W"},
            {"value": "42", "measurand": "SoC", "unit": "Percent"},
        ]
        at = (START + timedelta(seconds=number)).isoformat()
        meter = [{"timestamp": at, "sampledValue": values}]
        await self.call("MeterValues", {"connectorId": 1, "transactionId": self._transaction, "meterValue": meter})

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """The payload of the answer. Raises ConnectionError."""
        number = str(next(self._numbers))
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write(TEXT, json.dumps([2, number, action, payload]).encode())
        return await answer

    async def close(self) -> None:
        """Hang up, as when the power fails."""
        self._transport.abort()
        await self._gone.wait()

    # -- asyncio's side ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        url = urllib.parse.urlsplit(self._server.url)
        lines = [f"GET {url.path}/{self.name} HTTP/1.1", f"Host: {url.netloc}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Protocol: ocpp1.6"]
        if password := self._server.passwords.get(self.name):
            lines.append(f"Authorization: Basic {base64.b64encode(f'{self.name}:{password}'.encode()).decode()}")
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """Take the answer to the upgrade, then frames; the server's are not masked."""
        self._data += data
        if not self._upgraded.done():
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            self._data = rest
            if not head.startswith(b"HTTP/1.1 101"):
                self._upgraded.set_exception(ConnectionError(f"{self.name}: {head.splitlines()[0].decode()}"))
                return
            self._upgraded.set_result(None)
        while len(self._data) >= 2:
            size, start = self._data[1], 2
            if size == 126:
                size, start = int.from_bytes(self._data[2:4]), 4
            if size == 127 or len(self._data) < start + size:
                return
            kind, body = self._data[0], self._data[start : start + size]
            self._data = self._data[start + size :]
            self._take(kind, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for what will not come."""
        self._gone.set()
        for future in (self._upgraded, *self._waiting.values()):
            if not future.done():
                future.set_exception(ConnectionError(f"{self.name} lost its connection"))
                future.exception()  # seen, also where nobody waits

    def _take(self, kind: int, body: bytes) -> None:
        if kind == PING:
            self._write(PONG, body)
        elif kind == CLOSE:
            self._transport.close()
        elif kind == TEXT:
            message = json.loads(body)
            if message[0] == 2:
                payload = ANSWERS.get(message[2], {"status": "Accepted"})
                self._write(TEXT, json.dumps([3, message[1], payload]).encode())
            else:
                future = self._waiting.pop(message[1])
                if future.done():  # nobody waits for it any more
                    return
                if message[0] == 3:
                    future.set_result(message[2])
                else:
                    future.set_exception(ConnectionError(f"{self.name}: {message[2:4]}"))

    def _write(self, kind: int, body: bytes) -> None:
        size = len(body)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._transport.write(bytes([kind]) + length + bytes(4) + body)  # masked with zeros: as it is
