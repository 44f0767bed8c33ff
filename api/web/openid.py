"""Signing in at a provider of identities: to it, and back from it."""

from datetime import UTC, datetime

from litestar import get
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api import errors, openid, origin, signin, wanted
from api.openid import OpenId
from api.web import entrance
from api.web.entrance import Page, Req
from csms.domain.identity import Identity
from csms.integrations.openid import Asked

COOKIE = "csms_openid"
ACTING = "openid"
"""Who adds and changes people as their provider tells, in the audit."""

NOBODYS = ("sign_in_expired", "too_many_attempts", "wrong_state", "replayed_state")
"""Refusals that come from no provider: anybody can make them, as often as they like, so they are not recorded."""


@get("/openid/start", include_in_schema=False)
async def start(request: Req, authenticator: wanted.Authenticator) -> Page | Redirect:
    """To the provider, with a cookie that knows the way back."""
    target = request.query_params.get("next", "/")
    try:
        url, sealed = await _openid(request).begin(entrance.local(target))
    except errors.ApiError as error:
        return entrance.sign_in_form(request, error, wanted=target)
    return Redirect(url, status_code=303, cookies=[_cookie(request, authenticator, sealed, openid.MINUTES * 60)])


@get(openid.CALLBACK, include_in_schema=False)
async def callback(request: Req, sign_in: wanted.SignIn, authenticator: wanted.Authenticator) -> Page | Redirect:
    """Back from the provider: signed in, asked for the local second factor, or told why not."""
    state, code, error = (request.query_params.get(name, "") for name in ("state", "code", "error"))
    way, source = _openid(request), origin.of_sign_in(request, authenticator.trusted)
    answer: Page | Redirect
    target = "/"
    try:
        asked = way.opened(request.cookies.get(COOKIE), state)
        target = asked.next
        sign_in.check_address(source)
        who = await _identity(way, code, error, asked)
        caller, end = await sign_in.with_provider(who, way.rules, source, acting=ACTING)
        answer = entrance.entered(request, authenticator, caller, end, target)
    except signin.CodeNeeded as needed:
        answer = entrance.code_form(request, needed.challenge, wanted=target)
    except errors.ApiError as refused:
        if refused.code not in NOBODYS:
            await sign_in.refused_by_provider(source, refused.code, refused.extra.get("user_id"))
        answer = entrance.sign_in_form(request, refused, wanted=target)
    answer.cookies.append(_cookie(request, authenticator, "", 0))
    return answer


async def _identity(way: OpenId, code: str, error: str, asked: Asked) -> Identity:
    if error:
        raise errors.NotSignedIn("The provider did not sign you in: try again, or ask who runs it.", code="denied")
    return await way.identity(code, asked, datetime.now(UTC))


def _openid(request: Req) -> OpenId:
    found: OpenId | None = request.app.state.openid
    if found is None:
        raise errors.NotFound("Nobody signs in by OpenID Connect here: set CSMS_OPENID_ISSUER.")
    return found


def _cookie(request: Req, authenticator: wanted.Authenticator, value: str, seconds: int) -> Cookie:
    secure = origin.is_https(request, authenticator.trusted)
    # Lax: the provider sends the browser back by a link of its own.
    return Cookie(COOKIE, value=value, path="/openid", max_age=seconds, secure=secure, httponly=True, samesite="lax")


HANDLERS = [start, callback]
