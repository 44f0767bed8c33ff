"""The data directory as subcommands see it: settings, read-only look-ups, and writes with or without a server.

A write takes the data directory's lock; when a server holds it, the write goes through its control socket.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from api.cli.failure import USAGE, Failure
from csms import config
from csms.storage import connection, control, errors, operations, staging
from csms.storage.log import Log

PATIENCE_S = 10.0
"""How long a write waits for whoever holds the data directory and is no server (yet, or any more)."""
_LOOK_S = 0.1


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data, with the default of the settings."""
    parser.add_argument("--data", metavar="DIR", help="data directory (default: CSMS_DATA, csms.toml, ./data)")


def settings(arguments: argparse.Namespace) -> config.Settings:
    """The settings of this call. Raises Failure for those that are not valid."""
    given = vars(arguments)
    try:
        return config.load({row.name: given.get(row.name) for row in config.table()}, os.environ)
    except config.BadSetting as error:
        raise Failure(str(error), USAGE) from error


def directory(arguments: argparse.Namespace) -> Path:
    """The data directory of this call. Raises Failure for settings that are not valid."""
    return settings(arguments).data


@contextmanager
def storage() -> Iterator[None]:
    """Errors of the storage inside this block end the command with their message."""
    try:
        yield
    except errors.StorageError as error:
        raise Failure(str(error)) from error
    except sqlite3.Error as error:
        raise Failure(str(connection.unavailable(error))) from error


@contextmanager
def reading(data: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to the database. Raises Failure when there is none, or none of this version."""
    with log(data) as opened:
        yield opened.connection


@contextmanager
def log(data: Path) -> Iterator[Log]:
    """The log, read-only. Raises Failure when there is none."""
    require(data)
    with storage(), Log.open(data, readonly=True) as opened:
        yield opened


def require(data: Path) -> None:
    """Raises Failure unless there is a database."""
    require_directory(data)
    if not connection.database(data).exists():
        raise Failure(f"there is no database in {data}: start the server once, or name another directory with --data")


def require_directory(data: Path) -> None:
    """Raises Failure when something else than a directory is in its place."""
    if data.exists() and not data.is_dir():
        raise Failure(f"{data} is not a directory: name the data directory with --data")


def write(data: Path, operation: str, arguments: dict[str, Any]) -> Any:
    """Run one of the operations, with or without a server. Returns its JSON result; raises Failure.

    Who holds the directory without listening is another command, or a server on its way up or down: wait a little.
    """
    require_directory(data)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with Log.open(data) as log:
                return log.change(lambda conn: operations.run(conn, operation, arguments), staging.COMMAND_LINE)[0]
        except errors.DataDirectoryLocked as error:
            locked = error
        except errors.StorageError as error:
            raise Failure(str(error)) from error
        try:
            return control.ask(data, operation, arguments)
        except control.NoServer as nobody:
            if time.monotonic() > deadline:
                raise Failure(f"{locked}; {nobody}") from nobody
        except control.NoAnswer as silence:
            raise Failure(f"{silence}: look whether it took effect before you repeat it") from silence
        except control.Refused as refusal:
            raise Failure(str(refusal)) from refusal
        time.sleep(_LOOK_S)


def plain(row: Any) -> dict[str, Any]:
    """A row as JSON-able fields."""
    fields: dict[str, Any] = msgspec.to_builtins(row)
    return fields
