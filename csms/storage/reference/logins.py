"""The table `logins`: bearer tokens of people who signed in. Stored as digests, gone when they expire."""

import hashlib
import sqlite3
from datetime import datetime, timedelta
from typing import Any

import msgspec

from csms import credentials
from csms.storage import codec, errors
from csms.storage.reference import rows, users

LIFETIME = timedelta(hours=12)
LONGEST_PROGRAM = 200


class Origin(msgspec.Struct, frozen=True):
    """Where somebody signs in from: an address, and the program as it names itself."""

    address: str = ""
    program: str = ""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person is signed in; times are aware UTC."""

    id: str
    address: str
    program: str
    created_at: datetime
    expires_at: datetime


NOWHERE = Origin()


def add(
    conn: sqlite3.Connection, user_id: str, now: datetime, lifetime: timedelta = LIFETIME, origin: Origin = NOWHERE
) -> tuple[str, datetime]:
    """Sign a user in: the token to present and when it ends. Removes what has expired."""
    token, end = credentials.generate(), codec.whole(now + lifetime)
    conn.execute("DELETE FROM logins WHERE expires_at <= ?", (codec.milliseconds(now),))
    made, ends = codec.milliseconds(now), codec.milliseconds(end)
    program = origin.program[:LONGEST_PROGRAM]
    conn.execute(
        "INSERT INTO logins (digest, user_id, created_at, expires_at, id, address, program)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (_digest(token), user_id, made, ends, rows.new_id("l"), origin.address, program),
    )
    return token, end


def find(conn: sqlite3.Connection, token: str, now: datetime) -> users.User | None:
    """Who presents this token, or None when it is unknown, expired, or its user disabled."""
    query = "SELECT user_id FROM logins WHERE digest = ? AND expires_at > ?"
    row = rows.one(conn, query, _digest(token), codec.milliseconds(now))
    user = users.get(conn, row["user_id"]) if row else None
    return None if user is None or user.disabled else user


def id_of(conn: sqlite3.Connection, token: str) -> str | None:
    """The id of the login with this token."""
    row = rows.one(conn, "SELECT id FROM logins WHERE digest = ?", _digest(token))
    return None if row is None else str(row["id"])


def of_user(conn: sqlite3.Connection, user_id: str, now: datetime) -> list[Login]:
    """Where a user is signed in, the newest first."""
    query = "SELECT * FROM logins WHERE user_id = ? AND expires_at > ? ORDER BY created_at DESC, id"
    return [_login(row) for row in rows.many(conn, query, user_id, codec.milliseconds(now))]


def end(conn: sqlite3.Connection, token: str) -> None:
    """Sign out; an unknown token is fine."""
    conn.execute("DELETE FROM logins WHERE digest = ?", (_digest(token),))


def revoke(conn: sqlite3.Connection, user_id: str, id: str) -> None:
    """End one login of a user. Raises NotFound."""
    if not conn.execute("DELETE FROM logins WHERE id = ? AND user_id = ?", (id, user_id)).rowcount:
        raise errors.NotFound("login", id)


def end_all(conn: sqlite3.Connection, user_id: str) -> None:
    """Sign a user out everywhere."""
    conn.execute("DELETE FROM logins WHERE user_id = ?", (user_id,))


def _login(row: dict[str, Any]) -> Login:
    return Login(
        id=row["id"],
        address=row["address"],
        program=row["program"],
        created_at=codec.moment(row["created_at"]),
        expires_at=codec.moment(row["expires_at"]),
    )


def _digest(token: str) -> bytes:
    # The token has 256 random bits: no salt is needed, and the digest can be looked up.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
