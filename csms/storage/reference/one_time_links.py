"""The table `one_time_links`: what was mailed to somebody and works once, until it ends. Stored as digests.

What a link is good for is joining.py's. Looking at one uses nothing up, since programs that scan mails open links too.
What is known of the person goes when the link ends; that it was, stays for a time, so that an old link is explained.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from csms import credentials
from csms.storage import codec, errors
from csms.storage.reference import rows

Purpose: TypeAlias = Literal["invitation", "password_reset", "registration", "address"]
Outcome: TypeAlias = Literal["used", "replaced", "revoked", "overtaken"]
REMEMBERED = timedelta(days=30)
"""How long an old link is explained, and an invitation that nobody took up is listed."""

_TOLD = {
    "used": "this link was used already, and it works only once",
    "replaced": "a newer link was sent: use the one in the newest mail",
    "revoked": "this invitation was taken back",
    "overtaken": "your account has changed since this link was sent: ask for a new one",
    "outdated": "what you were invited to is not there any more: ask for another invitation",
    "expired": "this link has expired: ask for a new one",
    "taken": "somebody has an account with this address already: sign in, or ask for a new password",
    "unknown": "this link is not one of ours: copy it from the mail as a whole, or ask for a new one",
}


class LinkOver(errors.StorageError):
    """A link that opens nothing any more, or never did; `outcome` says why, the message what to do."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome
        super().__init__(_TOLD[outcome])


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that works; times are aware UTC."""

    id: str
    purpose: Purpose
    user_id: str | None
    details: dict[str, Any]
    made_by: str
    made_at: datetime
    until: datetime


class Made(msgspec.Struct, frozen=True):
    """A new link, and its token: 256 random bits, which are in the mail and nowhere else."""

    token: str
    link: Link


def make(
    conn: sqlite3.Connection,
    purpose: Purpose,
    *,
    now: datetime,
    lifetime: timedelta,
    by: str,
    user_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    id: str | None = None,
) -> Made:
    """A new link; with the `id` of others it takes their place."""
    if id is not None:
        end(conn, id, "replaced", now)
    token = credentials.generate()
    link = Link(
        id=id or rows.new_id("i"),
        purpose=purpose,
        user_id=user_id,
        details=dict(details or {}),
        made_by=by,
        made_at=codec.whole(now),
        until=codec.whole(now + lifetime),
    )
    row = {**msgspec.structs.asdict(link), "details": msgspec.json.encode(link.details).decode()}
    row |= {"made_at": codec.milliseconds(link.made_at), "until": codec.milliseconds(link.until)}
    conn.execute(
        "INSERT INTO one_time_links (digest, id, purpose, user_id, details, made_by, made_at, until)"
        " VALUES (:digest, :id, :purpose, :user_id, :details, :made_by, :made_at, :until)",
        {**row, "digest": _digest(token)},
    )
    return Made(token, link)


def look(conn: sqlite3.Connection, token: str, now: datetime) -> Link:
    """What a link is for. Raises LinkOver."""
    row = rows.one(conn, "SELECT * FROM one_time_links WHERE digest = ?", _digest(token))
    if row is None:
        raise LinkOver("unknown")
    if row["outcome"] is not None:
        raise LinkOver(row["outcome"])
    if row["until"] <= codec.milliseconds(now):
        raise LinkOver("expired")
    return _link(row)


def use(conn: sqlite3.Connection, token: str, now: datetime) -> Link:
    """The same, and that was the one time. Raises LinkOver."""
    link = look(conn, token, now)
    end(conn, link.id, "used", now)
    return link


def end(conn: sqlite3.Connection, id: str, outcome: Outcome, now: datetime) -> None:
    """A matter is over: its links open nothing any more."""
    _end(conn, "id", id, outcome, now)


def end_all(conn: sqlite3.Connection, user_id: str, now: datetime) -> None:
    """The account is not any more what it was when links were sent to its owner."""
    _end(conn, "user_id", user_id, "overtaken", now)


def find(conn: sqlite3.Connection, purpose: Purpose, id: str) -> Link:
    """The link of a matter that is not over, expired or not. Raises NotFound."""
    query = "SELECT * FROM one_time_links WHERE id = ? AND purpose = ? AND ended_at IS NULL"
    row = rows.one(conn, query, id, purpose)
    if row is None:
        raise errors.NotFound(purpose, id)
    return _link(row)


def every(conn: sqlite3.Connection, purpose: Purpose) -> list[Link]:
    """Those that are not over, expired or not, the newest first."""
    query = "SELECT * FROM one_time_links WHERE purpose = ? AND ended_at IS NULL ORDER BY made_at DESC, id"
    return [_link(row) for row in rows.many(conn, query, purpose)]


def forget(conn: sqlite3.Connection, now: datetime) -> None:
    """Whom expired links were for, who did not take them up; later, that there were any.

    Who was invited is known until then, so that the invitation can be sent again.
    """
    expired = "until <= ? AND ended_at IS NULL AND purpose <> 'invitation'"
    conn.execute(f"UPDATE one_time_links SET details = '{{}}' WHERE {expired}", (codec.milliseconds(now),))  # noqa: S608 - our own words
    query = "DELETE FROM one_time_links WHERE coalesce(ended_at, until) <= ?"
    conn.execute(query, (codec.milliseconds(now - REMEMBERED),))


def _end(conn: sqlite3.Connection, column: str, key: str, outcome: Outcome, now: datetime) -> None:
    query = f"UPDATE one_time_links SET ended_at = ?, outcome = ?, details = '{{}}' WHERE {column} = ?"  # noqa: S608 - our own words
    conn.execute(f"{query} AND ended_at IS NULL", (codec.milliseconds(now), outcome, key))


def _link(row: Mapping[str, Any]) -> Link:
    return Link(
        id=row["id"],
        purpose=row["purpose"],
        user_id=row["user_id"],
        details=msgspec.json.decode(row["details"]),
        made_by=row["made_by"],
        made_at=codec.moment(row["made_at"]),
        until=codec.moment(row["until"]),
    )


def _digest(token: str) -> bytes:
    # 256 random bits need no salt, and the digest can be looked up.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
