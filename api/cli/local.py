"""The data directory as subcommands see it: read-only look-ups, and writes that find out whether a server runs.

A write takes the data directory's lock; when a server holds it, the write goes through its socket DATA/control.sock.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from api.cli.failure import Failure
from csms import config
from csms.storage import connection, errors, operations
from csms.storage.log import Log

SOCKET = "control.sock"
SOCKET_SECONDS = 30.0


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data, with the default of the settings."""
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="data directory (default: CSMS_DATA, csms.toml, ./data)"
    )


def directory(arguments: argparse.Namespace) -> Path:
    """The data directory of this call. Raises Failure for settings that are not valid."""
    try:
        flags = {} if arguments.data is None else {"data": str(arguments.data)}
        return config.load(flags, os.environ).data
    except config.BadSetting as error:
        raise Failure(str(error), 2) from error


@contextmanager
def reading(data: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the database. Raises Failure when there is none."""
    if not connection.database(data).exists():
        raise Failure(f"there is no database in {data}: start the server once, or name another directory with --data")
    try:
        with closing(connection.reader(data)) as conn:
            yield conn
    except errors.StorageError as error:
        raise Failure(str(error)) from error


def write(data: Path, operation: str, arguments: dict[str, Any]) -> Any:
    """Run one of the operations, with or without a server. Returns its JSON result; raises Failure."""
    try:
        with Log.open(data) as log:
            return log.write(lambda conn: operations.run(conn, operation, arguments))
    except errors.DataDirectoryLocked as locked:
        return _through_server(data, operation, arguments, locked)
    except (errors.StorageError, ValueError) as error:
        raise Failure(str(error)) from error


def plain(row: Any) -> dict[str, Any]:
    """A row as JSON-able fields."""
    fields: dict[str, Any] = msgspec.to_builtins(row)
    return fields


def _through_server(data: Path, operation: str, arguments: dict[str, Any], locked: Exception) -> Any:
    request = json.dumps({"operation": operation, "arguments": arguments}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SOCKET_SECONDS)
            client.connect(str(data / SOCKET))
            client.sendall(request)
            answer = json.loads(client.makefile("rb").readline() or b"{}")
    except (OSError, ValueError) as error:
        raise Failure(f"{locked}; its control socket {data / SOCKET} does not answer: {error}") from error
    if "result" not in answer:
        told = answer.get("error", {}).get("message", "the server closed the connection without an answer")
        raise Failure(str(told))
    return answer["result"]
