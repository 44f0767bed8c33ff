"""SQLite connections as the log needs them: one that writes, any number that only read.

Times in this database are integers, milliseconds since 1970 UTC. Connections are in autocommit mode: transactions are
begun and ended by hand, so that nothing is ever left open by accident.
"""

import os
import sqlite3
from pathlib import Path

from csms.storage import errors

NAME = "csms.sqlite3"
ARCHIVES = "archive"
"""The folder of archive files in a data directory."""

_BUSY_S = 10.0


def database(directory: Path) -> Path:
    """The database file of a data directory."""
    return directory / NAME


def archives(conn: sqlite3.Connection) -> Path:
    """The folder of the archive files that belong to this database."""
    return Path(conn.execute("PRAGMA database_list").fetchone()[2]).parent / ARCHIVES


def writer(directory: Path) -> sqlite3.Connection:
    """The one connection that writes; whoever opens it holds the lock. Durable at COMMIT. Raises StorageUnavailable."""
    try:
        connection = sqlite3.connect(
            database(directory), timeout=_BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")  # what people had erased is overwritten, also in old pages
        connection.execute("PRAGMA recursive_triggers = ON")  # so that REPLACE cannot pass the triggers by
    except sqlite3.Error as error:
        raise unavailable(error) from error
    return connection


def reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read `path` (a data directory, or a database file). Raises StorageUnavailable."""
    path = database(path) if path.is_dir() else path
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if _settled(path) else ''}",
            uri=True,
            timeout=_BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    return connection


def _settled(path: Path) -> bool:
    """Whether nobody can change this file: SQLite then needs none of the files that it cannot make beside it."""
    unfinished = path.with_name(f"{path.name}-wal")
    return path.exists() and bool(os.statvfs(path).f_flag & os.ST_RDONLY) and not unfinished.exists()


_ADVICE = {
    sqlite3.SQLITE_FULL: "nothing was stored; free some disk space",
    sqlite3.SQLITE_READONLY: "nothing was stored; check who may write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "check that the file exists and may be read and written",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is no database; restore a backup",
}


def unavailable(error: sqlite3.Error, path: Path | None = None) -> errors.StorageUnavailable:
    """`error` as the one that callers handle, with SQLite's own name for it and what may help."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    reason = f"{path}: {error} ({name})" if path else f"{error} ({name})"
    advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "nothing was stored; check the disk")
    return errors.StorageUnavailable(reason, advice)
