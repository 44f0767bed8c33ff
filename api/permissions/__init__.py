"""Who may do what: the one table from route to permission and the one from role to permissions.

The app refuses to start when a route has no entry here or an entry has no route; a test walks every route with every
role. `OWN` means that the handler narrows what is seen or done to the caller's own sessions and tokens.
"""

from api.permissions.guarding import check, guard, methods, routes_of
from api.permissions.roles import ROLES, Permission, Reach, Role, reach
from api.permissions.routes import ROUTES

__all__ = ["ROLES", "ROUTES", "Permission", "Reach", "Role", "check", "guard", "methods", "reach", "routes_of"]
