"""The table `logins`: bearer tokens of people who signed in. Stored as digests, gone when they expire."""

import hashlib
import sqlite3
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from csms import credentials
from csms.storage import codec, errors
from csms.storage.reference import rows, users

LIFETIME = timedelta(hours=12)
HALF_WAY = timedelta(minutes=5)
"""How long somebody whose password was right may look for the code."""
LONGEST_PROGRAM = 200
How: TypeAlias = Literal["password", "code", "recovery_code", "openid", "openid_strong"]
"""What somebody signed in with; "openid_strong": at a provider that says that it asked for two factors."""


class Origin(msgspec.Struct, frozen=True):
    """Where somebody signs in from: an address, and the program as it names itself."""

    address: str = ""
    program: str = ""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person is signed in; times are aware UTC."""

    id: str
    address: str
    program: str
    how: How
    created_at: datetime
    expires_at: datetime


NOWHERE = Origin()


def add(
    conn: sqlite3.Connection,
    user_id: str,
    now: datetime,
    lifetime: timedelta = LIFETIME,
    origin: Origin = NOWHERE,
    how: How = "password",
    *,
    awaits_code: bool = False,
) -> tuple[str, datetime]:
    """Sign a user in: the token to present and when it ends. Removes what has expired.

    One that `awaits_code` opens nothing; it is what the code is sent with.
    """
    token, end = credentials.generate(), codec.whole(now + lifetime)
    conn.execute("DELETE FROM logins WHERE expires_at <= ?", (codec.milliseconds(now),))
    made, ends = codec.milliseconds(now), codec.milliseconds(end)
    program = origin.program[:LONGEST_PROGRAM]
    conn.execute(
        "INSERT INTO logins (digest, user_id, created_at, expires_at, id, address, program, how, awaits_code)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_digest(token), user_id, made, ends, rows.new_id("l"), origin.address, program, how, awaits_code),
    )
    return token, end


def find(conn: sqlite3.Connection, token: str, now: datetime) -> users.User | None:
    """Who presents this token, or None when it is unknown, expired, or its user disabled."""
    return _holder(conn, token, now, awaits_code=False)


def half_way(conn: sqlite3.Connection, token: str, now: datetime) -> users.User | None:
    """Whose code is to come with this token, or None when it is unknown or expired."""
    return _holder(conn, token, now, awaits_code=True)


def id_of(conn: sqlite3.Connection, token: str) -> str | None:
    """The id of the login with this token."""
    row = rows.one(conn, "SELECT id FROM logins WHERE digest = ?", _digest(token))
    return None if row is None else str(row["id"])


def how(conn: sqlite3.Connection, token: str) -> How:
    """What the login with this token came with. Raises NotFound."""
    row = rows.one(conn, "SELECT how FROM logins WHERE digest = ?", _digest(token))
    if row is None:
        raise errors.NotFound("login", "with this token")
    made: How = row["how"]
    return made


def of_user(conn: sqlite3.Connection, user_id: str, now: datetime) -> list[Login]:
    """Where a user is signed in, the newest first."""
    query = "SELECT * FROM logins WHERE user_id = ? AND expires_at > ? AND awaits_code = 0 ORDER BY created_at DESC, id"
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


def end_others(conn: sqlite3.Connection, user_id: str, token: str | None) -> None:
    """Sign a user out everywhere but where this token is."""
    kept = b"" if token is None else _digest(token)
    conn.execute("DELETE FROM logins WHERE user_id = ? AND digest != ?", (user_id, kept))


def _holder(conn: sqlite3.Connection, token: str, now: datetime, *, awaits_code: bool) -> users.User | None:
    query = "SELECT user_id FROM logins WHERE digest = ? AND expires_at > ? AND awaits_code = ?"
    row = rows.one(conn, query, _digest(token), codec.milliseconds(now), awaits_code)
    user = users.get(conn, row["user_id"]) if row else None
    return None if user is None or user.disabled else user


def _login(row: dict[str, Any]) -> Login:
    return Login(
        id=row["id"],
        address=row["address"],
        program=row["program"],
        how=row["how"],
        created_at=codec.moment(row["created_at"]),
        expires_at=codec.moment(row["expires_at"]),
    )


def _digest(token: str) -> bytes:
    # The token has 256 random bits: no salt is needed, and the digest can be looked up.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
