"""Server CPU per durable MeterValues, as a ratio against an asyncio central system and a bare echo in the same run.

200 connections, one call in flight each. Ours validates, goes through charger and session actors, commits with
synchronous=FULL and publishes; the baselines answer and store nothing. All three run side by side and take turns.
"""

import asyncio
import contextlib
import statistics

import websockets

from scripts.benchmarks import _servers, _turns


class Fleet(_turns.Fleet):
    """Chargers of 1.6 that send a register, a power and a state of charge."""

    subprotocol = "ocpp1.6"

    def __init__(self, server: _servers.Server, chargers: list[websockets.ClientConnection]) -> None:
        super().__init__(server, chargers)
        self._transactions: list[int] = []

    async def begun(self, charger: websockets.ClientConnection, number: int) -> None:
        """Boot and start a transaction; the echo server's answers are no answers."""
        boot = {"chargePointVendor": "Bench", "chargePointModel": "M"}
        await _turns.answered(charger, 1, "BootNotification", boot)
        payload = {"connectorId": 1, "idTag": _servers.TOKEN, "meterStart": number, "timestamp": _turns.stamp()}
        answer = await _turns.answered(charger, 2, "StartTransaction", payload)
        self._transactions.append(int(answer["transactionId"]) if answer else 1)

    async def sent(self, charger: websockets.ClientConnection, number: int, first: int, count: int) -> None:
        """Send MeterValues."""
        for index in range(first, first + count):
            sampled = [
                {"value": str(10_000 + index), "unit": "Wh"},
                {"value": "7200", "measurand": "Power.Active.Import", "unit": "W"},
                {"value": "42", "measurand": "SoC", "unit": "Percent"},
            ]
            payload = {
                "connectorId": 1,
                "transactionId": self._transactions[number],
                "meterValue": [{"timestamp": _turns.stamp(), "sampledValue": sampled}],
            }
            await _turns.answered(charger, index + 10, "MeterValues", payload)


def main() -> None:
    """Measure and print a line a server and round, then the medians and their ratios."""
    load = _turns.asked(__doc__, 3)
    medians = {name: statistics.median(each) for name, each in asyncio.run(measured(load)).items()}
    print(f"csms / central (limit 0.55): {medians['csms'] / medians['central']:.2f}")
    print(f"csms / echo    (limit 2.90): {medians['csms'] / medians['echo']:.2f}")


async def measured(load: _turns.Load) -> dict[str, list[float]]:
    """Microseconds of each server's CPU a MeterValues, of each round."""
    async with contextlib.AsyncExitStack() as stack:
        servers = {
            "csms": stack.enter_context(_servers.ours(load.connections)),
            "central": stack.enter_context(_servers.baseline("central")),
            "echo": stack.enter_context(_servers.baseline("echo")),
        }
        fleets = {name: await _turns.fleet(stack, each, Fleet, load.connections) for name, each in servers.items()}
        return await _turns.measured(fleets, load)


if __name__ == "__main__":
    main()
