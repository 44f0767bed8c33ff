"""The caller: who sent a request, as everything behind the authentication sees it."""

from typing import Any, Literal

import msgspec

from api.permissions import Permission, Reach, Role, reach
from csms.storage.reference import scopes


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user, an API key, or nobody (role None). `scope` narrows to `stations`, as networks have them now."""

    id: str = ""
    kind: Literal["user", "key", "nobody"] = "nobody"
    role: Role | None = None
    name: str = ""
    email: str | None = None
    scope: scopes.Scope | None = None
    stations: frozenset[str] | None = None
    must_enrol: bool = False
    """The role asks for a second factor and there is none yet: nothing is open but to enrol one."""
    secret: str = ""
    """The token that it came with, for logging out and asking again; never shown."""

    def reach(self, permission: Permission) -> Reach | None:
        """How far the caller's role takes a permission."""
        return reach(self.role, permission)

    def may(self, permission: Permission) -> bool:
        """True when the role has the permission at all."""
        return self.reach(permission) is not None

    def only_own(self, permission: Permission) -> str | None:
        """The driver id that everything must belong to; None when the permission reaches everything."""
        return self.id if self.reach(permission) is Reach.OWN else None

    def sees_station(self, station_id: str | None) -> bool:
        """False when the caller's scope leaves this station out."""
        return self.stations is None or station_id in self.stations

    @property
    def station_ids(self) -> list[str] | None:
        """The scope as queries take it; None for everything."""
        return None if self.stations is None else sorted(self.stations)

    def view(self) -> dict[str, Any]:
        """What `GET /me` shows."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "email": self.email,
            "role": self.role,
            "scope": self.scope,
            "must_enrol": self.must_enrol,
        }


NOBODY = Caller()
