"""GET /alerts: what operations should look at. Raised by the runtime, the rules and the books; not for drivers."""

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from api import views, wanted
from api.paging import Cursor, Limit
from csms.storage import queries


class Alert(views.View, frozen=True):
    """One alert; `subject` is what it is about, such as a charger's id. `resolved_at` where it is over by itself."""

    id: str
    kind: str
    subject: str
    detail: str
    raised_at: datetime
    resolved_at: datetime | None


ALERT = {
    "id": "912",
    "kind": "charger_problem",
    "subject": "CP-01",
    "detail": "severity 2: the contactor is welded",
    "raised_at": views.AT,
    "resolved_at": None,
}


@get("/alerts", responses=views.page(Alert, ALERT))
async def list_alerts(
    node: wanted.Node,
    caller: wanted.Caller,
    kind: Annotated[str | None, QueryParameter(description="Only of this kind.")] = None,
    subject: Annotated[str | None, QueryParameter(description="Only about this, such as a charger's id.")] = None,
    resolved: Annotated[bool | None, QueryParameter(description="false: only what is not over.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Alerts, newest first. Who is narrowed to stations sees those about chargers and sessions there."""
    return await node.read(
        queries.alerts.list,
        kind=kind,
        subject=subject,
        resolved=resolved,
        station_ids=caller.station_ids,
        limit=limit,
        cursor=cursor,
    )


HANDLERS = [list_alerts]
