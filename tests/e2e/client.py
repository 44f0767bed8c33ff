"""A foreign charge point in its own process, and what crossed its wire."""

import contextlib
import json
import pathlib
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from tests.e2e import lines

HERE = pathlib.Path(__file__).parent
RPC = HERE / "ocpp-rpc"
Frame = list[Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Exchange:
    """A call of the client and its answer."""

    action: str
    payload: dict[str, Any]
    answer: dict[str, Any]


class Client:
    """Orders go in as lines (the language of tests/e2e/clients), frames come out; `exchanges` are those so far."""

    def __init__(self, arguments: list[str], log: pathlib.Path) -> None:
        self._program = lines.Program(arguments, log=log)
        self._open: dict[str, Frame] = {}
        self.exchanges: list[Exchange] = []
        self._fresh: Exchange | None = None

    def tell(self, line: str) -> None:
        """Give a command; nobody waits."""
        self._program.tell(line)

    def do(self, line: str, action: str) -> Exchange:
        """Give a command and wait until a call of this action is answered."""
        self.tell(line)
        return self.answered(action)

    def answered(self, action: str) -> Exchange:
        """Wait for the next answer to a call of this action."""
        return self._wait(lambda _: self._last(action))

    def until(self, action: str, count: int) -> Exchange:
        """Wait until so many calls of this action are answered, of which some may be already; the last of them."""
        while len(self.all(action)) < count:
            self.answered(action)
        return self.all(action)[count - 1]

    def sent(self, action: str) -> dict[str, Any]:
        """Wait until a call of this action leaves, answered or not; its payload."""

        def left(event: dict[str, Any]) -> dict[str, Any] | None:
            frame = event.get("sent", [])
            return frame[3] if frame[:1] == [2] and frame[2] == action else None

        return self._wait(left)

    def all(self, action: str) -> list[Exchange]:
        """The answered calls of this action so far, in their order."""
        return [exchange for exchange in self.exchanges if exchange.action == action]

    def ordered_to(self, action: str) -> dict[str, Any]:
        """Wait for an order of the server; its payload."""

        def came(event: dict[str, Any]) -> dict[str, Any] | None:
            frame = event.get("received", [])
            return frame[3] if frame[:1] == [2] and frame[2] == action else None

        return self._wait(came)

    def event(self, name: str) -> dict[str, Any]:
        """Wait for "connected" or "disconnected"."""
        return self._wait(lambda event: event if event.get("event") == name else None)

    def kill(self) -> None:
        """The charger loses its power."""
        self._program.end(signal.SIGKILL)

    def _wait(self, wanted: Callable[[dict[str, Any]], T | None]) -> T:
        return self._program.wait_for(lambda line: wanted(self._note(json.loads(line))))

    def _note(self, event: dict[str, Any]) -> dict[str, Any]:
        assert event.get("event") not in ("invalid", "refused"), event
        self._fresh = None
        match event:
            case {"sent": [2, str(message_id), *_]}:
                self._open[message_id] = event["sent"]
            case {"received": [3, str(message_id), dict(answer)]}:
                call = self._open.pop(message_id)
                self._fresh = Exchange(call[2], call[3], answer)
                self.exchanges.append(self._fresh)
            case {"received": [4, *_]}:
                raise AssertionError(f"the server refused a call: {event['received']}")
        return event

    def _last(self, action: str) -> Exchange | None:
        return self._fresh if self._fresh is not None and self._fresh.action == action else None


@contextlib.contextmanager
def mobilityhouse(url: str, identity: str, log: pathlib.Path, password: str | None = None) -> Iterator[Client]:
    """mobilityhouse/ocpp over websockets."""
    program = [sys.executable, "-m", "tests.e2e.clients.mobilityhouse_16"]
    yield from _run(program, url, identity, log, password)


@contextlib.contextmanager
def mobilityhouse_201(url: str, identity: str, log: pathlib.Path, password: str | None = None) -> Iterator[Client]:
    """The same in OCPP 2.0.1."""
    yield from _run([*_MOBILITYHOUSE_2X, "2.0.1"], url, identity, log, password)


@contextlib.contextmanager
def mobilityhouse_21(url: str, identity: str, log: pathlib.Path, password: str | None = None) -> Iterator[Client]:
    """The same in OCPP 2.1."""
    yield from _run([*_MOBILITYHOUSE_2X, "2.1"], url, identity, log, password)


_MOBILITYHOUSE_2X = [sys.executable, "-m", "tests.e2e.clients.mobilityhouse_2x"]


@contextlib.contextmanager
def ocpp_rpc(url: str, identity: str, log: pathlib.Path, password: str | None = None) -> Iterator[Client]:
    """npm's ocpp-rpc in strict mode."""
    yield from _run(node("client_16.mjs"), url, identity, log, password)


@contextlib.contextmanager
def ocpp_rpc_201(url: str, identity: str, log: pathlib.Path, password: str | None = None) -> Iterator[Client]:
    """The same in OCPP 2.0.1."""
    yield from _run([*node("client_2x.mjs"), "2.0.1"], url, identity, log, password)


@contextlib.contextmanager
def ocpp_rpc_21(url: str, identity: str, log: pathlib.Path, password: str | None = None) -> Iterator[Client]:
    """The same in OCPP 2.1."""
    yield from _run([*node("client_2x.mjs"), "2.1"], url, identity, log, password)


def node(program: str) -> list[str]:
    """How to run a program of tests/e2e/ocpp-rpc. Fails the test where npm's packages are not installed."""
    installed = shutil.which("node")
    if installed is None or not (RPC / "node_modules").exists():
        pytest.fail("npm's ocpp-rpc is not installed: run scripts/_setup --tests, as scripts/test does")
    return [installed, str(RPC / program)]


def _run(program: list[str], url: str, identity: str, log: pathlib.Path, password: str | None) -> Iterator[Client]:
    client = Client([*program, url, identity, *filter(None, [password])], log)
    try:
        yield client
    finally:
        client.kill()
