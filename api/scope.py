"""What a caller's scope and role let it see: looked up once, in one place, for every resource.

A thing outside the scope answers like a thing that is not there.
"""

from typing import Any

from actors import tree
from api import errors
from api.caller import Caller
from api.permissions import Permission
from csms.storage.reference import chargers


async def visible_charger(node: tree.Node, caller: Caller, charger_id: str) -> str:
    """The charger's id in its stored spelling. Raises UnknownCharger."""
    known = await node.read(chargers.find, charger_id)
    if known is None or not caller.sees_station(known.station_id):
        raise tree.UnknownCharger(charger_id)
    return known.id


async def charger_in_service(node: tree.Node, caller: Caller, charger_id: str) -> str:
    """The same of a charger that is to do something. Raises UnknownCharger, and Conflict once it is out of service."""
    known = await node.read(chargers.get, await visible_charger(node, caller, charger_id))
    if known.decommissioned_at is not None:
        raise errors.Conflict(
            f"{known.id} is out of service since {known.decommissioned_at:%Y-%m-%d}: recommission it first.",
            code="charger_decommissioned",
        )
    return known.id


async def station_of(node: tree.Node, charger_id: str) -> str | None:
    """The station of a charger; None for one without, or unknown."""
    known = await node.read(chargers.find, charger_id)
    return None if known is None else known.station_id


def visible_session(caller: Caller, session_id: str, session: dict[str, Any] | None) -> dict[str, Any]:
    """The session, if this caller may see it. Raises NotFound."""
    own = caller.only_own(Permission.SEE_SESSIONS)
    if (
        session is None
        or (own is not None and session["driver_id"] != own)
        or not caller.sees_station(session["station_id"])
    ):
        raise errors.NotFound(f"There is no session {session_id}. GET /api/v1/sessions lists them.")
    return session
