"""People and apps at the API while chargers charge: they look around, follow what happens, give commands, and leave.

`python -m scripts.benchmarks._visitors HTTP CHARGERS` is a process of them, until it is terminated; it ends by itself,
with exit code 1, when one of them was not answered. Used by soak.py. What the server refuses is all right.
"""

import contextlib
import http.client
import os
import random
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TypeAlias

from scripts.benchmarks import _api, _life, _servers

SIGNED_IN_S = 120.0
"""After that a visitor signs in anew."""
FOLLOWED_S = 30.0
COMMANDS = ("clear-cache", "get-configuration", "trigger", "reset", "start")
PAGES = ("/", "/metrics", "/api/v1/actors", "/api/v1/sessions?limit=50", "/api/v1/chargers")
Visit: TypeAlias = Callable[[_api.Api, random.Random, int], None]


@contextlib.contextmanager
def visiting(server: _servers.Server, chargers: int) -> Iterator[None]:
    """They come and go. Raises RuntimeError when one of them was not answered."""
    command = [sys.executable, "-m", "scripts.benchmarks._visitors", server.http, str(chargers)]
    with subprocess.Popen(command) as process:
        try:
            yield
            if process.poll() is not None:
                raise RuntimeError("a visitor was not answered: see above")
        finally:
            process.terminate()


def look(api: _api.Api, dice: random.Random, number: int) -> None:
    """Open a list, a page, or a charger."""
    time.sleep(1)
    one = f"/chargers/BENCH-{number}"
    path = dice.choice((*PAGES, one, f"/api/v1{one}", f"/api/v1{one}/commands"))
    _good(path, api.open(path)).read()


def follow(api: _api.Api, dice: random.Random, number: int) -> None:
    """Follow all events, or a charger's, and hang up in the middle; every third time without reading any."""
    path = dice.choice(("/api/v1/events", f"/api/v1/events?charger_id=BENCH-{number}"))
    stream = _good(path, api.open(path))
    end = time.monotonic() + dice.uniform(1, FOLLOWED_S)
    if dice.randrange(3) == 0:
        time.sleep(end - time.monotonic())
    while time.monotonic() < end:
        stream.readline()


def _good(path: str, answer: http.client.HTTPResponse) -> http.client.HTTPResponse:
    """Raises RuntimeError for anything but 200."""
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path} was answered {answer.status}")
    return answer


def order(api: _api.Api, dice: random.Random, number: int) -> None:
    """Give a command, or start a session that a car may never come for."""
    time.sleep(1)
    charger, command = f"BENCH-{number}", dice.choice(COMMANDS)
    with contextlib.suppress(_api.Refused):
        match command:
            case "start":
                api.post("/sessions", {"charger_id": charger, "connector_id": 1, "id_token": _life.token(number)})
            case "trigger":
                api.post(f"/chargers/{charger}/commands/trigger", {"message": "Heartbeat"})
            case _:
                api.post(f"/chargers/{charger}/commands/{command}", {})


VISITS: tuple[Visit, ...] = (look, look, follow, follow, follow, order)


def _for_ever(visit: Visit, seed: int, server: _servers.Server, chargers: int) -> None:
    dice = random.Random(seed)
    try:
        while True:
            end = time.monotonic() + SIGNED_IN_S
            with _api.Api(server) as api:
                while time.monotonic() < end:
                    visit(api, dice, dice.randrange(chargers))
    except BaseException:  # noqa: BLE001 - a thread that fails must not fail alone
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    there = _servers.Server("csms", 0, "", sys.argv[1])
    for seed, visit in enumerate(VISITS):
        threading.Thread(target=_for_ever, args=(visit, seed, there, int(sys.argv[2]))).start()
