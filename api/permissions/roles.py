"""The roles, the permissions, and which role has which."""

from collections.abc import Iterable
from enum import Enum, StrEnum


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
    KEEP_DRIVERS = "keep_drivers"
    SEE_TARIFFS = "see_tariffs"
    SET_TARIFFS = "set_tariffs"
    SEE_BILLS = "see_bills"
    BILL = "bill"
    PAY = "pay"
    ADMINISTER = "administer"


class Reach(Enum):
    """How far a permission goes."""

    ALL = "all"
    OWN = "own"


_STAFF = (
    Permission.SEE_NETWORK,
    Permission.SEE_SESSIONS,
    Permission.SEE_TOKENS,
    Permission.SEE_TARIFFS,
    Permission.SEE_BILLS,
)
_SUPPORT = (*_STAFF, Permission.CHARGE, Permission.OPERATE, Permission.ISSUE_TOKENS, Permission.KEEP_DRIVERS)
_OPERATIONS = (*_SUPPORT, Permission.CONFIGURE)
_FINANCE = (*_STAFF, Permission.SET_TARIFFS, Permission.BILL)


def _all(permissions: Iterable[Permission]) -> dict[Permission, Reach]:
    return dict.fromkeys(permissions, Reach.ALL)


ROLES: dict[Role, dict[Permission, Reach]] = {
    Role.ADMIN: _all((*_OPERATIONS, *_FINANCE, Permission.ADMINISTER)),
    Role.OPERATIONS: _all(_OPERATIONS),
    Role.SUPPORT: _all(_SUPPORT),
    Role.FINANCE: _all(_FINANCE),
    Role.DRIVER: dict.fromkeys(
        (
            Permission.SEE_SESSIONS,
            Permission.SEE_TOKENS,
            Permission.SEE_BILLS,
            Permission.CHARGE,
            Permission.ISSUE_TOKENS,
            Permission.PAY,
        ),
        Reach.OWN,
    ),
}


def reach(role: Role | None, permission: Permission) -> Reach | None:
    """How far `permission` goes for a role (None = not signed in); None when the role lacks it."""
    if permission is Permission.OPEN:
        return Reach.ALL
    if role is None:
        return None
    return Reach.ALL if permission is Permission.SIGNED_IN else ROLES[role].get(permission)
