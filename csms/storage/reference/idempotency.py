"""The table `idempotency`: answers to creating requests, by their Idempotency-Key.

`find` and `keep` belong in the same transaction as the creation itself, so that a retry never creates twice.
"""

import sqlite3
from datetime import datetime, timedelta

from csms.storage import codec, errors

LIFETIME = timedelta(days=1)


def find(conn: sqlite3.Connection, owner: str, key: str, request: bytes) -> bytes | None:
    """The answer that this owner's key got, or None. Raises InvalidValue when the key belongs to another request.

    `request` is a digest of method, path and body.
    """
    query = "SELECT request, response FROM idempotency WHERE owner = ? AND key = ?"
    row = conn.execute(query, (owner, key)).fetchone()
    if row is None:
        return None
    if row[0] != request:
        raise errors.InvalidValue("Idempotency-Key", "was used for another request: take a fresh key for each")
    return bytes(row[1])


def keep(conn: sqlite3.Connection, owner: str, key: str, request: bytes, response: bytes, now: datetime) -> None:
    """Remember an answer for a day."""
    conn.execute("DELETE FROM idempotency WHERE created_at < ?", (codec.milliseconds(now - LIFETIME),))
    conn.execute(
        "INSERT INTO idempotency (owner, key, request, response, created_at) VALUES (?, ?, ?, ?, ?)",
        (owner, key, request, response, codec.milliseconds(now)),
    )
