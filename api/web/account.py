"""A person's own page: password, second factor, where they are signed in. Does what the API does, by forms."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

from litestar import get, post
from litestar.response import Redirect
from markupsafe import Markup

from actors import tree
from api import errors, origin, wanted
from api.caller import Caller
from api.resources import second_factors as factors
from api.resources.logins import LoginId
from api.web import entrance, rendering
from api.web.entrance import Page, Req
from csms.storage import errors as storage
from csms.storage import operations
from csms.storage.reference import logins, second_factors, sign_ins, users

PATH = "/account"


@get(PATH, include_in_schema=False)
async def account(request: Req, node: wanted.Node, caller: wanted.Caller) -> Page:
    """What one signs in with, and where."""
    return await _page(request, node, caller)


@post(f"{PATH}/password", include_in_schema=False, status_code=200)
async def password(
    request: Req,
    node: wanted.Node,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
) -> Page | Redirect:
    """Another password; the browser stays signed in, all else is signed out."""
    form = await request.form()
    old, new = (str(form.get(name, "")) for name in ("password", "new_password"))
    source = origin.of_sign_in(request, authenticator.trusted)
    try:
        if not operations.SHORTEST_PASSWORD <= len(new) <= operations.LONGEST_PASSWORD:
            raise errors.Invalid(f"A password has at least {operations.SHORTEST_PASSWORD} characters.")
        changed, end = await sign_in.change_password(caller, old, new, source)
    except errors.ApiError as error:
        return await _page(request, node, caller, error)
    return entrance.entered(request, authenticator, changed, end, PATH, "Your password is changed.")


@post(f"{PATH}/second-factor", include_in_schema=False, status_code=200)
async def enrol(
    request: Req,
    node: wanted.Node,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
) -> Page:
    """The QR code for the app."""
    form = await request.form()
    try:
        user = await sign_in.confirm(
            caller, str(form.get("password", "")), origin.of_sign_in(request, authenticator.trusted)
        )
        made = await factors.enrolment(node, user)
    except (errors.ApiError, storage.AlreadyExists) as error:
        return await _page(request, node, caller, errors.translate(error, PATH))
    return _enrolment(request, made)


@post(f"{PATH}/second-factor/confirm", include_in_schema=False, status_code=200)
async def confirm(request: Req, node: wanted.Node, caller: wanted.Caller) -> Page:
    """The recovery codes, or the QR code once more after a wrong code."""
    form = await request.form()
    try:
        codes = await factors.confirmed(node, caller, str(form.get("code", "")))
    except errors.Invalid as error:
        user, secret = await node.read(_pending, caller.id)
        return _enrolment(request, factors.shown(node, user, secret), error)
    except storage.NotFound as error:
        return await _page(request, node, caller, errors.translate(error, PATH))
    return rendering.page(request, "recovery_codes.html", codes=codes)


@post(f"{PATH}/second-factor/off", include_in_schema=False, status_code=200)
async def switch_off(
    request: Req,
    node: wanted.Node,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
) -> Page | Redirect:
    """Do without."""
    form = await request.form()
    given, code = (str(form.get(name, "")) for name in ("password", "code"))
    try:
        await sign_in.switch_off(caller, given, code, origin.of_sign_in(request, authenticator.trusted))
    except (errors.ApiError, storage.NotFound) as error:
        return await _page(request, node, caller, errors.translate(error, PATH))
    return rendering.redirect(PATH, "Signing in asks for no code any more.")


@post(f"{PATH}/logins/{{login_id:str}}/end", include_in_schema=False, status_code=200)
async def end_login(node: wanted.Node, caller: wanted.Caller, login_id: LoginId) -> Redirect:
    """Sign out somewhere."""
    try:
        await node.write(sign_ins.revoke, caller.id, login_id, caller.id)
    except storage.NotFound:
        return rendering.redirect(PATH, "That login has ended already.")
    return rendering.redirect(PATH, "It is signed out there.")


async def _page(request: Req, node: tree.Node, caller: Caller, error: errors.ApiError | None = None) -> Page:
    """The page, with what went wrong."""
    told = {} if error is None else {"notice": {"tone": "bad", "text": error.detail}}
    own = await node.read(_own, caller, datetime.now(UTC))
    factor = await factors.state(node, caller)
    return rendering.page(
        request,
        "account.html",
        200 if error is None else int(error.status),
        **own,
        factor=factor,
        shortest=operations.SHORTEST_PASSWORD,
        **told,
    )


def _own(conn: sqlite3.Connection, caller: Caller, now: datetime) -> dict[str, Any]:
    if caller.kind != "user":
        raise errors.Conflict("A key has no page of its own: sign in as a person.", code="not_a_person")
    return {
        "has_password": users.get(conn, caller.id).password is not None,
        "logins": logins.of_user(conn, caller.id, now),
        "current": logins.id_of(conn, caller.secret),
    }


def _pending(conn: sqlite3.Connection, user_id: str) -> tuple[users.User, str]:
    return users.get(conn, user_id), second_factors.pending(conn, user_id)


def _enrolment(request: Req, made: dict[str, str], error: errors.ApiError | None = None) -> Page:
    told = {} if error is None else {"notice": {"tone": "bad", "text": error.detail}}
    qr = Markup(made["qr_svg"])  # noqa: S704 - drawn by segno: paths and numbers only
    return rendering.page(
        request,
        "enrol.html",
        200 if error is None else int(error.status),
        secret=made["secret"],
        uri=made["uri"],
        qr=qr,
        **told,
    )


HANDLERS = [account, password, enrol, confirm, switch_off, end_login]
