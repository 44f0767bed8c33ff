"""GET /audit: who changed what, before and after. Secrets and people's names are not in it, only that they changed."""

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta

from api import views, wanted
from api.paging import Cursor, Limit
from csms.storage import queries

Moment = Annotated[datetime | None, Meta(tz=True)]


class Change(views.View, frozen=True):
    """A change: without `before` the thing is new, without `after` it is gone. `by` is a user's or key's id."""

    id: str
    kind: str
    subject: str
    by: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


CHANGE = {
    "id": "812",
    "kind": "station",
    "subject": "st1f",
    "by": "u1f",
    "before": {"city": "Pune"},
    "after": {"city": "Mumbai"},
    "at": views.AT,
}


@get("/audit", responses=views.page(Change, CHANGE))
async def list_changes(
    node: wanted.Node,
    kind: Annotated[str | None, QueryParameter(description="station, charger, token, user, tariff, ...")] = None,
    subject: Annotated[str | None, QueryParameter(description="The id of one thing.")] = None,
    by: Annotated[str | None, QueryParameter(description='A user or key, "command line" or "system".')] = None,
    since: Annotated[Moment, QueryParameter(name="from", description="At or after this time.")] = None,
    until: Annotated[Moment, QueryParameter(name="to", description="Before this time.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Every change of what people keep, newest first."""
    return await node.read(
        queries.audit.list, kind=kind, subject=subject, by=by, since=since, until=until, limit=limit, cursor=cursor
    )


HANDLERS = [list_changes]
