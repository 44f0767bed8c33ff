"""Control: the socket DATA/control.sock, through which the command line writes while a server holds the data directory.

One JSON line in, one JSON line out: {"operation": "charger.add", "arguments": {...}} -> {"result": ...} or
{"error": {"type": ..., "message": ...}}. The file's mode 0600 is the permission: who may use it may write the database
file anyway. The operations are csms.storage.operations', the same that run without a server.
"""

from __future__ import annotations

import json
import logging
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

from actors import runtime
from csms.storage import errors, operations

if TYPE_CHECKING:
    from actors.tree import Node

NAME = "control.sock"
LINE_BYTES = 1_000_000
LINE_SECONDS = 30.0

logger = logging.getLogger(__name__)


async def serve(node: Node, task: runtime.Task) -> None:
    """The body of the supervised task: listen until cancelled."""
    path = node.settings.data / NAME
    listener = _listen(path)
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, partial(_contained, node), [trio.SocketListener(listener)])
            task.started()
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def _listen(path: Path) -> trio.socket.SocketType:
    """A stale file is no obstacle: whoever holds the data directory's lock owns the socket."""
    with suppress(FileNotFoundError):
        path.unlink()
    plain = socket.socket(socket.AF_UNIX)
    plain.bind(str(path))
    path.chmod(0o600)
    plain.listen(16)
    plain.setblocking(False)
    return trio.socket.from_stdlib_socket(plain)


async def _contained(node: Node, stream: trio.SocketStream) -> None:
    """One client; whatever it does ends with it."""
    try:
        with trio.fail_after(LINE_SECONDS):
            async with stream:
                line = await _line(stream)
                answer = await _answer(node, line)
                await stream.send_all(json.dumps(answer).encode() + b"\n")
    except (trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
        logger.info("control_client_left reason=%r", error)


async def _line(stream: trio.SocketStream) -> bytes:
    data = bytearray()
    while b"\n" not in data and len(data) <= LINE_BYTES:
        chunk = await stream.receive_some()
        if not chunk:
            break
        data += chunk
    return bytes(data).partition(b"\n")[0]


async def _answer(node: Node, line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        name, arguments = str(request["operation"]), dict(request.get("arguments") or {})
    except (ValueError, KeyError, TypeError):
        return _error("BadRequest", 'send one line: {"operation": NAME, "arguments": {...}}')
    try:
        result = await node.write(operations.run, name, arguments)
    except (errors.StorageError, runtime.ActorError, operations.UnknownOperation, TypeError, ValueError) as error:
        return _error(type(error).__name__, str(error))
    if name.startswith("charger."):
        node.charger_changed(str(arguments.get("id")))
    return {"result": result}


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}
