"""What mailed links are for: joining by invitation or registration, a new password, another address.

Each change, its link and its mail are stored together or not at all. Who asks for a mail is never told whether anybody
has the address: only the mail, which its owner reads, tells that. Called through the journal by the API and by
actors/business/linking.py.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from csms.storage import errors, staging
from csms.storage.reference import app_tokens, audit, drivers, link_requests, mails, one_time_links, users
from csms.storage.reference.link_requests import Request
from csms.storage.reference.one_time_links import Link, LinkOver, Made, Purpose

PATH = "/link"
"""Of the page that a link opens, below the public URL."""
KEPT = ("email", "name", "role", "scope")
"""What an invitation says of the user that it will make."""
WITH_PASSWORD = frozenset[Purpose]({"invitation", "password_reset", "registration"})
"""Whoever opens these chooses a password."""


class Terms(NamedTuple):
    """Where links lead, without a slash at the end, and how long they work."""

    base: str
    invitation: timedelta
    password_reset: timedelta
    registration: timedelta
    """Also of a link to another address."""


class Opened(NamedTuple):
    """What a link did, and to whom."""

    purpose: Purpose
    user: users.User


# -- Invitations -------------------------------------------------------------------------------------------------------


def invite(conn: sqlite3.Connection, fields: Mapping[str, Any], terms: Terms, now: datetime) -> Link:
    """Ask somebody to join, with a role and a scope. Raises InvalidValue, AlreadyExists."""
    language = fields.get("language")
    wanted = users.checked(conn, {name: fields[name] for name in KEPT if name in fields})
    if users.find(conn, wanted.email) is not None:
        raise errors.AlreadyExists("user", wanted.email)
    if any(_same(each.details["email"], wanted.email) for each in one_time_links.every(conn, "invitation")):
        raise errors.AlreadyExists("invitation", wanted.email)
    details = {"email": wanted.email, "name": wanted.name, "role": wanted.role, "language": language}
    if wanted.scope is not None:
        details["scope"] = msgspec.to_builtins(wanted.scope)
    made = one_time_links.make(
        conn, "invitation", now=now, lifetime=terms.invitation, by=staging.acting.get(), details=details
    )
    _mail(conn, made, "invitation", terms, now)
    _note(made.link.id, "sent", role=wanted.role, scope=details.get("scope"))
    return made.link


def resend(conn: sqlite3.Connection, id: str, terms: Terms, now: datetime) -> Link:
    """Send an invitation again; the link in the mail before works no more. Raises NotFound."""
    known = one_time_links.find(conn, "invitation", id)
    made = one_time_links.make(
        conn, "invitation", now=now, lifetime=terms.invitation, by=known.made_by, details=known.details, id=id
    )
    _mail(conn, made, "invitation", terms, now)
    _note(id, "sent")
    return made.link


def revoke(conn: sqlite3.Connection, id: str, now: datetime) -> None:
    """Take an invitation back. Raises NotFound."""
    one_time_links.find(conn, "invitation", id)
    one_time_links.end(conn, id, "revoked", now)
    _note(id, "revoked")


# -- What was asked for ------------------------------------------------------------------------------------------------


def answer(conn: sqlite3.Connection, request: Request, terms: Terms, now: datetime) -> None:
    """Queue the mail that a request is about, if there is one to send, and be done with it.

    Raises InvalidValue for an impossible address.
    """
    link_requests.done(conn, request.number)
    email = request.details["email"]
    user = users.find(conn, email)
    if request.purpose == "password_reset":
        if user is not None and not user.disabled:
            _offer_password(conn, user, terms, now)
    elif user is not None:
        if not user.disabled and user.id != request.details.get("user_id"):
            _mail_of_account(conn, user, terms, now)
    else:
        _offer(conn, request, terms, now)


def _offer_password(conn: sqlite3.Connection, user: users.User, terms: Terms, now: datetime) -> None:
    details = {"email": user.email, "language": _language(conn, user)}
    made = one_time_links.make(
        conn,
        "password_reset",
        now=now,
        lifetime=terms.password_reset,
        by=staging.acting.get(),
        user_id=user.id,
        details=details,
    )
    _mail(conn, made, "password_reset", terms, now)
    audit.happened("password_reset", user.id, made.link.made_by, {"outcome": "sent"})


def _offer(conn: sqlite3.Connection, request: Request, terms: Terms, now: datetime) -> None:
    """To confirm an address that nobody has, for a registration or for a user who is to have it."""
    made = one_time_links.make(
        conn,
        request.purpose,
        now=now,
        lifetime=terms.registration,
        by=staging.acting.get(),
        user_id=request.details.get("user_id"),
        details=request.details,
    )
    _mail(conn, made, "verify_address", terms, now)


def _mail_of_account(conn: sqlite3.Connection, user: users.User, terms: Terms, now: datetime) -> None:
    language, fields = _language(conn, user), {"url": f"{terms.base}/"}
    mails.queue(conn, to=user.email, template="account_exists", fields=fields, language=language, now=now)


# -- Opening -----------------------------------------------------------------------------------------------------------


def open_link(conn: sqlite3.Connection, token: str, password: str | None, now: datetime) -> Opened:
    """Do what a link is for; `password` is the stored form of the one that was chosen.

    Raises LinkOver, and InvalidValue where one must be chosen and was not, or what was offered is not there any more.
    """
    link = one_time_links.look(conn, token, now)
    if link.purpose in WITH_PASSWORD and password is None:
        raise errors.InvalidValue("password", "choose one with this link")
    one_time_links.use(conn, token, now)
    return Opened(link.purpose, _done(conn, link, password, now))


def _done(conn: sqlite3.Connection, link: Link, password: str | None, now: datetime) -> users.User:
    match link.purpose:
        case "password_reset":
            return _reset(conn, link, password)
        case "address":
            return _moved(conn, link, now)
        case "invitation" | "registration":
            return _joined(conn, link, password)


def _reset(conn: sqlite3.Connection, link: Link, password: str | None) -> users.User:
    user = users.change(conn, link.user_id or "", {}, password=password)
    audit.happened("password_reset", user.id, user.id, {"outcome": "used"})
    return user


def _moved(conn: sqlite3.Connection, link: Link, now: datetime) -> users.User:
    before = users.get(conn, link.user_id or "")
    _require_free(conn, link.details["email"])
    user = users.change(conn, before.id, {"email": link.details["email"]})
    language = _language(conn, user)
    mails.queue(conn, to=before.email, template="address_changed", fields={}, language=language, now=now)
    return user


def _joined(conn: sqlite3.Connection, link: Link, password: str | None) -> users.User:
    _require_free(conn, link.details["email"])
    try:
        user = _added(conn, link.details, password)
    except errors.InvalidValue as error:
        raise LinkOver("outdated") from error
    if link.purpose == "invitation":
        audit.happened("invitation", link.id, user.id, {"outcome": "accepted", "user_id": user.id})
    return user


def _added(conn: sqlite3.Connection, details: Mapping[str, Any], password: str | None) -> users.User:
    """The user; a driver has a token for apps at once."""
    fields = {name: details[name] for name in KEPT if name in details}
    if details.get("role", "driver") != "driver":
        return users.add(conn, fields, password)
    fields.pop("role", None)
    driver = drivers.add(conn, {**fields, "language": details.get("language")}, password)
    app_tokens.issue(conn, driver.id)
    return users.get(conn, driver.id)


def _require_free(conn: sqlite3.Connection, email: str) -> None:
    if users.find(conn, email) is not None:
        raise LinkOver("taken")


# -- Mails -------------------------------------------------------------------------------------------------------------


def _mail(conn: sqlite3.Connection, made: Made, template: str, terms: Terms, now: datetime) -> None:
    until, details = made.link.until, made.link.details
    url = f"{terms.base}{PATH}?{urlencode({'token': made.token})}"
    fields = {"url": url, "until": until.isoformat()}
    language = details.get("language")
    mails.queue(conn, to=details["email"], template=template, fields=fields, language=language, until=until, now=now)


def _language(conn: sqlite3.Connection, user: users.User) -> str | None:
    driver = drivers.find(conn, user.id)
    return None if driver is None else driver.language


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _note(id: str, outcome: str, **said: Any) -> None:
    audit.happened("invitation", id, staging.acting.get(), {"outcome": outcome, **said})
