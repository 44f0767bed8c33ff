"""The table `logins`: bearer tokens of people who signed in. Stored as digests, gone when they expire."""

import hashlib
import sqlite3
from datetime import datetime, timedelta

from csms import credentials
from csms.storage import codec
from csms.storage.reference import rows, users

LIFETIME = timedelta(hours=12)


def add(conn: sqlite3.Connection, user_id: str, now: datetime, lifetime: timedelta = LIFETIME) -> tuple[str, datetime]:
    """Sign a user in: the token to present and when it ends. Removes what has expired."""
    token, end = credentials.generate(), codec.whole(now + lifetime)
    conn.execute("DELETE FROM logins WHERE expires_at <= ?", (codec.milliseconds(now),))
    row = (_digest(token), user_id, codec.milliseconds(now), codec.milliseconds(end))
    conn.execute("INSERT INTO logins (digest, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)", row)
    return token, end


def find(conn: sqlite3.Connection, token: str, now: datetime) -> users.User | None:
    """Who presents this token, or None when it is unknown, expired, or its user disabled."""
    query = "SELECT user_id FROM logins WHERE digest = ? AND expires_at > ?"
    row = rows.one(conn, query, _digest(token), codec.milliseconds(now))
    user = users.get(conn, row["user_id"]) if row else None
    return None if user is None or user.disabled else user


def end(conn: sqlite3.Connection, token: str) -> None:
    """Sign out; an unknown token is fine."""
    conn.execute("DELETE FROM logins WHERE digest = ?", (_digest(token),))


def end_all(conn: sqlite3.Connection, user_id: str) -> None:
    """Sign a user out everywhere."""
    conn.execute("DELETE FROM logins WHERE user_id = ?", (user_id,))


def _digest(token: str) -> bytes:
    # The token has 256 random bits: no salt is needed, and the digest can be looked up.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
