"""The control socket DATA/control.sock: where it is, and one question to the server behind it.

While a server holds the data directory, the command line writes through this socket. One JSON line in, one JSON line
out: {"operation": "charger.add", "arguments": {...}} -> {"result": ...} or {"error": {"type": ..., "message": ...}}.
Plain sockets: actors/control.py answers on the listening one, the command line asks.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAME = "control.sock"
LONGEST = 100
"""Bytes that a socket's path may have on every system (Linux allows 107, macOS 103)."""


class NoServer(Exception):
    """Nobody listens there: nothing was asked, and asking again is safe."""


class NoAnswer(Exception):
    """The server was asked and did not answer: whether it did what it was told is unknown."""


class Refused(Exception):
    """The server's refusal; `kind` is the type of the error there."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


def listen(directory: Path) -> socket.socket:
    """The listening socket, for the owner only. A stale file is no obstacle: who holds the lock owns the socket."""
    remove(directory)
    listening = socket.socket(socket.AF_UNIX)
    try:
        with _address(directory) as address:
            listening.bind(address)
        (directory / NAME).chmod(0o600)
        listening.listen(16)
    except OSError:
        listening.close()
        raise
    return listening


def remove(directory: Path) -> None:
    """Remove the file; none is fine."""
    with suppress(FileNotFoundError):
        (directory / NAME).unlink()


def ask(directory: Path, operation: str, arguments: dict[str, Any], *, seconds: float = 30.0) -> Any:
    """The result of an operation, or within `seconds` one of NoServer, NoAnswer and Refused is raised."""
    request = json.dumps({"operation": operation, "arguments": arguments}).encode() + b"\n"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(seconds)
        try:
            with _address(directory) as address:
                client.connect(address)
        except OSError as error:
            raise NoServer(f"no server answers at {directory / NAME}: {error.strerror or error}") from error
        try:
            client.sendall(request)
            answer = json.loads(client.makefile("rb").readline())
        except (OSError, ValueError) as error:
            raise NoAnswer(f"the server at {directory / NAME} gave no answer ({error})") from error
    if "result" in answer:
        return answer["result"]
    raise Refused(answer["error"]["type"], answer["error"]["message"])


@contextmanager
def _address(directory: Path) -> Iterator[str]:
    """A path to the socket that is short enough, however deep the data directory lies."""
    path = directory.absolute() / NAME
    shortest = min((str(path), os.path.relpath(path)), key=len)
    if len(os.fsencode(shortest)) <= LONGEST:
        yield shortest
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)
