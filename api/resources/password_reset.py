"""POST /password-reset: a mail with a link to choose a new password. POST /links: what any mailed link is good for."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from actors import tree
from api import errors, origin, signin, views, wanted
from api.caller import Caller
from api.resources.accounts import Password
from csms.storage.reference import joining, one_time_links, users
from csms.storage.reference.joining import Opened

ASKED = "If somebody has an account with this address, a mail with a link is on its way there."


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password is forgotten."""

    email: users.Email


class OpenedLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind `token=` in a link, and the password that was chosen, where the link is for one."""

    token: Annotated[str, Meta(max_length=200)]
    password: Password | None = None


class Asked(views.View, frozen=True):
    """What happens now, whoever has an account."""

    detail: str


class OpenResult(views.View, frozen=True):
    """What a link was for; `login` is there where a password was chosen."""

    purpose: one_time_links.Purpose
    email: str
    login: views.Login | None


@post("/password-reset", status_code=HTTPStatus.ACCEPTED, responses=views.answer(Asked, {"detail": ASKED}, 202))
async def ask_password_reset(
    request: Request[Caller, Any, Any],
    asking: wanted.Asking,
    authenticator: wanted.Authenticator,
    data: Annotated[Address, Body(examples=[Example(value={"email": "asha@example.com"})])],
) -> dict[str, str]:
    """Have a link to a new password mailed. The answer is the same for addresses that nobody has."""
    await asking.ask("password_reset", data.email, origin.client_address(request, authenticator.trusted))
    return {"detail": ASKED}


@post(
    "/links",
    status_code=HTTPStatus.OK,
    responses=views.answer(
        OpenResult, {"purpose": "password_reset", "email": "asha@example.com", "login": views.LOGIN}
    ),
)
async def open_link(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
    data: Annotated[
        OpenedLink, Body(examples=[Example(value={"token": "a-long-random-text", "password": "correct horse battery"})])
    ],
) -> dict[str, Any]:
    """Use the link of a mail, once: join, have a new password, or confirm an address.

    A password signs in, as POST /login does, which may ask for a code; all logins before have ended.
    """
    opened = await opened_by(node, sign_in, data.token, data.password)
    login = None
    if opened.purpose in joining.WITH_PASSWORD:
        source = origin.of_sign_in(request, authenticator.trusted)
        caller, end = await sign_in.login(opened.user.email, data.password or "", source)
        login = {"token": caller.secret, "expires_at": end, "user": caller.view()}
    return {"purpose": opened.purpose, "email": opened.user.email, "login": login}


async def opened_by(node: tree.Node, sign_in: signin.SignIn, token: str, password: str | None) -> Opened:
    """Do what a link is for. Raises LinkOver, Invalid where a password must be chosen."""
    link = await node.read(one_time_links.look, token, datetime.now(UTC))
    if link.purpose not in joining.WITH_PASSWORD:
        password = None
    elif password is None:
        raise errors.Invalid("This link is to choose a password: send one with it.", code="password_needed")
    stored = None if password is None else await sign_in.hash(password)
    return await node.write(joining.open_link, token, stored, datetime.now(UTC))


HANDLERS = [ask_password_reset, open_link]
