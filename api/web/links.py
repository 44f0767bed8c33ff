"""The pages of mailed links, and those that ask for one: a forgotten password, a driver's account, another address.

A link's page uses nothing up, for programs open what is in mails before people do; its form does. The token is in the
URL of that first page only, which no page names to others (Referrer-Policy), and in the form's body from there on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from actors import tree
from api import errors, origin, signin, wanted
from api.resources import password_reset, registration
from api.web import account, entrance, rendering
from api.web.entrance import Page, Req
from csms.storage import operations
from csms.storage.reference import joining, one_time_links, patterns

Token = Annotated[str, QueryParameter(description="What was mailed.")]


@get(joining.PATH, include_in_schema=False)
async def look(request: Req, node: wanted.Node, token: Token = "") -> Page:
    """What the link is for, and the form that uses it."""
    return await _form(request, node, token)


@post(joining.PATH, include_in_schema=False, status_code=200)
async def use(
    request: Req, node: wanted.Node, sign_in: wanted.SignIn, authenticator: wanted.Authenticator
) -> Page | Redirect:
    """Use it: signed in with the new password, or told that the address is confirmed."""
    origin.require_same_origin(request)
    form = await request.form()
    token, password = (str(form.get(name, "")) for name in ("token", "password"))
    try:
        opened = await password_reset.opened_by(node, sign_in, token, _acceptable(password))
    except errors.ApiError as error:
        return await _form(request, node, token, error)
    except one_time_links.LinkOver as error:
        return _over(request, error)
    if opened.purpose not in joining.WITH_PASSWORD:
        return rendering.redirect("/", f"Your address is {opened.user.email} from now on.")
    source = origin.of_sign_in(request, authenticator.trusted)
    try:
        caller, end = await sign_in.login(opened.user.email, password, source)
    except signin.CodeNeeded as needed:
        return entrance.code_form(request, needed.challenge)
    except errors.ApiError as error:
        return entrance.sign_in_form(request, error, email=opened.user.email)
    return entrance.entered(request, authenticator, caller, end, "/", "Your password is set, and you are signed in.")


@get("/forgot-password", include_in_schema=False)
async def forgot(request: Req) -> Page:
    """Ask for the address."""
    return rendering.page(request, "forgot_password.html", email="")


@post("/forgot-password", include_in_schema=False, status_code=200)
async def send_reset(request: Req, asking: wanted.Asking, authenticator: wanted.Authenticator) -> Page:
    """The same page for every address."""
    origin.require_same_origin(request)
    email = str((await request.form()).get("email", "")).strip()
    try:
        await asking.ask("password_reset", email, origin.client_address(request, authenticator.trusted))
    except errors.ApiError as error:
        return _again(request, "forgot_password.html", error, email=email)
    return rendering.page(request, "mailed.html", email=email, told=password_reset.ASKED)


@get("/register", include_in_schema=False)
async def join(request: Req, node: wanted.Node) -> Page:
    """Ask for name and address."""
    registration.require_open(node)
    return rendering.page(request, "register.html", email="", name="", language="")


@post("/register", include_in_schema=False, status_code=200)
async def send_registration(
    request: Req, node: wanted.Node, asking: wanted.Asking, authenticator: wanted.Authenticator
) -> Page:
    """The same page for every address."""
    origin.require_same_origin(request)
    registration.require_open(node)
    form = await request.form()
    said = {name: str(form.get(name, "")).strip() for name in ("email", "name", "language")}
    try:
        await registration.ask(asking, _registration(said), origin.client_address(request, authenticator.trusted))
    except errors.ApiError as error:
        return _again(request, "register.html", error, **said)
    return rendering.page(request, "mailed.html", email=said["email"], told=registration.ASKED)


def _registration(said: Mapping[str, str]) -> registration.Registration:
    """What the form says. Raises Invalid."""
    try:
        return msgspec.convert({**said, "language": said["language"] or None}, registration.Registration)
    except msgspec.ValidationError as error:
        raise errors.Invalid(f"That cannot be taken: {patterns.explained(str(error))}.") from error


def _acceptable(password: str) -> str | None:
    """Raises Invalid for a password that is too short or too long; None for none."""
    if password and not operations.SHORTEST_PASSWORD <= len(password) <= operations.LONGEST_PASSWORD:
        raise errors.Invalid(f"A password has at least {operations.SHORTEST_PASSWORD} characters.")
    return password or None


@post("/account/email", include_in_schema=False, status_code=200)
async def send_address(
    request: Req,
    caller: wanted.Caller,
    sign_in: wanted.SignIn,
    asking: wanted.Asking,
    authenticator: wanted.Authenticator,
) -> Redirect:
    """A link to another address, and back to one's own page."""
    form = await request.form()
    email, password = str(form.get("email", "")).strip(), str(form.get("password", ""))
    source = origin.of_sign_in(request, authenticator.trusted)
    try:
        user = await sign_in.confirm(caller, password, source)
        await registration.ask_address(asking, user, email, source.address)
    except errors.ApiError as error:
        return rendering.redirect(account.PATH, error.detail, "bad")
    return rendering.redirect(account.PATH, f"A mail is on its way to {email}. Open the link in it to go on.")


async def _form(request: Req, node: tree.Node, token: str, error: errors.ApiError | None = None) -> Page:
    try:
        link = await node.read(one_time_links.look, token, datetime.now(UTC))
    except one_time_links.LinkOver as over:
        return _over(request, over)
    shown: dict[str, Any] = {
        "token": token,
        "email": link.details["email"],
        "purpose": link.purpose,
        "shortest": operations.SHORTEST_PASSWORD,
    }
    shown |= {"asks": link.purpose in joining.WITH_PASSWORD, "path": joining.PATH}
    if error is not None:
        return _private(_again(request, "link.html", error, **shown))
    return _private(rendering.page(request, "link.html", **shown))


def _over(request: Req, over: one_time_links.LinkOver) -> Page:
    return _private(rendering.page(request, "link_over.html", 410, told=errors.translate(over, joining.PATH).detail))


def _again(request: Req, template: str, error: errors.ApiError, **shown: Any) -> Page:
    notice = {"tone": "bad", "text": error.detail}
    return rendering.page(request, template, int(error.status), notice=notice, **shown)


def _private(page: Page) -> Page:
    """Nobody else hears of the URL, not even our own files' log. Browsers still say which site a form comes from."""
    page.headers["Referrer-Policy"] = "strict-origin"
    return page


HANDLERS = [look, use, forgot, send_reset, join, send_registration, send_address]
