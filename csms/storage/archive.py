"""Move completed sessions out of the live log into files that verify and replay the same.

`prepare` copies the events of old streams into DATA/archive/NNNNNN.sqlite3, beside a running server if need be;
`adopt`, in the single writer, then takes note of the file and deletes from the live log what is in it, some streams at
a time. The rows of the read models stay. Readers find archived events by themselves; a late event of an archived stream
is appended to the live log and continues its chain. A crash in between leaves events in both; they are read once.
"""

import math
import os
import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from csms.storage import chain, checkpoints, codec, connection, errors, reader, schema_v1
from csms.storage.reference import cursors

STREAMS_AT_ONCE = 200
"""Streams that one transaction of the writer moves."""

_NAME = re.compile(r"\d{6}\.sqlite3")
_OLD = (
    "SELECT number FROM sessions WHERE status IN ('completed', 'failed') AND changed_at < ?"
    " AND (SELECT max(seq) FROM events WHERE stream = sessions.number) <= ? ORDER BY number"
)


class Prepared(msgspec.Struct, frozen=True):
    """An archive file that holds copies of the events of `streams` streams."""

    file: str
    streams: int
    events: int


def prepare(conn: sqlite3.Connection, directory: Path, before: datetime) -> Prepared | None:
    """Copy the sessions that ended and last changed before `before`; None when there are none.

    `conn` only reads. Sessions whose events no checkpoint covers yet, or which somebody has to
    act on yet, are left for later. Raises ChainBroken,
    StorageUnavailable.
    """
    source = reader.Reader(conn, snapshot=True)
    with source.consistent():
        covered = checkpoints.last(conn)
        followed = cursors.lowest(conn)
        newest = min(covered.seq if covered else 0, math.inf if followed is None else followed)
        limits = (codec.milliseconds(before), newest)
        numbers = [row[0] for row in conn.execute(_OLD, limits)]
        if not numbers:
            return None
        path = _free(directory / connection.ARCHIVES)
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        try:
            events = _copy(source, conn, numbers, partial)
        except sqlite3.Error as error:
            partial.unlink(missing_ok=True)
            raise connection.unavailable(error, partial) from error
    _make_durable(partial, path)
    return Prepared(path.name, len(numbers), events)


def adopt(conn: sqlite3.Connection, file: str, at: datetime, limit: int = STREAMS_AT_ONCE) -> int:
    """Move up to `limit` streams of an archive file out of the live log; the number of those that are left.

    Inside a write of the log. Again after a crash it goes on where it was. Raises InvalidValue, StorageUnavailable.
    """
    if not _NAME.fullmatch(file):
        raise errors.InvalidValue("file", f"{file} is no archive of this data directory")
    ends = _ends(connection.archives(conn) / file)
    number = _register(conn, file, at)
    known = {row[0] for row in conn.execute("SELECT stream FROM archived WHERE archive = ?", (number,))}
    waiting = [end for end in ends if end[0] not in known]
    for stream, version, digest in waiting[:limit]:
        live = conn.execute("SELECT hash FROM events WHERE stream = ? AND version = ?", (stream, version)).fetchone()
        if live is None or live[0] != digest:
            raise errors.InvalidValue("file", f"{file} does not hold what the log has: prepare it again")
        conn.execute("INSERT INTO archived VALUES (?, ?, ?, ?)", (stream, version, digest, number))
        conn.execute("DELETE FROM events WHERE stream = ? AND version <= ?", (stream, version))
    return max(0, len(waiting) - limit)


def _free(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    taken = [int(path.stem) for path in folder.glob("*.sqlite3") if _NAME.fullmatch(path.name)]
    return folder / f"{max(taken, default=0) + 1:06d}.sqlite3"


def _copy(source: reader.Reader, conn: sqlite3.Connection, numbers: Iterable[int], path: Path) -> int:
    target = sqlite3.connect(path, isolation_level=None)
    try:
        target.execute("PRAGMA synchronous = OFF")  # made durable as a whole, before it gets its name
        target.execute("BEGIN")
        for statement in filter(str.strip, schema_v1.ARCHIVE.split(";")):
            target.execute(statement)
        target.executemany("INSERT INTO types VALUES (?, ?, ?)", conn.execute("SELECT id, name, schema FROM types"))
        count = sum(_copy_stream(source, conn, number, target) for number in numbers)
        target.execute("COMMIT")
        target.execute("VACUUM")
    finally:
        target.close()
    return count


def _copy_stream(source: reader.Reader, conn: sqlite3.Connection, number: int, target: sqlite3.Connection) -> int:
    name = source.name(number)
    target.execute("INSERT INTO streams VALUES (?, ?)", (number, name))
    moved = conn.execute(
        "SELECT version, hash FROM archived WHERE stream = ? ORDER BY version DESC LIMIT 1", (number,)
    ).fetchone()
    version, before = moved or (0, chain.genesis(name))
    count = 0
    for part, row in source.rows(number, version):
        kind, schema = part.type(row.type)
        links = (row.correlation, row.causation, row.body)
        if chain.link(before, row.version, row.event_id, kind, schema, row.at, *links) != row.hash:
            raise errors.ChainBroken(
                name, row.version, "its bytes are not those that were written: run csms log verify"
            )
        target.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        before, count = row.hash, count + 1
    return count


def _make_durable(partial: Path, path: Path) -> None:
    for step in (partial, partial.parent):
        if step.is_dir():
            partial.rename(path)
        descriptor = os.open(step, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _ends(path: Path) -> list[tuple[int, int, bytes]]:
    archive = connection.reader(path)
    try:
        return archive.execute("SELECT stream, max(version), hash FROM events GROUP BY stream").fetchall()
    finally:
        archive.close()


def _register(conn: sqlite3.Connection, file: str, at: datetime) -> int:
    conn.execute("INSERT OR IGNORE INTO archives (file, at) VALUES (?, ?)", (file, codec.milliseconds(at)))
    return int(conn.execute("SELECT id FROM archives WHERE file = ?", (file,)).fetchone()[0])
