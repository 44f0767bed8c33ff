"""A charger of OCPP 2.0.1 that tells its whole device model in one message of a megabyte, again and again.

Used by _trouble.py and event_loop.py: everything in it is right, and the server records every variable of it.
"""

import functools
from typing import Any

from scripts.benchmarks import _poison
from tests.chaos import hostile
from tests.csms.gateway import support

VARIABLES = 3_400
"""They take a megabyte, within the limit of a message (1 MiB)."""
BOOT = {"reason": "PowerUp", "chargingStation": {"vendorName": "Bench", "model": "M"}}


@functools.cache
def report() -> dict[str, Any]:
    """A NotifyReport of VARIABLES with two attributes each."""
    told = {"requestId": 1, "seqNo": 0, "tbc": False, "generatedAt": "2026-03-01T09:00:00Z"}
    return {**told, "reportData": [_variable(number) for number in range(VARIABLES)]}


def _variable(number: int) -> dict[str, Any]:
    attributes = [{"type": kind, "value": f"{number}", "mutability": "ReadWrite"} for kind in ("Actual", "Target")]
    return {
        "component": {"name": f"Component{number // 50}"},
        "variable": {"name": f"Variable{number}"},
        "variableAttribute": attributes,
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": True},
    }


async def long_reports(target: hostile.Target, _number: int) -> None:
    """It says all it has as fast as it is answered: ten times a second, or with a frame rate limit now and then."""
    async with support.charger(target.evil, offer=["ocpp2.0.1"]) as socket:
        await _poison.say(socket, 0, "BootNotification", BOOT)
        for number in range(1, 5):
            answer = await _poison.say(socket, number, "NotifyReport", report())
            assert answer[0] == 3, answer
