"""What is open to people whose role asks for a second factor and who have none yet: to enrol one, and to sign out."""

from api.permissions.roles import Permission
from api.permissions.routes import ROUTES

_V1 = "/api/v1"

ENROLLING = frozenset(
    {
        f"POST {_V1}/logout",
        f"GET {_V1}/me",
        f"GET {_V1}/me/second-factor",
        f"POST {_V1}/me/second-factor",
        f"POST {_V1}/me/second-factor/confirm",
        "GET /account",
        "POST /account/second-factor",
        "POST /account/second-factor/confirm",
    }
)
_LOOKS_AT_THE_CALLER = frozenset({"GET /"})
"""Open to everybody, but shows more to those who are signed in."""


def is_closed(route: str) -> bool:
    """Whether a route has to wait for the second factor."""
    return route in _LOOKS_AT_THE_CALLER or (ROUTES[route] is not Permission.OPEN and route not in ENROLLING)
