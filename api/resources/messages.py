"""GET /chargers/{id}/messages: the last frames of a charger, searched; GET /quirks: what chargers may deviate in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta

from actors.connections import trace
from api import errors, views, wanted
from api.paging import Limit
from api.scope import visible_charger
from csms.domain import quirk


class Quirk(views.View, frozen=True):
    """A kind of deviation from the schemas that a charger may be allowed."""

    name: str
    reason: Annotated[str, Meta(description="What is let through, and why that does no harm.")]
    default: Annotated[bool, Meta(description="Whether chargers without a set of their own are allowed it.")]
    vendors: Annotated[list[str], Meta(description="Vendors whose chargers are allowed it by default.")]


QUIRK = {
    "name": "mistyped_values",
    "reason": quirk.Quirk.MISTYPED_VALUES.reason,
    "default": False,
    "vendors": ["openevse"],
}


@get("/chargers/{charger_id:str}/messages", responses=views.page(views.Message, views.MESSAGE))
async def messages(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    action: Annotated[
        str | None, QueryParameter(description="Only calls of this OCPP action, and their answers.")
    ] = None,
    direction: Annotated[Literal["in", "out"] | None, QueryParameter(description="in = from the charger.")] = None,
    message_id: Annotated[str | None, QueryParameter(description="Only the call of this id, and its answer.")] = None,
    text: Annotated[str | None, QueryParameter(description="Only frames that hold this, in whatever case.")] = None,
    since: Annotated[datetime | None, QueryParameter(description="Only frames from then on (RFC 3339).")] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The last frames in both directions, oldest first, since the server started; older ones are not kept.

    Secrets are masked, of tokens only the end is shown.
    """
    known = await visible_charger(node, caller, charger_id)
    looked_for = trace.Wanted(action=action, direction=direction, message_id=message_id, text=text, since=_aware(since))
    return {"items": node.services.traces.of(known, looked_for)[-limit:], "next_cursor": None}


@get("/quirks", responses=views.page(Quirk, QUIRK))
async def quirks() -> dict[str, Any]:
    """The deviations that a charger may be allowed, for `quirks` of POST and PATCH /chargers."""
    items = [
        {
            "name": each.value,
            "reason": each.reason,
            "default": each in quirk.TOLERANT,
            "vendors": [vendor for vendor, allowed in quirk.VENDORS.items() if each in allowed - quirk.TOLERANT],
        }
        for each in quirk.Quirk
    ]
    return {"items": items, "next_cursor": None}


def _aware(moment: datetime | None) -> datetime | None:
    """Raises ApiError for a time without an offset."""
    if moment is not None and moment.tzinfo is None:
        raise errors.ApiError("`since` has no time zone: add Z or an offset.", code="invalid_request")
    return moment


HANDLERS = [messages, quirks]
