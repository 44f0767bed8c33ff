"""Who may do what: the one table from route to permission and the one from role to permissions.

The app refuses to start when a route has no entry here or an entry has no route; a test walks every route with every
role. `OWN` means that the handler narrows what is seen or done to the caller's own sessions and tokens.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import BaseRoute

from api import errors


class Role(StrEnum):
    """The five roles."""

    ADMIN = "admin"
    OPERATIONS = "operations"
    SUPPORT = "support"
    FINANCE = "finance"
    DRIVER = "driver"


class Permission(StrEnum):
    """What a route asks for. OPEN asks nothing, SIGNED_IN only credentials that are good."""

    OPEN = "open"
    SIGNED_IN = "signed_in"
    SEE_NETWORK = "see_network"
    SEE_SESSIONS = "see_sessions"
    SEE_TOKENS = "see_tokens"
    CHARGE = "charge"
    OPERATE = "operate"
    CONFIGURE = "configure"
    ISSUE_TOKENS = "issue_tokens"
    ADMINISTER = "administer"


class Reach(Enum):
    """How far a permission goes."""

    ALL = "all"
    OWN = "own"


_STAFF = (Permission.SEE_NETWORK, Permission.SEE_SESSIONS, Permission.SEE_TOKENS)
_SUPPORT = (*_STAFF, Permission.CHARGE, Permission.OPERATE, Permission.ISSUE_TOKENS)
_OPERATIONS = (*_SUPPORT, Permission.CONFIGURE)


def _all(permissions: Iterable[Permission]) -> dict[Permission, Reach]:
    return dict.fromkeys(permissions, Reach.ALL)


ROLES: dict[Role, dict[Permission, Reach]] = {
    Role.ADMIN: _all((*_OPERATIONS, Permission.ADMINISTER)),
    Role.OPERATIONS: _all(_OPERATIONS),
    Role.SUPPORT: _all(_SUPPORT),
    Role.FINANCE: _all(_STAFF),
    Role.DRIVER: dict.fromkeys(
        (Permission.SEE_SESSIONS, Permission.SEE_TOKENS, Permission.CHARGE, Permission.ISSUE_TOKENS), Reach.OWN
    ),
}

_V1 = "/api/v1"
_CHARGER = f"{_V1}/chargers/{{charger_id}}"
_CAMPAIGN = f"{_V1}/campaigns/{{campaign_id}}"
_TEMPLATE = f"{_V1}/templates/{{template_id}}"
_SESSION = f"{_V1}/sessions/{{session_id}}"

ROUTES: dict[str, Permission] = {
    # -- accounts --
    f"POST {_V1}/login": Permission.OPEN,
    f"POST {_V1}/logout": Permission.SIGNED_IN,
    f"GET {_V1}/me": Permission.SIGNED_IN,
    f"GET {_V1}/users": Permission.ADMINISTER,
    f"POST {_V1}/users": Permission.ADMINISTER,
    f"GET {_V1}/users/{{user_id}}": Permission.ADMINISTER,
    f"PATCH {_V1}/users/{{user_id}}": Permission.ADMINISTER,
    f"GET {_V1}/api-keys": Permission.ADMINISTER,
    f"POST {_V1}/api-keys": Permission.ADMINISTER,
    f"DELETE {_V1}/api-keys/{{key_id}}": Permission.ADMINISTER,
    # -- network --
    f"GET {_V1}/stations": Permission.SEE_NETWORK,
    f"POST {_V1}/stations": Permission.CONFIGURE,
    f"GET {_V1}/stations/{{station_id}}": Permission.SEE_NETWORK,
    f"PATCH {_V1}/stations/{{station_id}}": Permission.CONFIGURE,
    f"DELETE {_V1}/stations/{{station_id}}": Permission.CONFIGURE,
    f"GET {_V1}/chargers": Permission.SEE_NETWORK,
    f"POST {_V1}/chargers": Permission.CONFIGURE,
    f"GET {_CHARGER}": Permission.SEE_NETWORK,
    f"PATCH {_CHARGER}": Permission.CONFIGURE,
    f"DELETE {_CHARGER}": Permission.CONFIGURE,
    f"GET {_CHARGER}/inventory": Permission.SEE_NETWORK,
    f"GET {_CHARGER}/inventory/{{kind}}": Permission.SEE_NETWORK,
    f"GET {_CHARGER}/reports": Permission.SEE_NETWORK,
    f"GET {_CHARGER}/customer-information": Permission.OPERATE,
    f"DELETE {_CHARGER}/customer-information/{{request_id}}": Permission.OPERATE,
    # -- commands --
    f"POST {_CHARGER}/commands/reset": Permission.OPERATE,
    f"POST {_CHARGER}/commands/unlock": Permission.OPERATE,
    f"POST {_CHARGER}/commands/availability": Permission.OPERATE,
    f"POST {_CHARGER}/commands/trigger": Permission.OPERATE,
    f"POST {_CHARGER}/commands/clear-cache": Permission.OPERATE,
    f"POST {_CHARGER}/commands/get-configuration": Permission.OPERATE,
    f"POST {_CHARGER}/commands/set-configuration": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/data-transfer": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/reserve": Permission.OPERATE,
    f"POST {_CHARGER}/commands/cancel-reservation": Permission.OPERATE,
    f"POST {_CHARGER}/commands/get-local-list-version": Permission.OPERATE,
    f"POST {_CHARGER}/commands/get-composite-schedule": Permission.OPERATE,
    f"POST {_CHARGER}/commands/send-local-list": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/set-charging-profile": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/clear-charging-profile": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/update-firmware": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/get-diagnostics": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/install-certificate": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/delete-certificate": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/list-certificates": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/renew-certificate": Permission.CONFIGURE,
    f"POST {_CHARGER}/commands/{{command}}": Permission.OPERATE,
    f"POST {_CHARGER}/ocpp/{{action}}": Permission.CONFIGURE,
    f"GET {_CHARGER}/commands": Permission.SEE_NETWORK,
    f"GET {_V1}/commands/{{command_id}}": Permission.SEE_NETWORK,
    f"GET {_CHARGER}/messages": Permission.SEE_NETWORK,
    f"GET {_V1}/quirks": Permission.SEE_NETWORK,
    f"GET {_V1}/uploads": Permission.SEE_NETWORK,
    f"GET {_V1}/uploads/{{upload_id}}": Permission.SEE_NETWORK,
    f"GET {_V1}/uploads/{{upload_id}}/content": Permission.OPERATE,
    f"DELETE {_V1}/uploads/{{upload_id}}": Permission.CONFIGURE,
    "PUT /uploads/{secret}": Permission.OPEN,
    "POST /uploads/{secret}": Permission.OPEN,
    "PUT /uploads/{secret}/{name}": Permission.OPEN,
    "POST /uploads/{secret}/{name}": Permission.OPEN,
    # -- firmware --
    f"GET {_V1}/firmware": Permission.SEE_NETWORK,
    f"POST {_V1}/firmware": Permission.CONFIGURE,
    f"GET {_V1}/firmware/{{firmware_id}}": Permission.SEE_NETWORK,
    f"DELETE {_V1}/firmware/{{firmware_id}}": Permission.CONFIGURE,
    f"PUT {_V1}/firmware/{{firmware_id}}/file": Permission.CONFIGURE,
    "GET /downloads/{secret}": Permission.OPEN,
    "GET /downloads/{secret}/{name}": Permission.OPEN,
    f"GET {_V1}/campaigns": Permission.SEE_NETWORK,
    f"POST {_V1}/campaigns": Permission.CONFIGURE,
    f"GET {_CAMPAIGN}": Permission.SEE_NETWORK,
    f"GET {_CAMPAIGN}/chargers": Permission.SEE_NETWORK,
    f"POST {_CAMPAIGN}/pause": Permission.CONFIGURE,
    f"POST {_CAMPAIGN}/resume": Permission.CONFIGURE,
    f"POST {_CAMPAIGN}/cancel": Permission.CONFIGURE,
    f"POST {_CAMPAIGN}/roll-back": Permission.CONFIGURE,
    # -- certificates --
    f"GET {_V1}/certificates": Permission.SEE_NETWORK,
    f"GET {_V1}/certificates/authority": Permission.SEE_NETWORK,
    f"POST {_V1}/certificates/{{serial_number}}/revoke": Permission.CONFIGURE,
    # -- configuration --
    f"GET {_V1}/templates": Permission.SEE_NETWORK,
    f"POST {_V1}/templates": Permission.CONFIGURE,
    f"GET {_TEMPLATE}": Permission.SEE_NETWORK,
    f"PATCH {_TEMPLATE}": Permission.CONFIGURE,
    f"DELETE {_TEMPLATE}": Permission.CONFIGURE,
    f"POST {_TEMPLATE}/apply": Permission.CONFIGURE,
    f"GET {_TEMPLATE}/drift": Permission.SEE_NETWORK,
    f"GET {_CHARGER}/drift": Permission.SEE_NETWORK,
    f"GET {_V1}/jobs": Permission.SEE_NETWORK,
    f"GET {_V1}/jobs/{{job_id}}": Permission.SEE_NETWORK,
    f"GET {_V1}/jobs/{{job_id}}/chargers": Permission.SEE_NETWORK,
    f"POST {_V1}/jobs/{{job_id}}/cancel": Permission.CONFIGURE,
    # -- charging --
    f"GET {_V1}/authorizations": Permission.SEE_NETWORK,
    f"GET {_V1}/sessions": Permission.SEE_SESSIONS,
    f"POST {_V1}/sessions": Permission.CHARGE,
    f"GET {_SESSION}": Permission.SEE_SESSIONS,
    f"POST {_SESSION}/stop": Permission.CHARGE,
    f"GET {_SESSION}/events": Permission.SEE_SESSIONS,
    f"GET {_SESSION}/meter-values": Permission.SEE_SESSIONS,
    f"GET {_V1}/tokens": Permission.SEE_TOKENS,
    f"POST {_V1}/tokens": Permission.ISSUE_TOKENS,
    f"GET {_V1}/tokens/{{token_id}}": Permission.SEE_TOKENS,
    f"PATCH {_V1}/tokens/{{token_id}}": Permission.ISSUE_TOKENS,
    # -- the system --
    f"GET {_V1}/actors": Permission.SEE_NETWORK,
    f"GET {_V1}/events": Permission.SEE_SESSIONS,
    f"GET {_V1}/schema": Permission.OPEN,
    f"GET {_V1}/schema/openapi.json": Permission.OPEN,
    "GET /health/live": Permission.OPEN,
    "GET /health/ready": Permission.OPEN,
    "GET /metrics": Permission.SEE_NETWORK,
    # -- pages --
    "GET /": Permission.OPEN,
    "POST /login": Permission.OPEN,
    "POST /logout": Permission.OPEN,
    "GET /static/{version}/{name}": Permission.OPEN,
    "GET /chargers/{charger_id}": Permission.SEE_NETWORK,
    "POST /chargers/{charger_id}/reset": Permission.OPERATE,
    "POST /chargers/{charger_id}/unlock": Permission.OPERATE,
    "POST /chargers/{charger_id}/availability": Permission.OPERATE,
    "POST /chargers/{charger_id}/trigger": Permission.OPERATE,
    "POST /chargers/{charger_id}/start": Permission.CHARGE,
    "POST /chargers/{charger_id}/approve": Permission.CONFIGURE,
    "GET /sessions/{session_id}": Permission.SEE_SESSIONS,
    "POST /sessions/{session_id}/stop": Permission.CHARGE,
}


def reach(role: Role | None, permission: Permission) -> Reach | None:
    """How far `permission` goes for a role (None = not signed in); None when the role lacks it."""
    if permission is Permission.OPEN:
        return Reach.ALL
    if role is None:
        return None
    return Reach.ALL if permission is Permission.SIGNED_IN else ROLES[role].get(permission)


def methods(template: str | None) -> set[str]:
    """The methods of a route's path."""
    pairs = (route.split(" ") for route in ROUTES)
    return {method for method, path in pairs if path == template}


def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Litestar's guard for every route. Raises NotSignedIn or Forbidden."""
    method = connection.scope["method"]  # type: ignore[typeddict-item]  # every route is HTTP
    if method == "OPTIONS":
        return
    permission = ROUTES[f"{method} {connection.scope['path_template']}"]
    role = connection.user.role
    if reach(role, permission) is not None:
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
    missing, stale = found - ROUTES.keys(), ROUTES.keys() - found
    if missing or stale:
        raise LookupError(f"routes without a permission: {sorted(missing)}; entries without a route: {sorted(stale)}")
