"""Control: answers on the socket DATA/control.sock, through which the command line writes while a server runs.

The file's mode 0600 is the permission: who may use it may write the database file anyway. The operations are
csms.storage.operations', the same that run without a server, and those that only a server has: `server.status`,
`actor.restart` with a name, and `ledger.reconcile`.
"""

from __future__ import annotations

import json
import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from actors import runtime
from actors.upkeep import revocations
from csms.storage import control, errors, operations, staging

if TYPE_CHECKING:
    from actors.tree import Node

LINE_BYTES = 4_000_000
"""Room for an import of ten thousand chargers."""
LINE_SECONDS = 30.0

logger = logging.getLogger(__name__)


async def serve(node: Node, task: runtime.Task) -> None:
    """The body of the supervised task: listen until cancelled."""
    listening = control.listen(node.settings.data)
    listening.setblocking(False)
    listener = trio.SocketListener(trio.socket.from_stdlib_socket(listening))
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, partial(_contained, node), [listener])
            task.started()
    finally:
        control.remove(node.settings.data)


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
    except (ValueError, LookupError, TypeError, RecursionError):
        return _error("BadRequest", 'send one line: {"operation": NAME, "arguments": {...}}')
    if name == "server.status":
        return {"result": _status(node)}
    staging.acting.set(staging.COMMAND_LINE)
    try:
        if name == "actor.restart":
            await node.restart(str(arguments.get("name")))
            return {"result": {}}
        if name == "ledger.reconcile":
            return {"result": {"ids": await node.reconciling.order()}}
        if name == "pki.revoke":
            serial, reason = str(arguments.get("serial_number")), str(arguments.get("reason", "unspecified"))
            revoked = await revocations.revoke(node.services, serial, reason)
            return {
                "result": {
                    "serial_number": revoked.serial_number,
                    "charger_id": revoked.charger_id,
                    "status": revoked.status,
                }
            }
        result = await node.write(operations.run, name, arguments)
        if name == "rows.put" and arguments.get("kind") == "chargers":
            for charger_id in result["touched"]:
                node.charger_changed(charger_id)
    except runtime.UnknownChild as error:
        told = f"no charger or session has an actor {arguments.get('name')!r}: GET /api/v1/actors has their names"
        return _error(type(error).__name__, told)
    except (errors.StorageError, runtime.ActorError, operations.UnknownOperation) as error:
        return _error(type(error).__name__, str(error))
    except Exception:  # containment: a mistake in one operation must not cost the others their socket
        logger.exception("control_operation_failed operation=%s", name)
        return _error("InternalError", "the server failed on this operation: its log says why")
    logger.info("control_operation operation=%s", name)
    return {"result": result}


def _status(node: Node) -> dict[str, Any]:
    """Who serves here, for `csms doctor`."""
    endpoints = node.front.gateway.endpoints if node.front.gateway is not None else ()
    return {
        "pid": os.getpid(),
        "started_at": node.started_at.isoformat(),
        "healthy": node.healthy,
        "ocpp_ports": [endpoint.port for endpoint in endpoints],
    }


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}
