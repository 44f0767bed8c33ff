"""What a charger holds and what it reported, besides its sessions and its state.

GET /chargers/{id}/inventory     GET /chargers/{id}/inventory/{kind}     GET /chargers/{id}/reports
"""

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta

from api import views, wanted
from api.paging import Cursor, Limit
from api.scope import visible_charger
from csms.domain import reservations
from csms.storage import queries

CHARGER = "/chargers/{charger_id:str}"


class Kind(views.View, frozen=True):
    """How many things of a kind are known."""

    kind: Annotated[str, Meta(description="variables, charging-profiles, reservations, certificates, ...")]
    count: int
    changed_at: datetime


class Thing(views.View, frozen=True):
    """One thing that the charger holds, in the field names of its OCPP version."""

    key: str
    changed_at: datetime
    body: dict[str, Any]


class Report(views.View, frozen=True):
    """A report that is kept as it came, without secrets and tokens."""

    id: str
    charger_id: str
    action: Annotated[str, Meta(description="The OCPP action.")]
    at: datetime
    payload: dict[str, Any]


KIND = {"kind": "variables", "count": 212, "changed_at": views.AT}
THING = {
    "key": "OCPPCommCtrlr.HeartbeatInterval",
    "changed_at": views.AT,
    "body": {"attributes": {"Actual": {"value": "300", "mutability": "ReadWrite"}}},
}
REPORT = {
    "id": "4711",
    "charger_id": "CP-01",
    "action": "FirmwareStatusNotification",
    "at": views.AT,
    "payload": {"status": "Installed"},
}


@get(f"{CHARGER}/inventory", responses=views.page(Kind, KIND))
async def kinds(node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId) -> dict[str, Any]:
    """What kinds of things are known of this charger."""
    known = await visible_charger(node, caller, charger_id)
    return await node.read(queries.inventory.kinds, known) | {"next_cursor": None}


@get(f"{CHARGER}/inventory/{{kind:str}}", responses=views.page(Thing, THING))
async def things(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    kind: wanted.Word,
    prefix: Annotated[str, QueryParameter(description="Only keys that begin with this.")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The things of one kind that the charger holds, by key."""
    known = await visible_charger(node, caller, charger_id)
    page = await node.read(
        queries.inventory.list, charger_id=known, kind=kind, prefix=prefix, limit=limit, cursor=cursor
    )
    if kind == reservations.KIND:
        now = node.services.now()
        page["items"] = [each | {"body": reservations.shown(each["body"], now)} for each in page["items"]]
    return page


@get(f"{CHARGER}/reports", responses=views.page(Report, REPORT))
async def reports(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    action: Annotated[str | None, QueryParameter(description="Only reports of this OCPP action.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What the charger reported beside status, meter values and sessions, newest first."""
    known = await visible_charger(node, caller, charger_id)
    return await node.read(queries.reports.list, charger_id=known, action=action, limit=limit, cursor=cursor)


HANDLERS = [kinds, things, reports]
