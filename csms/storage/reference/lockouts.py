"""The table `lockouts`: emails whose password was guessed too often, whoever guessed and from wherever.

Kept by a digest of the email, so that addresses that nobody has look the same, and outlive a restart.
"""

import hashlib
import sqlite3
from datetime import datetime, timedelta

from csms.storage import codec
from csms.storage.reference import rows


def until(conn: sqlite3.Connection, email: str, now: datetime) -> datetime | None:
    """When this email may sign in again; None when it may now."""
    row = rows.one(conn, "SELECT locked_until FROM lockouts WHERE digest = ?", _digest(email))
    if row is None or row["locked_until"] is None or row["locked_until"] <= codec.milliseconds(now):
        return None
    return codec.moment(row["locked_until"])


def failed(conn: sqlite3.Connection, email: str, now: datetime, limit: int, time_out: timedelta) -> bool:
    """Count a failure; True when it was the one that locks. Failures count together that are within `time_out`."""
    past, digest = codec.milliseconds(now - time_out), _digest(email)
    conn.execute("DELETE FROM lockouts WHERE failed_at <= ?", (past,))
    row = rows.one(conn, "SELECT failures FROM lockouts WHERE digest = ?", digest)
    failures = 1 if row is None else int(row["failures"]) + 1
    locks = failures >= limit
    conn.execute(
        "INSERT OR REPLACE INTO lockouts (digest, failures, failed_at, locked_until) VALUES (?, ?, ?, ?)",
        (digest, failures, codec.milliseconds(now), codec.milliseconds(now + time_out) if locks else None),
    )
    return locks


def clear(conn: sqlite3.Connection, email: str) -> None:
    """Let this email try again at once."""
    conn.execute("DELETE FROM lockouts WHERE digest = ?", (_digest(email),))


def _digest(email: str) -> bytes:
    return hashlib.sha256(email.casefold().encode("utf-8", "surrogatepass")).digest()
