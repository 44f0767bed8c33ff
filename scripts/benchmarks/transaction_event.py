"""Server CPU per durable 2.0.1 TransactionEvent, as a ratio against 1.6 MeterValues of the same content.

Two servers of ours run side by side, one with 1.6 and one with 2.0.1 chargers, and take turns.
"""

import asyncio
import contextlib
import statistics
from typing import Any

import websockets

from scripts.benchmarks import _servers, _turns, meter_values

LIMIT = 1.3


class Fleet(_turns.Fleet):
    """Chargers of 2.0.1 that send what meter_values.Fleet does."""

    subprotocol = "ocpp2.0.1"

    async def begun(self, charger: websockets.ClientConnection, number: int) -> None:
        """Boot and start a transaction."""
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "Bench", "model": "M"}}
        await _turns.answered(charger, 1, "BootNotification", boot)
        started = event("Started", number, 0, "Authorized", [{"value": 10_000}]) | {
            "evse": {"id": 1, "connectorId": 1},
            "idToken": {"idToken": _servers.TOKEN, "type": "ISO14443"},
        }
        await _turns.answered(charger, 2, "TransactionEvent", started)

    async def sent(self, charger: websockets.ClientConnection, number: int, first: int, count: int) -> None:
        """Send Updateds."""
        for seq_no in range(first + 1, first + count + 1):
            sampled = [
                {"value": 10_000 + seq_no, "unitOfMeasure": {"unit": "Wh"}},
                {"value": 7200, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
                {"value": 42, "measurand": "SoC", "unitOfMeasure": {"unit": "Percent"}},
            ]
            updated = event("Updated", number, seq_no, "MeterValuePeriodic", sampled)
            await _turns.answered(charger, seq_no + 10, "TransactionEvent", updated)


def main() -> None:
    """Measure and print a line a server and round, then the ratio of the medians."""
    load = _turns.asked(__doc__, 5)
    medians = {name: statistics.median(each) for name, each in asyncio.run(measured(load)).items()}
    print(f"2.0.1 TransactionEvent / 1.6 MeterValues (limit {LIMIT}): {medians['2.0.1'] / medians['1.6']:.2f}")


async def measured(load: _turns.Load) -> dict[str, list[float]]:
    """Microseconds of each server's CPU a message, of each round."""
    async with contextlib.AsyncExitStack() as stack:
        old, new = (stack.enter_context(_servers.ours(load.connections)) for _ in range(2))
        fleets = {
            "1.6": await _turns.fleet(stack, old, meter_values.Fleet, load.connections),
            "2.0.1": await _turns.fleet(stack, new, Fleet, load.connections),
        }
        return await _turns.measured(fleets, load)


def event(kind: str, number: int, seq_no: int, trigger: str, sampled: list[dict[str, Any]]) -> dict[str, Any]:
    """An event of the transaction, with what was measured."""
    at = _turns.stamp()
    return {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": trigger,
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": f"bench-transaction-{number}"},
        "meterValue": [{"timestamp": at, "sampledValue": sampled}],
    }


if __name__ == "__main__":
    main()
