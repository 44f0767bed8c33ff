"""Holds every route to its row of the table."""

from collections.abc import Iterable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import BaseRoute

from api import errors
from api.permissions.enrolling import ENROLLING, is_closed
from api.permissions.roles import Role, reach
from api.permissions.routes import ROUTES
from api.permissions.scoped import NETWORK_WIDE, is_network_wide


def methods(template: str | None) -> set[str]:
    """The methods of a route's path."""
    pairs = (route.split(" ") for route in ROUTES)
    return {method for method, path in pairs if path == template}


def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Litestar's guard for every route. Raises NotSignedIn or Forbidden."""
    method = connection.scope["method"]  # type: ignore[typeddict-item]  # every route is HTTP
    if method == "OPTIONS":
        return
    route = f"{method} {connection.scope['path_template']}"
    permission = ROUTES[route]
    role = connection.user.role
    if connection.user.must_enrol and is_closed(route):
        raise errors.Forbidden(
            "Your role asks for a second factor, and you have none: POST /api/v1/me/second-factor, or open /account.",
            code="must_enrol",
        )
    if reach(role, permission) is not None:
        if connection.user.stations is not None and is_network_wide(route):
            raise errors.Forbidden(
                "You see some stations only, and this is of the whole network: ask somebody without a scope."
            )
        return
    if role is None:
        raise errors.NotSignedIn(
            "Sign in first: POST /api/v1/login, then send `Authorization: Bearer <token>`, or use an API key.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    allowed = ", ".join(other for other in Role if reach(other, permission) is not None)
    raise errors.Forbidden(f"Your role {role} may not do this; these may: {allowed}. Ask an administrator.")


def routes_of(routes: Iterable[BaseRoute]) -> set[str]:
    """The keys that `ROUTES` must have for these routes of an app."""
    return {f"{method} {route.path_format}" for route in routes for method in route.methods if method != "OPTIONS"}


def check(routes: Iterable[BaseRoute]) -> None:
    """Refuse a table that does not match the app. Raises LookupError naming every difference."""
    found = routes_of(routes)
    missing, stale = found - ROUTES.keys(), (ROUTES.keys() | NETWORK_WIDE | ENROLLING) - found
    if missing or stale:
        raise LookupError(f"routes without a permission: {sorted(missing)}; entries without a route: {sorted(stale)}")
