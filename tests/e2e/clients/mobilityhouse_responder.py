"""A charge point on mobilityhouse/ocpp of any version that only obeys.

    PROGRAM URL IDENTITY SUBPROTOCOL ANSWERS

Every call of the server is answered from the file ANSWERS (action -> payload); the library checks both by its schemas.
"""

import asyncio
import importlib
import json
import pathlib
import sys
from typing import Any

import websockets
from ocpp.charge_point import ChargePoint, camel_to_snake_case
from ocpp.routing import on

PACKAGES = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}


def point(subprotocol: str, answers: dict[str, Any]) -> type[ChargePoint]:
    """The library's charge point of this version, with a handler for each action."""
    package = importlib.import_module(f"ocpp.{PACKAGES[subprotocol]}")
    handlers = {f"on_{action}": _handler(package, action, answer) for action, answer in answers.items()}
    return type("Responder", (package.ChargePoint,), handlers)


def _handler(package: Any, action: str, answer: dict[str, Any]) -> Any:
    def handle(_self: ChargePoint, **_payload: Any) -> Any:
        return getattr(package.call_result, action)(**camel_to_snake_case(answer))

    handle.__name__ = f"on_{action}"  # by which the library finds it
    return on(action)(handle)


async def main(url: str, identity: str, subprotocol: str, answers: dict[str, Any]) -> None:
    """Connect, say so, and answer until the connection ends."""
    made = point(subprotocol, answers)
    offered = [websockets.Subprotocol(subprotocol)]
    async with websockets.connect(f"{url}/{identity}", subprotocols=offered, proxy=None) as socket:
        sys.stdout.write(json.dumps({"event": "connected", "subprotocol": socket.subprotocol}) + "\n")
        sys.stdout.flush()
        await made(identity, socket).start()


if __name__ == "__main__":
    where, who, spoken, file = sys.argv[1:]
    asyncio.run(main(where, who, spoken, json.loads(pathlib.Path(file).read_text())))
