"""Checks of the data directory: can it be written, who holds it, is the database whole, does its time fit the clock."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.cli.checks import Finding, ok, problem, warning
from csms.storage import codec, connection, control, errors, lock, schema, verify
from csms.storage.reference import users

LITTLE_SPACE = 1 << 30
NO_SPACE = 64 << 20
ASTRAY = timedelta(minutes=1)
"""How far the clock may be behind the last event."""
OLDEST_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time: the program is younger."""
CHECKED_EVENTS = 10_000
"""A log of so many events is verified in a moment; a longer one is left to `csms log verify`."""


def directory(data: Path) -> Finding:
    """The data directory, or the one that it will be made in, can be written."""
    place = next(each for each in (data, *data.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        advice = f"give this user the right to write in {place}, or choose another directory with --data"
        return problem("data", f"{data}: {error.strerror or error}", advice)
    if not data.exists():
        return ok("data", f"{data} will be made")
    if data.stat().st_mode & 0o077:
        return warning("data", f"{data} can be read by other users of this machine", f"chmod 700 {data}")
    return ok("data", f"{data} can be written")


def space(data: Path, free: int | None = None) -> Finding:
    """There is room for what chargers will report."""
    place = next(each for each in (data, *data.absolute().parents) if each.is_dir())
    left = shutil.disk_usage(place).free if free is None else free
    shown = f"{left / 2**30:.1f} GiB free"
    advice = "free some space, or move old sessions to another disk: csms log archive --before DATE"
    if left < NO_SPACE:
        return problem("space", shown, advice)
    return warning("space", shown, advice) if left < LITTLE_SPACE else ok("space", shown)


def holder(data: Path) -> Finding:
    """Who holds the data directory: nobody, a server that answers, or somebody who does not."""
    pid = _held_by(data)
    if pid is None:
        if (data / control.NAME).exists():
            found = f"{data / control.NAME} was left behind by a server that was killed"
            return warning("server", found, "nothing: the next csms serve takes it over (or delete the file)")
        return ok("server", "none runs on this data")
    try:
        status = control.ask(data, "server.status", {}, seconds=5)
    except (control.NoServer, control.NoAnswer, control.Refused) as error:
        advice = f"if it is a server that hangs, look at its log and end process {pid}; if a command, let it finish"
        return problem("server", f"process {pid} holds the data, and does not answer: {error}", advice)
    if not status["healthy"]:
        return problem("server", f"process {pid} runs, but cannot write its log", "free disk space or repair the disk")
    return ok("server", f"process {pid} serves since {status['started_at']}")


def database(data: Path) -> Iterator[Finding]:
    """The database is whole, of this program's version, and its log is what was written."""
    path = connection.database(data)
    if not path.exists():
        yield ok("database", "none yet: csms serve makes it")
        return
    try:
        with closing(connection.reader(data)) as conn:
            yield _whole(conn, path)
            yield _chain(conn)
            yield _people(conn)
            yield clock(_last_event(conn))
    except errors.NewerSchema as error:
        yield problem("database", str(error), "install the newer version of csms")
    except errors.OlderSchema as error:
        yield warning("database", str(error), "nothing: csms serve migrates it, after a copy")
    except (errors.StorageError, sqlite3.Error) as error:
        yield problem("database", f"{path}: {error}", _restore(path))


def clock(last: datetime | None, now: datetime | None = None) -> Finding:
    """The clock is right: not before what was recorded already. Sessions are billed by it."""
    now = now or datetime.now(UTC)
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    advice = "set the clock, and keep it right with NTP (timedatectl set-ntp true)"
    if now < OLDEST_TIME:
        return problem("clock", f"it shows {shown}", advice)
    if last is not None and last > now + ASTRAY:
        return problem(
            "clock", f"it shows {shown}, but the last event was recorded at {last:%Y-%m-%d %H:%M:%S}", advice
        )
    return ok("clock", shown)


def _held_by(data: Path) -> int | None:
    """The process that holds the lock; None when it is free."""
    if not (data / lock.NAME).exists():
        return None
    try:
        lock.Lock.acquire(data).release()
    except errors.DataDirectoryLocked as locked:
        return locked.pid or 0
    except OSError:  # a directory that cannot be written: `directory` says so
        return None
    return None


def _whole(conn: sqlite3.Connection, path: Path) -> Finding:
    version = schema.check(conn, path, exact=True)
    said = str(conn.execute("PRAGMA quick_check(1)").fetchone()[0])
    if said != "ok":
        return problem("database", f"{path} is damaged: {said}", _restore(path))
    return ok("database", f"version {version}, {path.stat().st_size / 2**20:.1f} MiB, whole")


def _chain(conn: sqlite3.Connection) -> Finding:
    end = verify.head(conn)
    if end.seq > CHECKED_EVENTS:
        return ok("log", f"{end.seq} events; csms log verify checks them all")
    found = next(verify.findings(conn), None)
    if found is None:
        return ok("log", f"{end.seq} events, as they were written")
    where = f"stream {found.stream}, version {found.version}: " if found.stream else ""
    advice = "csms log verify shows all that is wrong; bring a backup back with csms restore --force"
    return problem("log", f"{where}{found.why}", advice)


def _people(conn: sqlite3.Connection) -> Finding:
    if any(user.role == "admin" and not user.disabled for user in users.every(conn)):
        return ok("people", "an admin can sign in")
    return warning("people", "no admin can sign in", "csms user add you@example.com --role admin")


def _last_event(conn: sqlite3.Connection) -> datetime | None:
    row = conn.execute("SELECT at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return None if row is None else codec.moment(row[0])


def _restore(path: Path) -> str:
    return f"keep a copy of {os.fspath(path.parent)}, then bring a backup back: csms restore FILE --force"
