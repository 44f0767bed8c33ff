"""Streams that nobody can read, and the chargers that they belong to. Used by neighbours.py and _trouble.py.

`spoil` puts an event into a stream of a server that does not run, which no version of the program has ever written:
whoever folds that stream fails on it, every time.
"""

import contextlib
import itertools
import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trio_websocket

from csms.domain import events
from csms.storage import connection
from csms.storage.log import Log
from csms.storage.records import EVENT_ID_BYTES
from scripts.benchmarks import _servers, _story
from tests.chaos import hostile
from tests.csms.gateway import support

PARKED_AFTER_S = 32.0
"""Eight failures in a row with the pauses between them (actors/runtime/restart.py)."""
TYPE = "NeverHeardOf"


def spoil_charger(data: Path, number: int) -> None:
    """The stream of BENCH-`number`: its actor never starts."""
    _spoil(data, events.charger_stream(f"BENCH-{number}"), 1)


def spoil_session(data: Path, number: int) -> None:
    """The stream of a session that BENCH-`number` runs: that session's actor never starts."""
    stay = _story.Stay(number)
    begun = stay.start()
    with Log.open(data) as log:
        log.append_batch([begun])
    _spoil(data, begun.entries[0].stream, 2)


def _spoil(data: Path, stream: str, version: int) -> None:
    with contextlib.closing(sqlite3.connect(connection.database(data))) as conn, conn:
        conn.execute("INSERT OR IGNORE INTO streams (name) VALUES (?)", (stream,))
        conn.execute("INSERT OR IGNORE INTO types (name, schema) VALUES (?, 1)", (TYPE,))
        conn.execute(
            "INSERT INTO events (stream, version, event_id, type, at, body, hash)"
            " SELECT streams.id, ?, ?, types.id, ?, x'80', zeroblob(16)"
            " FROM streams, types WHERE streams.name = ? AND types.name = ?",
            (version, version.to_bytes(EVENT_ID_BYTES, "big"), int(time.time() * 1000), stream, TYPE),
        )


async def poisoned_charger(target: hostile.Target, number: int) -> None:
    """It comes, and comes again whenever it is sent away."""
    try:
        async with support.charger(f"{target.ocpp}/BENCH-{number}") as socket:
            await say(socket, 0, "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "M"})
    except* (trio_websocket.ConnectionClosed, trio_websocket.HandshakeError, OSError):
        pass


async def poisoned_session(target: hostile.Target, number: int) -> None:
    """It reports and reports a session that nobody can read, and gets an answer to each."""
    async with support.charger(f"{target.ocpp}/BENCH-{number}") as socket:
        for sample in itertools.count(1):
            meter = {"timestamp": datetime.now(UTC).isoformat(), "sampledValue": [{"value": f"{sample}"}]}
            payload = {"connectorId": 1, "transactionId": number + 1, "meterValue": [meter]}
            answer = await say(socket, sample, "MeterValues", payload)
            assert answer[0] == 3, answer


async def say(socket: trio_websocket.WebSocketConnection, number: int, action: str, payload: dict[str, Any]) -> Any:
    """The answer to this call of a charger that obeys nothing meanwhile."""
    await socket.send_message(_servers.call(number, action, payload))
    while (answer := json.loads(await socket.get_message()))[0] == 2:
        await socket.send_message(json.dumps([3, answer[1], {"status": "Rejected"}]))
    return answer
