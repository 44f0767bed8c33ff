"""The tables `second_factors` and `recovery_codes`: what people sign in with besides their password.

Secrets are kept as they are, as those of webhooks are, for codes are made of them; recovery codes only as digests.
Neither is ever in the audit, which tells who switched one on, off, or reset it.
"""

import hashlib
import sqlite3
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from csms import totp
from csms.storage import codec, errors
from csms.storage.reference import audit, logins, rows, users

KIND = "second_factor"
Accepted: TypeAlias = Literal["code", "recovery_code"]


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor that is on; `recovery_codes` are those that are left."""

    on_since: datetime
    recovery_codes: int


def find(conn: sqlite3.Connection, user_id: str) -> SecondFactor | None:
    """A user's second factor; None while there is none, or it is not confirmed yet."""
    row = rows.one(conn, "SELECT on_since FROM second_factors WHERE user_id = ? AND on_since IS NOT NULL", user_id)
    if row is None:
        return None
    left = conn.execute("SELECT count(*) FROM recovery_codes WHERE user_id = ?", (user_id,)).fetchone()[0]
    return SecondFactor(on_since=codec.moment(row["on_since"]), recovery_codes=int(left))


def is_on(conn: sqlite3.Connection, user_id: str) -> bool:
    """Whether a user is asked for a code."""
    return (
        rows.one(conn, "SELECT 1 FROM second_factors WHERE user_id = ? AND on_since IS NOT NULL", user_id) is not None
    )


def enrol(conn: sqlite3.Connection, user_id: str) -> str:
    """Begin: the secret for the app, in place of one that was never confirmed. Raises NotFound, AlreadyExists."""
    if is_on(conn, users.get(conn, user_id).id):
        raise errors.AlreadyExists("second factor of user", user_id)
    secret = totp.new_secret()
    conn.execute("INSERT OR REPLACE INTO second_factors VALUES (?, ?, NULL, 0)", (user_id, secret))
    return secret


def pending(conn: sqlite3.Connection, user_id: str) -> str:
    """The secret that is not confirmed yet, to show it again. Raises NotFound."""
    row = rows.one(conn, "SELECT secret FROM second_factors WHERE user_id = ? AND on_since IS NULL", user_id)
    if row is None:
        raise errors.NotFound("second factor to confirm of user", user_id)
    return str(row["secret"])


def switch_on(
    conn: sqlite3.Connection, user_id: str, code: str, now: datetime, keep: str | None = None
) -> tuple[str, ...] | None:
    """The app's first code switches it on: the recovery codes, this once; None for a wrong code. Raises NotFound.

    Other logins than the one with the token `keep` end: they came in without it.
    """
    used = totp.step(pending(conn, user_id), code, now)
    if used is None:
        return None
    conn.execute(
        "UPDATE second_factors SET on_since = ?, last_step = ? WHERE user_id = ?",
        (codec.milliseconds(now), used, user_id),
    )
    logins.end_others(conn, user_id, keep)
    _note(user_id, user_id, "on")
    return _new_codes(conn, user_id)


def accept(conn: sqlite3.Connection, user_id: str, code: str, now: datetime) -> Accepted | None:
    """Use a code of the app or a recovery code, which is then used up; None for a wrong one, or one used before."""
    row = rows.one(
        conn, "SELECT secret, last_step FROM second_factors WHERE user_id = ? AND on_since IS NOT NULL", user_id
    )
    if row is None:
        return None
    if (used := totp.step(row["secret"], code, now, after=row["last_step"])) is not None:
        conn.execute("UPDATE second_factors SET last_step = ? WHERE user_id = ?", (used, user_id))
        return "code"
    gone = conn.execute("DELETE FROM recovery_codes WHERE user_id = ? AND digest = ?", (user_id, _digest(code)))
    return "recovery_code" if gone.rowcount else None


def switch_off(conn: sqlite3.Connection, user_id: str) -> None:
    """Its owner does without; the code was accepted before. Raises NotFound."""
    _remove(conn, user_id)
    _note(user_id, user_id, "off")


def reset(conn: sqlite3.Connection, user_id: str, by: str) -> None:
    """Take it away from somebody who lost it, and end all their logins. Raises NotFound."""
    _remove(conn, users.get(conn, user_id).id)
    logins.end_all(conn, user_id)
    _note(user_id, by, "reset")


def _remove(conn: sqlite3.Connection, user_id: str) -> None:
    if not conn.execute("DELETE FROM second_factors WHERE user_id = ? AND on_since NOT NULL", (user_id,)).rowcount:
        raise errors.NotFound("second factor of user", user_id)


def _new_codes(conn: sqlite3.Connection, user_id: str) -> tuple[str, ...]:
    made = totp.recovery_codes()
    conn.executemany("INSERT INTO recovery_codes VALUES (?, ?)", [(user_id, _digest(code)) for code in made])
    return made


def _note(user_id: str, by: str, outcome: str) -> None:
    audit.happened(KIND, user_id, by, {"outcome": outcome})


def _digest(recovery_code: str) -> bytes:
    return hashlib.sha256(totp.plain(recovery_code).encode("utf-8", "surrogatepass")).digest()
