"""What all pages of those who pay without an account have in common: their language, and who runs the chargers."""

from typing import Any

from litestar import Request, Response

from actors import tree
from api import languages
from api.web import rendering, speech
from csms.integrations.mail import translations

Page = Response[bytes]
Req = Request[Any, Any, Any]


def spoken(request: Req) -> speech.Speech:
    """The language that the browser asks for."""
    return speech.Speech(languages.preferred(request.headers.get("accept-language")) or translations.DEFAULT)


def page(request: Req, node: tree.Node, template: str, status: int = 200, **context: Any) -> Page:
    """A rendered page in the payer's language."""
    talk = spoken(request)
    shared = {"talk": talk, "_": talk.say, "operator": node.settings.operator_name}
    response = rendering.page(request, template, status, **{**shared, **context})
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def message(request: Req, node: tree.Node, status: int, title: str, text: str) -> Page:
    """A page that says one thing, given in English."""
    return page(request, node, "pay_message.html", status, title=title, text=text)
