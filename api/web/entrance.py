"""Signing in and out in a browser: the form, the page that asks for the code, the cookie."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api import auth, errors, origin, signin, wanted
from api.caller import Caller
from api.openid import OpenId
from api.web import rendering

Page = Response[bytes]
Req = Request[Caller, Any, Any]


@post("/login", include_in_schema=False, status_code=200)
async def login(request: Req, sign_in: wanted.SignIn, authenticator: wanted.Authenticator) -> Page | Redirect:
    """The form: on success a cookie and back to where one wanted to go, else the form again with the reason."""
    origin.require_same_origin(request)
    form = await request.form()
    email, password, wanted = (str(form.get(name, "")) for name in ("email", "password", "next"))
    try:
        caller, end = await sign_in.login(email, password, origin.of_sign_in(request, authenticator.trusted))
    except signin.CodeNeeded as needed:
        return code_form(request, needed.challenge, wanted=wanted)
    except errors.ApiError as error:
        return sign_in_form(request, error, email=email, wanted=wanted)
    return entered(request, authenticator, caller, end, wanted)


@post("/login/code", include_in_schema=False, status_code=200)
async def code(request: Req, sign_in: wanted.SignIn, authenticator: wanted.Authenticator) -> Page | Redirect:
    """The second step: as the first, or the same page again after a wrong code."""
    origin.require_same_origin(request)
    form = await request.form()
    challenge, given, wanted = (str(form.get(name, "")) for name in ("challenge", "code", "next"))
    try:
        caller, end = await sign_in.second_step(challenge, given, origin.of_sign_in(request, authenticator.trusted))
    except errors.ApiError as error:
        if error.code == "wrong_code":
            return code_form(request, challenge, error, wanted=wanted)
        return sign_in_form(request, error, wanted=wanted)
    return entered(request, authenticator, caller, end, wanted)


@post("/logout", include_in_schema=False, status_code=200)
async def logout(
    request: Req, caller: wanted.Caller, sign_in: wanted.SignIn, authenticator: wanted.Authenticator
) -> Redirect:
    """Sign out."""
    await sign_in.logout(caller)
    answer = rendering.redirect("/", "You are signed out.")
    answer.cookies.append(_cookie(authenticator.cookie_name(request), "", 0))
    return answer


def entered(
    request: Req, authenticator: auth.Authenticator, caller: Caller, end: datetime, wanted: str, text: str = ""
) -> Redirect:
    """Signed in: the cookie, and on to the page that was wanted."""
    answer = rendering.redirect(local(wanted), text)
    seconds = int((end - datetime.now(UTC)).total_seconds())
    answer.cookies.append(_cookie(authenticator.cookie_name(request), caller.secret, seconds))
    return answer


def sign_in_form(request: Req, error: errors.ApiError | None = None, *, email: str = "", wanted: str = "") -> Page:
    """The sign-in form, with what went wrong."""
    elsewhere: OpenId | None = request.app.state.openid
    return rendering.page(
        request,
        "login.html",
        _status(error),
        email=email,
        next=local(wanted),
        elsewhere=None if elsewhere is None else elsewhere.name,
        **_notice(error),
    )


def code_form(request: Req, challenge: str, error: errors.ApiError | None = None, *, wanted: str = "") -> Page:
    """The page that asks for the code, with what went wrong."""
    shown = {"challenge": challenge, "next": local(wanted)}
    return rendering.page(request, "code.html", _status(error), **shown, **_notice(error))


def local(path: str) -> str:
    """A path on this site, whatever somebody put into a link."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _status(error: errors.ApiError | None) -> int:
    return 200 if error is None else int(error.status)


def _notice(error: errors.ApiError | None) -> dict[str, Any]:
    return {} if error is None else {"notice": {"tone": "bad", "text": error.detail}}


def _cookie(name: str, value: str, seconds: int) -> Cookie:
    return Cookie(name, value=value, max_age=seconds, secure=name == auth.SECURE_COOKIE, httponly=True, samesite="lax")


HANDLERS = [login, code, logout]
