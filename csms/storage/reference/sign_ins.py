"""What becomes of sign-ins, each recorded in the audit under the kind "sign_in": who, from where, how. No password, no
code.

`subject` is the user's id, or "unknown" for an email that nobody has: what was typed there may be anything, so it is
not kept. Where drivers sign in from is not kept either, for the log is never erased.
"""

import sqlite3
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from csms.storage.reference import audit, lockouts, logins, second_factors, users

KIND = "sign_in"
UNKNOWN = "unknown"
Outcome: TypeAlias = Literal[
    "accepted", "code_asked", "refused", "locked_out", "locked", "signed_out", "unlocked", "revoked"
]
"""What may come of it: "locked_out" is the failure that locks, "locked" an attempt after it."""


class Lockout(NamedTuple):
    """So many failures within this time lock an email out, for as long."""

    failures: int
    time_out: timedelta


class SignedIn(NamedTuple):
    """The token to present and when it ends; while it `awaits_code` it is only what the code is sent with."""

    token: str
    end: datetime
    awaits_code: bool = False


def with_password(conn: sqlite3.Connection, user: users.User, origin: logins.Origin, now: datetime) -> SignedIn | None:
    """The password was right: signed in, or half-way where there is a second factor. None: it is locked out by now.

    Looked up once more, for many guesses may be on their way at the same time.
    """
    if lockouts.until(conn, user.email, now) is not None:
        return None
    return _begun(conn, user, origin, now, "password")


def with_code(
    conn: sqlite3.Connection, token: str, code: str, origin: logins.Origin, now: datetime, lockout: Lockout
) -> SignedIn | None:
    """The second step. None: the code is wrong, which was counted, or its email is locked out by now, or it took too
    long. All of it in one transaction, so that many guesses at once are no more than many in a row.
    """
    user = logins.half_way(conn, token, now)
    if user is None or lockouts.until(conn, user.email, now) is not None:
        return None
    how = second_factors.accept(conn, user.id, code, now)
    if how is None:
        refused(conn, user.email, origin, now, lockout, "code")
        return None
    logins.end(conn, token)
    return _accepted(conn, user, origin, now, how)


def without_code(
    conn: sqlite3.Connection, user: users.User, code: str, origin: logins.Origin, now: datetime, lockout: Lockout
) -> bool:
    """Switch a second factor off with a last code of it. False: that is wrong, which was counted. Raises NotFound."""
    if second_factors.is_on(conn, user.id) and second_factors.accept(conn, user.id, code, now) is None:
        refused(conn, user.email, origin, now, lockout, "code")
        return False
    second_factors.switch_off(conn, user.id)
    return True


def with_provider(
    conn: sqlite3.Connection, user: users.User, origin: logins.Origin, now: datetime, *, strong: bool
) -> SignedIn:
    """A provider vouches for somebody; where it is not `strong`, their own second factor is asked for, if there is one.

    A lockout says that a password was guessed, so it does not count here.
    """
    return _accepted(conn, user, origin, now, "openid_strong") if strong else _begun(conn, user, origin, now, "openid")


def refused(
    conn: sqlite3.Connection,
    email: str,
    origin: logins.Origin,
    now: datetime,
    lockout: Lockout,
    how: Literal["password", "code"] = "password",
) -> None:
    """Count a wrong password or code for this email; with the one that is too many it is locked out for a time."""
    user = users.find(conn, email)
    _tell(user, "refused", origin, how=how)
    if lockouts.failed(conn, email, now, *lockout):
        _tell(user, "locked_out", origin)


def locked(conn: sqlite3.Connection, email: str, origin: logins.Origin) -> None:
    """Somebody tries who is locked out."""
    _tell(users.find(conn, email), "locked", origin)


def refused_by_provider(conn: sqlite3.Connection, user_id: str | None, origin: logins.Origin, why: str) -> None:
    """What came from a provider is not accepted; `why` is a word for programs."""
    user = None if user_id is None else users.get(conn, user_id)
    _tell(user, "refused", origin, how="openid", why=why)


def renewed(
    conn: sqlite3.Connection, user: users.User, how: logins.How, origin: logins.Origin, now: datetime
) -> SignedIn:
    """A login in place of those that ended with the old password; it came in as `how`."""
    return SignedIn(*logins.add(conn, user.id, now, origin=origin, how=how))


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


def _begun(
    conn: sqlite3.Connection, user: users.User, origin: logins.Origin, now: datetime, how: Literal["password", "openid"]
) -> SignedIn:
    if not second_factors.is_on(conn, user.id):
        return _accepted(conn, user, origin, now, how)
    token, end = logins.add(conn, user.id, now, logins.HALF_WAY, origin, how, awaits_code=True)
    _tell(user, "code_asked", origin, how=how)
    return SignedIn(token, end, awaits_code=True)


def _accepted(
    conn: sqlite3.Connection, user: users.User, origin: logins.Origin, now: datetime, how: logins.How
) -> SignedIn:
    """Sign a user in. Guesses that failed before are forgotten, unless a provider vouched."""
    if how not in ("openid", "openid_strong"):
        lockouts.clear(conn, user.email)
    made = logins.add(conn, user.id, now, origin=origin, how=how)
    _tell(user, "accepted", origin, how=how)
    return SignedIn(*made)


def _tell(user: users.User | None, outcome: Outcome, origin: logins.Origin, **said: str) -> None:
    who = UNKNOWN if user is None else user.id
    at = {"address": origin.address} if origin.address and (user is None or user.role != "driver") else {}
    _note(who, who, outcome, **at, **said)


def _note(user_id: str, by: str, outcome: Outcome, **said: str) -> None:
    audit.happened(KIND, user_id, by, {"outcome": outcome, **said})
