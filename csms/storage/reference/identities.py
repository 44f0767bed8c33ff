"""The table `identities`: which user somebody is whom an identity provider vouches for.

At the first sign-in the verified email says so, from then on the provider's own id of the person, whatever the email
becomes there. Where the settings give groups a meaning, the provider decides on role and scope at every sign-in.
"""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from csms.domain import identity
from csms.domain.identity import Identity, Meaning
from csms.storage import errors, staging
from csms.storage.reference import audit, logins, rows, sign_ins, users
from csms.storage.reference.scopes import Scope

KIND = "identity"


class NotAdmitted(errors.StorageError):
    """The provider is right, but nobody here may sign in so; `reason` is a word, `user_id` who it is if known."""

    def __init__(self, reason: str, text: str, user_id: str | None = None) -> None:
        super().__init__(text)
        self.reason, self.user_id = reason, user_id


class Rules(NamedTuple):
    """What groups mean here, and of which email domains people are added at their first sign-in ("*": of all)."""

    roles: tuple[Meaning, ...] = ()
    scopes: tuple[Meaning, ...] = ()
    new_users: tuple[str, ...] = ()


def enter(
    conn: sqlite3.Connection, who: Identity, rules: Rules, origin: logins.Origin, now: datetime
) -> tuple[users.User, sign_ins.SignedIn]:
    """Sign somebody in, who is added or changed as the rules say. Raises NotAdmitted."""
    user = _known(conn, who)
    wanted = _wanted(who, rules, user)
    try:
        user = _added(conn, who, rules, wanted) if user is None else _changed(conn, user, wanted)
    except errors.InvalidValue as error:
        raise NotAdmitted("not_possible", f"what your groups mean here is not possible: {error}", None) from error
    if user.disabled:
        raise NotAdmitted("disabled", f"the account of {user.email} is disabled: ask an administrator", user.id)
    _link(conn, who, user)
    return user, sign_ins.with_provider(conn, user, origin, now, strong=who.strong)


def _known(conn: sqlite3.Connection, who: Identity) -> users.User | None:
    query = "SELECT user_id FROM identities WHERE issuer = ? AND subject = ?"
    row = rows.one(conn, query, who.issuer, who.subject)
    if row is not None:
        return users.get(conn, row["user_id"])
    if who.email is None:
        raise NotAdmitted("no_verified_email", "the provider does not say that your email is verified: ask who runs it")
    return users.find(conn, who.email)


def _wanted(who: Identity, rules: Rules, user: users.User | None) -> dict[str, object]:
    """The role and scope that the provider decides on; none where the settings leave that to people here."""
    known = None if user is None else user.id
    if not rules.roles:
        return {}
    role = identity.role(who.groups, rules.roles)
    if role is None:
        raise NotAdmitted("no_role", "none of your groups at the provider has a role here: ask who runs it", known)
    if user is not None and user.role == "driver":
        raise NotAdmitted("driver", f"{user.email} is a driver here, and stays one: use another address", known)
    places = None if role == "admin" or not rules.scopes else identity.places(who.groups, rules.scopes)
    if places is None:
        return {"role": role, "scope": None}
    if not places:
        raise NotAdmitted("no_scope", "none of your groups at the provider has a place here: ask who runs it", known)
    ids = {kind: tuple(sorted(name for each, name in places if each == kind)) for kind in ("station", "network")}
    return {"role": role, "scope": Scope(station_ids=ids["station"], network_ids=ids["network"])}


def _added(conn: sqlite3.Connection, who: Identity, rules: Rules, wanted: dict[str, object]) -> users.User:
    email = who.email or ""
    domain = email.rpartition("@")[2].casefold()
    if not wanted or not {domain, "*"} & {each.casefold() for each in rules.new_users}:
        raise NotAdmitted("unknown_user", f"nobody here has the address {email}: ask an administrator to add you")
    return users.add(conn, {"email": email, "name": who.name[:255], **wanted})


def _changed(conn: sqlite3.Connection, user: users.User, wanted: dict[str, object]) -> users.User:
    changes = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    return users.change(conn, user.id, changes) if changes and not user.disabled else user


def _link(conn: sqlite3.Connection, who: Identity, user: users.User) -> None:
    new = conn.execute("INSERT OR IGNORE INTO identities VALUES (?, ?, ?)", (who.issuer, who.subject, user.id)).rowcount
    if new:
        audit.happened(KIND, user.id, staging.acting.get(), {"outcome": "linked", "issuer": who.issuer})
