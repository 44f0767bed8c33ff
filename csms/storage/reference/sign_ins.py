"""What becomes of sign-ins, each recorded in the audit under the kind "sign_in": who, from where, how. No password.

`subject` is the user's id, or "unknown" for an email that nobody has: what was typed there may be anything, so it is
not kept. Where drivers sign in from is not kept either, for the log is never erased.
"""

import sqlite3
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from csms.storage.reference import audit, lockouts, logins, users

KIND = "sign_in"
UNKNOWN = "unknown"
Outcome: TypeAlias = Literal["accepted", "refused", "locked_out", "signed_out", "unlocked", "revoked"]


def accepted(conn: sqlite3.Connection, user: users.User, origin: logins.Origin, now: datetime) -> tuple[str, datetime]:
    """Sign a user in: the token and its end. What failed before is forgotten."""
    lockouts.clear(conn, user.email)
    token, end = logins.add(conn, user.id, now, origin=origin)
    _tell(user, "accepted", origin)
    return token, end


def refused(
    conn: sqlite3.Connection, email: str, origin: logins.Origin, now: datetime, limit: int, time_out: timedelta
) -> None:
    """Count a wrong password for this email; with the one that makes `limit` it is locked out for `time_out`."""
    user = users.find(conn, email)
    _tell(user, "refused", origin)
    if lockouts.failed(conn, email, now, limit, time_out):
        _tell(user, "locked_out", origin)


def signed_out(conn: sqlite3.Connection, user: users.User, token: str) -> None:
    """End the login with this token."""
    logins.end(conn, token)
    _tell(user, "signed_out", logins.NOWHERE)


def unlock(conn: sqlite3.Connection, user_id: str, by: str) -> None:
    """Let a locked-out user try again at once. Raises NotFound."""
    lockouts.clear(conn, users.get(conn, user_id).email)
    _note(user_id, by, "unlocked")


def revoke(conn: sqlite3.Connection, user_id: str, login_id: str, by: str) -> None:
    """End one login of a user. Raises NotFound."""
    logins.revoke(conn, user_id, login_id)
    _note(user_id, by, "revoked", login=login_id)


def revoke_all(conn: sqlite3.Connection, user_id: str, by: str) -> None:
    """Sign a user out everywhere. Raises NotFound."""
    logins.end_all(conn, users.get(conn, user_id).id)
    _note(user_id, by, "revoked", login="all")


def _tell(user: users.User | None, outcome: Outcome, origin: logins.Origin) -> None:
    who = UNKNOWN if user is None else user.id
    at = {"address": origin.address} if origin.address and (user is None or user.role != "driver") else {}
    how = {"how": "password"} if outcome in ("accepted", "refused") else {}
    _note(who, who, outcome, **at, **how)


def _note(user_id: str, by: str, outcome: Outcome, **said: str) -> None:
    audit.happened(KIND, user_id, by, {"outcome": outcome, **said})
