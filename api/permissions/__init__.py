"""Who may do what: the one table from route to permission and the one from role to permissions.

The app refuses to start when a route has no entry here or an entry has no route; tests walk every route with every
role, and with a key and a person for another station. `OWN` means that the handler narrows what is seen or done to the
caller's own sessions and tokens; what is closed to those who see some stations only is in scoped.py.
"""

from api.permissions.guarding import check, guard, methods, routes_of
from api.permissions.roles import ROLES, Permission, Reach, Role, reach
from api.permissions.routes import ROUTES
from api.permissions.scoped import is_network_wide

__all__ = [
    "ROLES",
    "ROUTES",
    "Permission",
    "Reach",
    "Role",
    "check",
    "guard",
    "is_network_wide",
    "methods",
    "reach",
    "routes_of",
]
