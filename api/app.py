"""The Litestar app of a node: all handlers, who may call them, and how errors are told. Made by server.py and tests."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import trio
from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.middleware import DefineMiddleware

from actors import tree
from api import asking, auth, body, encoding, errors, methods, openid, permissions, signin, throttle, wanted
from api.resources import catalogue, firmware, locations, payment_notices, schema, uploads
from api.web import account, entrance, links, orders, pages, pay_here, pay_stay, paying, static
from api.web import openid as openid_pages
from csms.config import kinds

V1 = catalogue.V1
MAX_BODY = 1_000_000

Parts: TypeAlias = dict[str, Any]
"""What handlers are given by name: the node, and who knows its people."""


def create(node: tree.Node) -> Litestar:
    """The app. Raises LookupError when a route has no permission or a permission no route."""
    app = build()
    furnish(app, node)
    return app


def build() -> Litestar:
    """An app for any node: what takes time, once. Raises LookupError as above."""
    parts: Parts = {}
    app = Litestar(
        [
            *catalogue.handlers(),
            Router(V1, route_handlers=schema.HANDLERS),
            *pages.HANDLERS,
            *entrance.HANDLERS,
            *account.HANDLERS,
            *openid_pages.HANDLERS,
            *links.HANDLERS,
            *orders.HANDLERS,
            *paying.HANDLERS,
            *pay_here.HANDLERS,
            *pay_stay.HANDLERS,
            *payment_notices.OPEN,
            *uploads.OPEN,
            *firmware.OPEN,
            static.serve,
        ],
        before_send=[methods.name_all],
        dependencies=_provided(parts),
        exception_handlers={Exception: _told},
        guards=[permissions.guard],
        middleware=[DefineMiddleware(auth.Authentication, parts=parts)],
        response_class=encoding.JsonResponse,
        request_class=body.JsonRequest,
        request_max_body_size=MAX_BODY,
        logging_config=None,
        openapi_config=None,
    )
    app.state.parts = parts
    permissions.check(app.routes)
    return app


def furnish(app: Litestar, node: tree.Node) -> None:
    """Have it answer for this node, and forget what it knew of another."""
    parts: Parts = app.state.parts
    parts.update(
        node=node,
        authenticator=auth.Authenticator(node),
        sign_in=signin.SignIn(node),
        asking=asking.Asking(node),
    )
    app.state.draining = trio.Event()
    app.state.openid = openid.made(node)
    app.state.idempotent = set()
    app.state.registration_open = node.settings.driver_registration is kinds.Registration.OPEN
    app.state.visitors = throttle.Throttle(locations.REQUESTS, locations.WITHIN_S)
    app.state.payers = throttle.Throttle(pay_here.ATTEMPTS, pay_here.WITHIN_S)


def _provided(parts: Parts) -> Mapping[str, Provide]:
    """What handlers may ask for by name."""

    def now(name: str) -> Provide:
        return Provide(lambda: parts[name], sync_to_thread=False)

    return {
        **{name: now(name) for name in wanted.PROVIDED if name != "caller"},
        "caller": Provide(_caller, sync_to_thread=False),
    }


def _caller(request: ASGIConnection[Any, Any, Any, Any]) -> Any:
    return request.user


def _told(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Programs get a problem object; browsers, outside the API, a page."""
    path = request.scope["path"]
    told = errors.translate(error, path)
    if path.startswith(V1) or MediaType.HTML not in request.headers.get("accept", ""):
        return errors.problem(told, path)
    return pages.failed(request, told)
