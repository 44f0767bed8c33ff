"""What every client on mobilityhouse/ocpp does: stay connected, send its records, obey the lines of its stdin."""

import asyncio
import base64
import functools
import json
import sys
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import websockets
from ocpp.charge_point import ChargePoint

RETRY_SECONDS = 0.05


def say(**line: object) -> None:
    """One line for the test."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def now() -> str:
    """As Python programs write it: with an offset, not with Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Tap:
    """A connection whose frames the test sees."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def recv(self) -> str:
        """The next frame."""
        text = str(await self._socket.recv())
        say(received=json.loads(text))
        return text

    async def send(self, text: str) -> None:
        """Send a frame."""
        say(sent=json.loads(text))
        await self._socket.send(text)


class Charger:
    """What outlives a connection; those of a version have a method for each verb of the language (see the package)."""

    def __init__(self) -> None:
        self.records: deque[Callable[[], Any]] = deque()
        self.more = asyncio.Event()
        self.socket: websockets.ClientConnection | None = None

    def add(self, make: Callable[[], Any], *, first: bool = False) -> None:
        """Queue a record; it is made anew from what is known whenever it is sent."""
        (self.records.appendleft if first else self.records.append)(make)
        self.more.set()

    def answered(self, answer: Any) -> None:
        """A record was answered; a charger that learns something from that overrides this."""

    async def send_records(self, link: ChargePoint) -> None:
        """Send the records one by one; each stays first until it is answered."""
        while True:
            while not self.records:
                self.more.clear()
                await self.more.wait()
            make = self.records[0]
            self.answered(await link.call(make()))
            self.records.remove(make)

    async def drop(self) -> None:
        """Lose the connection."""
        if self.socket is not None:
            await self.socket.close()

    async def obey(self) -> None:
        """Do what the lines of stdin say, until quit or their end."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            verb, _, rest = line.strip().partition(" ")
            if verb == "quit":
                break
            if verb == "reconnect":
                await self.drop()
            else:
                getattr(self, verb)(*rest.split(" ", 1 if verb == "call" else -1) if rest else ())
        await self.drop()


async def run(
    charger: Charger,
    link: Callable[[str, Tap], ChargePoint],
    subprotocol: str,
    url: str,
    identity: str,
    password: str | None = None,
) -> None:
    """Obey, and be connected all the while; `link` makes the library's charge point of a connection."""
    basic = base64.b64encode(f"{identity}:{password}".encode()).decode()
    connect = functools.partial(
        websockets.connect,
        f"{url}/{quote(identity)}",
        subprotocols=[websockets.Subprotocol(subprotocol)],
        additional_headers={"Authorization": f"Basic {basic}"} if password else {},
        proxy=None,
    )
    connection = asyncio.create_task(_stay_connected(charger, connect, lambda tap: link(identity, tap)))
    await charger.obey()
    connection.cancel()


async def _stay_connected(
    charger: Charger, connect: Callable[[], websockets.connect], link: Callable[[Tap], ChargePoint]
) -> None:
    while True:
        try:
            async with connect() as socket:
                say(event="connected", subprotocol=socket.subprotocol)
                charger.socket = socket
                made = link(Tap(socket))
                await _until_one_ends(made.start(), charger.send_records(made))
        except (OSError, websockets.WebSocketException) as error:
            say(event="disconnected", why=str(error))
        await asyncio.sleep(RETRY_SECONDS)


async def _until_one_ends(*works: Any) -> None:
    """Run these side by side; the first error ends all."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
