"""Server CPU per durable 2.0.1 TransactionEvent, as a ratio against 1.6 MeterValues of the same content.

Two servers of ours run side by side, one with 1.6 and one with 2.0.1 chargers, and take turns of a second or two, so
that what the machine does meanwhile meets both. Each charger has one call in flight; what it sends is a register in Wh,
a power and a state of charge.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
from typing import Any, NamedTuple

import websockets

from scripts.benchmarks import _servers, meter_values

LIMIT = 1.3


class Fleet:
    """The 2.0.1 connections to one server, each in a transaction; what meter_values.Fleet is for 1.6."""

    def __init__(self, server: _servers.Server, chargers: list[websockets.ClientConnection]) -> None:
        self._server = server
        self._chargers = chargers
        self._sent = 1

    async def begin(self) -> None:
        """Boot, start and warm up."""
        for number, charger in enumerate(self._chargers):
            await begun(charger, number)
        await self.turn(meter_values.WARM_UP)

    async def turn(self, messages: int) -> float:
        """Everybody sends so many: CPU seconds of the server."""
        before, first = self._server.cpu_s, self._sent
        self._sent += messages
        await asyncio.gather(*(sent(charger, number, first, messages) for number, charger in enumerate(self._chargers)))
        return self._server.cpu_s - before


class Turns(NamedTuple):
    """How much is sent: connections, turns a round, rounds."""

    connections: int
    turns: int
    rounds: int


def main() -> None:
    """Measure and print a line a server and round, then the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5, help=f"a round, of {meter_values.TURN} messages a connection")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round of one turn")
    given = parser.parse_args()
    load = Turns(given.connections, *((1, 1) if given.quick else (given.turns, given.rounds)))
    medians = {name: statistics.median(each) for name, each in asyncio.run(measured(load)).items()}
    print(f"2.0.1 TransactionEvent / 1.6 MeterValues (limit {LIMIT}): {medians['2.0.1'] / medians['1.6']:.2f}")


async def measured(load: Turns) -> dict[str, list[float]]:
    """Microseconds of each server's CPU a message, of each round."""
    async with contextlib.AsyncExitStack() as stack:
        fleets = {
            "1.6": await fleet(stack, "ocpp1.6", load.connections),
            "2.0.1": await fleet(stack, "ocpp2.0.1", load.connections),
        }
        figures: dict[str, list[float]] = {name: [] for name in fleets}
        for number in range(load.rounds):
            spent = dict.fromkeys(fleets, 0.0)
            for _ in range(load.turns):
                for name, each in fleets.items():
                    spent[name] += await each.turn(meter_values.TURN)
            for name, cpu in spent.items():
                figures[name].append(cpu / (load.connections * load.turns * meter_values.TURN) * 1e6)
                print(f"round {number + 1}  {name:6} {figures[name][-1]:7.1f} us CPU a message", flush=True)
        return figures


async def fleet(stack: contextlib.AsyncExitStack, subprotocol: str, connections: int) -> "Fleet | meter_values.Fleet":
    """A server, and chargers of this version that are ready to send to it; both end with the stack."""
    server = stack.enter_context(_servers.ours(connections))
    chargers = [
        await stack.enter_async_context(
            websockets.connect(
                f"{server.url}/BENCH-{number}",
                subprotocols=[websockets.Subprotocol(subprotocol)],
                compression=None,
                ping_interval=None,
            )
        )
        for number in range(connections)
    ]
    made = (Fleet if subprotocol == "ocpp2.0.1" else meter_values.Fleet)(server, chargers)
    await made.begin()
    return made


async def begun(charger: websockets.ClientConnection, number: int) -> None:
    """Boot and start a transaction."""
    station = {"vendorName": "Bench", "model": "M"}
    await answered(charger, 1, "BootNotification", {"reason": "PowerUp", "chargingStation": station})
    started = event("Started", number, 0, "Authorized") | {
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": _servers.TOKEN, "type": "ISO14443"},
    }
    started["meterValue"] = [{"timestamp": started["timestamp"], "sampledValue": [{"value": 10_000}]}]
    await answered(charger, 2, "TransactionEvent", started)


async def sent(charger: websockets.ClientConnection, number: int, first: int, count: int) -> None:
    """Send Updateds one after the other, each when the one before was answered."""
    for seq_no in range(first, first + count):
        sampled = [
            {"value": 10_000 + seq_no, "unitOfMeasure": {"unit": "Wh"}},
            {"value": 7200, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
            {"value": 42, "measurand": "SoC", "unitOfMeasure": {"unit": "Percent"}},
        ]
        updated = event("Updated", number, seq_no, "MeterValuePeriodic")
        updated["meterValue"] = [{"timestamp": updated["timestamp"], "sampledValue": sampled}]
        await answered(charger, seq_no + 10, "TransactionEvent", updated)


def event(kind: str, number: int, seq_no: int, trigger: str) -> dict[str, Any]:
    """What each event of the transaction says."""
    return {
        "eventType": kind,
        "timestamp": meter_values.stamp(),
        "triggerReason": trigger,
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": f"bench-transaction-{number}"},
    }


async def answered(charger: websockets.ClientConnection, number: int, action: str, payload: dict[str, Any]) -> None:
    """Send a call and wait for its answer; calls of the server wait in vain."""
    await charger.send(_servers.call(number, action, payload))
    while json.loads(await charger.recv())[:2] != [3, str(number)]:
        pass


if __name__ == "__main__":
    main()
