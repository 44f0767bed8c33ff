"""Server CPU per durable MeterValues, as a ratio against an asyncio central system and a bare echo in the same run.

200 connections, one call in flight each. Ours validates, goes through charger and session actors, commits with
synchronous=FULL and publishes; the baselines answer and store nothing.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import websockets

from scripts.benchmarks import _servers

START = datetime.now(UTC)


class Load(NamedTuple):
    """How much is sent: messages a connection."""

    connections: int
    messages: int


def main() -> None:
    """Measure and print a line a server and round, then the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--messages", type=int, default=100, help="a connection and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one short round")
    given = parser.parse_args()
    load = Load(given.connections, 20 if given.quick else given.messages)
    servers: dict[str, Callable[[], AbstractContextManager[_servers.Server]]] = {
        "csms": lambda: _servers.ours(load.connections),
        "central": lambda: _servers.baseline("central"),
        "echo": lambda: _servers.baseline("echo"),
    }
    figures: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(1 if given.quick else given.rounds):
        for name, server in servers.items():
            figures[name].append(asyncio.run(measured(server, load)))
            print(f"round {number + 1}  {name:8} {figures[name][-1]:7.1f} us CPU a MeterValues", flush=True)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    print(f"csms / central (limit 0.55): {medians['csms'] / medians['central']:.2f}")
    print(f"csms / echo    (limit 2.90): {medians['csms'] / medians['echo']:.2f}")


async def measured(make: Callable[[], AbstractContextManager[_servers.Server]], load: Load) -> float:
    """Microseconds of the server's CPU a MeterValues."""
    with make() as server:
        async with contextlib.AsyncExitStack() as stack:
            chargers = [
                await stack.enter_async_context(
                    websockets.connect(
                        f"{server.url}/BENCH-{number}",
                        subprotocols=[websockets.Subprotocol("ocpp1.6")],
                        compression=None,
                        ping_interval=None,
                    )
                )
                for number in range(load.connections)
            ]
            transactions = [await begun(charger, number) for number, charger in enumerate(chargers)]
            await asyncio.gather(*(sent(*each, 10, 5) for each in zip(chargers, transactions, strict=True)))
            before = server.cpu_s
            await asyncio.gather(
                *(
                    sent(charger, transaction, 100, load.messages)
                    for charger, transaction in zip(chargers, transactions, strict=True)
                )
            )
            return (server.cpu_s - before) / (load.connections * load.messages) * 1e6


async def begun(charger: websockets.ClientConnection, number: int) -> int:
    """Boot and start a transaction; the echo server's answers are no answers."""
    await charger.send(_servers.call(1, "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "M"}))
    await charger.recv()
    payload = {"connectorId": 1, "idTag": _servers.TOKEN, "meterStart": number, "timestamp": START.isoformat()}
    await charger.send(_servers.call(2, "StartTransaction", payload))
    answer = json.loads(await charger.recv())
    return int(answer[2]["transactionId"]) if answer[0] == 3 else 1


async def sent(charger: websockets.ClientConnection, transaction: int, first: int, count: int) -> None:
    """Send MeterValues one after the other, each when the one before was answered."""
    for number in range(first, first + count):
        at = (START + timedelta(seconds=number)).isoformat()
        sampled = [
            {"value": str(10_000 + number), "unit": "Wh"},
            {"value": "7200", "measurand": "Power.Active.Import", "unit": "W"},
            {"value": "42", "measurand": "SoC", "unit": "Percent"},
        ]
        payload = {
            "connectorId": 1,
            "transactionId": transaction,
            "meterValue": [{"timestamp": at, "sampledValue": sampled}],
        }
        await charger.send(_servers.call(number, "MeterValues", payload))
        while json.loads(await charger.recv())[:2] not in ([3, str(number)], [2, str(number)]):
            pass


if __name__ == "__main__":
    main()
