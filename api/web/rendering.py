"""Pages out of templates: one Jinja environment, the headers that every page carries, and notices across a redirect."""

import base64
import binascii
import json
from importlib import resources
from typing import Any

import jinja2
import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api import errors
from api.caller import NOBODY
from api.web import formats, schema_page, static

NOTICE = "csms_notice"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def _environment() -> jinja2.Environment:
    folder = resources.files("api.web") / "templates"
    sources = {
        entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".html")
    }
    made = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= formats.FILTERS
    made.filters["schema_type"] = schema_page.schema_type
    made.globals["static"] = static.path
    return made


environment = _environment()


def page(request: Request[Any, Any, Any], template: str, status: int = 200, **context: Any) -> Response[bytes]:
    """A rendered page with its notice, if one is waiting."""
    waiting = request.cookies.get(NOTICE)
    shared = {
        "caller": request.scope.get("user", NOBODY),
        "events_url": None,
        "here": request.scope["path"].rstrip("/"),
        "notice": _read(waiting),
        "registration_open": request.app.state.registration_open,
    }
    text = environment.get_template(template).render({**shared, **context})
    response = Response(text.encode(), status_code=status, media_type="text/html", headers=HEADERS)
    if waiting is not None and "x-live" not in request.headers:
        response.delete_cookie(NOTICE)
    return response


def error_page(request: Request[Any, Any, Any], error: errors.ApiError) -> Response[bytes]:
    """An error as a page: the detail says what to do."""
    response = page(request, "error.html", int(error.status), error=error, notice=None)
    response.headers.update(error.headers)
    return response


def redirect(path: str, text: str = "", tone: str = "good") -> Redirect:
    """See another page (303), which shows `text` once; tone good or bad."""
    cookies = []
    if text:
        value = base64.urlsafe_b64encode(json.dumps({"tone": tone, "text": text[:600]}).encode()).decode()
        cookies = [Cookie(NOTICE, value=value, max_age=60, httponly=True, samesite="lax")]
    return Redirect(path, status_code=303, cookies=cookies)


def _read(value: str | None) -> dict[str, str] | None:
    """The notice in a cookie; whoever tampers with it fools only himself."""
    try:
        notice = msgspec.json.decode(base64.urlsafe_b64decode(value or ""), type=dict[str, str])
        return {"tone": "bad" if notice["tone"] == "bad" else "good", "text": notice["text"]}
    except (ValueError, KeyError, RecursionError, binascii.Error):
        return None
