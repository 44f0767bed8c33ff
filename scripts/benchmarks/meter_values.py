"""Server CPU per durable MeterValues, as a ratio against an asyncio central system and a bare echo in the same run.

200 connections, one call in flight each. Ours validates, goes through charger and session actors, commits with
synchronous=FULL and publishes; the baselines answer and store nothing. All three run side by side and take turns of a
second or two, so that what the machine does meanwhile meets all of them.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
from datetime import UTC, datetime
from typing import NamedTuple

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


class Fleet:
    """The connections to one server, each in a transaction."""

    def __init__(self, server: _servers.Server, chargers: list[websockets.ClientConnection]) -> None:
        self._server = server
        self._chargers = chargers
        self._transactions: list[int] = []
        self._sent = 0

    async def begin(self) -> None:
        """Boot, start and warm up."""
        self._transactions = [await begun(charger, number) for number, charger in enumerate(self._chargers)]
        await self.turn(WARM_UP)

    async def turn(self, messages: int) -> float:
        """Everybody sends so many: CPU seconds of the server."""
        before, first = self._server.cpu_s, self._sent
        self._sent += messages
        each = zip(self._chargers, self._transactions, strict=True)
        await asyncio.gather(*(sent(charger, transaction, first, messages) for charger, transaction in each))
        return self._server.cpu_s - before


def stamp() -> str:
    """Now: a time far ahead or far back would be a wrong clock's, and history is treated otherwise than news."""
    return datetime.now(UTC).isoformat()


def main() -> None:
    """Measure and print a line a server and round, then the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5, help=f"a server and round, of {TURN} messages a connection")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of one turn")
    given = parser.parse_args()
    load = Load(given.connections, *((1, 1) if given.quick else (given.turns, given.rounds)))
    medians = {name: statistics.median(each) for name, each in asyncio.run(measured(load)).items()}
    print(f"csms / central (limit 0.55): {medians['csms'] / medians['central']:.2f}")
    print(f"csms / echo    (limit 2.90): {medians['csms'] / medians['echo']:.2f}")


async def measured(load: Load) -> dict[str, list[float]]:
    """Microseconds of each server's CPU a MeterValues, of each round."""
    async with contextlib.AsyncExitStack() as stack:
        servers = {
            "csms": stack.enter_context(_servers.ours(load.connections)),
            "central": stack.enter_context(_servers.baseline("central")),
            "echo": stack.enter_context(_servers.baseline("echo")),
        }
        fleets = {name: await connected(stack, server, load.connections) for name, server in servers.items()}
        figures: dict[str, list[float]] = {name: [] for name in servers}
        for number in range(load.rounds):
            spent = dict.fromkeys(servers, 0.0)
            for _ in range(load.turns):
                for name, fleet in fleets.items():
                    spent[name] += await fleet.turn(TURN)
            for name, cpu in spent.items():
                figures[name].append(cpu / (load.connections * load.turns * TURN) * 1e6)
                print(f"round {number + 1}  {name:8} {figures[name][-1]:7.1f} us CPU a MeterValues", flush=True)
        return figures


async def connected(stack: contextlib.AsyncExitStack, server: _servers.Server, connections: int) -> Fleet:
    """A fleet that is ready to send; closed with the stack."""
    chargers = [
        await stack.enter_async_context(
            websockets.connect(
                f"{server.url}/BENCH-{number}",
                subprotocols=[websockets.Subprotocol("ocpp1.6")],
                compression=None,
                ping_interval=None,
            )
        )
        for number in range(connections)
    ]
    fleet = Fleet(server, chargers)
    await fleet.begin()
    return fleet


async def begun(charger: websockets.ClientConnection, number: int) -> int:
    """Boot and start a transaction; the echo server's answers are no answers."""
    await charger.send(_servers.call(1, "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "M"}))
    await charger.recv()
    payload = {"connectorId": 1, "idTag": _servers.TOKEN, "meterStart": number, "timestamp": stamp()}
    await charger.send(_servers.call(2, "StartTransaction", payload))
    answer = json.loads(await charger.recv())
    return int(answer[2]["transactionId"]) if answer[0] == 3 else 1


async def sent(charger: websockets.ClientConnection, transaction: int, first: int, count: int) -> None:
    """Send MeterValues one after the other, each when the one before was answered."""
    for number in range(first, first + count):
        sampled = [
            {"value": str(10_000 + number), "unit": "Wh"},
            {"value": "7200", "measurand": "Power.Active.Import", "unit": "W"},
            {"value": "42", "measurand": "SoC", "unit": "Percent"},
        ]
        payload = {
            "connectorId": 1,
            "transactionId": transaction,
            "meterValue": [{"timestamp": stamp(), "sampledValue": sampled}],
        }
        await charger.send(_servers.call(number, "MeterValues", payload))
        while json.loads(await charger.recv())[:2] not in ([3, str(number)], [2, str(number)]):
            pass


if __name__ == "__main__":
    main()
