"""Servers side by side that take turns of a second or two, so that what the machine does meanwhile meets all of them.

Used by the benchmarks of what one message costs. Each connection has one call in flight.
"""

import argparse
import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import websockets

from scripts.benchmarks import _servers

TURN = 20
"""Messages a connection, one after the other, before it is another server's turn."""
WARM_UP = 10


class Load(NamedTuple):
    """How much is sent: turns a round."""

    connections: int
    turns: int
    rounds: int


class Fleet(ABC):
    """The connections to one server, each in a transaction."""

    subprotocol: str

    def __init__(self, server: _servers.Server, chargers: list[websockets.ClientConnection]) -> None:
        self._server = server
        self._chargers = chargers
        self._sent = 0

    async def begin(self) -> None:
        """Boot, start and warm up."""
        for number, charger in enumerate(self._chargers):
            await self.begun(charger, number)
        await self.turn(WARM_UP)

    async def turn(self, messages: int) -> float:
        """Everybody sends so many: CPU seconds of the server."""
        before, first = self._server.cpu_s, self._sent
        self._sent += messages
        await asyncio.gather(*(self.sent(each, number, first, messages) for number, each in enumerate(self._chargers)))
        return self._server.cpu_s - before

    @abstractmethod
    async def begun(self, charger: websockets.ClientConnection, number: int) -> None:
        """Boot the charger of this number and start a transaction."""

    @abstractmethod
    async def sent(self, charger: websockets.ClientConnection, number: int, first: int, count: int) -> None:
        """Send messages number `first`... one after the other, each when the one before was answered."""


def asked(description: str | None, rounds: int) -> Load:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5, help=f"a server and round, of {TURN} messages a connection")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--quick", action="store_true", help="one round of one turn")
    given = parser.parse_args()
    return Load(given.connections, *((1, 1) if given.quick else (given.turns, given.rounds)))


async def fleet(
    stack: contextlib.AsyncExitStack, server: _servers.Server, made: type[Fleet], connections: int
) -> Fleet:
    """Chargers that are ready to send to a server; gone with the stack."""
    chargers = [
        await stack.enter_async_context(
            websockets.connect(
                f"{server.url}/BENCH-{number}",
                subprotocols=[websockets.Subprotocol(made.subprotocol)],
                compression=None,
                ping_interval=None,
            )
        )
        for number in range(connections)
    ]
    ready = made(server, chargers)
    await ready.begin()
    return ready


async def measured(fleets: Mapping[str, Fleet], load: Load) -> dict[str, list[float]]:
    """Microseconds of each server's CPU a message, of each round; printed as they come."""
    figures: dict[str, list[float]] = {name: [] for name in fleets}
    for number in range(load.rounds):
        spent = dict.fromkeys(fleets, 0.0)
        for _ in range(load.turns):
            for name, each in fleets.items():
                spent[name] += await each.turn(TURN)
        for name, cpu in spent.items():
            figures[name].append(cpu / (load.connections * load.turns * TURN) * 1e6)
            print(f"round {number + 1}  {name:8} {figures[name][-1]:7.1f} us CPU a message", flush=True)
    return figures


async def answered(charger: websockets.ClientConnection, number: int, action: str, payload: dict[str, Any]) -> Any:
    """Send a call; the answer's payload. Calls of the server wait in vain, and an echo is an answer too."""
    await charger.send(_servers.call(number, action, payload))
    while True:
        kind, identity, *rest = json.loads(await charger.recv())
        if identity == str(number) and (kind == 3 or rest[0] == action):
            return rest[0] if kind == 3 else None


def stamp() -> str:
    """Now: a time far ahead or far back would be a wrong clock's, and history is treated otherwise than news."""
    return datetime.now(UTC).isoformat()
