"""GET /authorizations: every attempt to charge, accepted or refused, with the reason."""

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from api import views, wanted
from api.paging import Cursor, Limit
from api.scope import visible_charger
from csms.storage import queries


class Authorization(views.View, frozen=True):
    """One attempt; source says whether the charger asked or started."""

    id: str
    charger_id: str
    id_token: str | None
    token_type: str | None
    status: str
    reason: str
    source: str
    at: datetime


AUTHORIZATION = {
    "id": "811",
    "charger_id": "CP-01",
    "id_token": "04A1B2C3",
    "token_type": "ISO14443",
    "status": "Blocked",
    "reason": "the token is blocked",
    "source": "authorize",
    "at": views.AT,
}


@get("/authorizations", responses=views.page(Authorization, AUTHORIZATION))
async def list_authorizations(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: Annotated[str | None, QueryParameter(description="Only at this charger.")] = None,
    id_token: Annotated[str | None, QueryParameter(description="Only of this token.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Every attempt to charge, newest first, accepted or refused."""
    known = await visible_charger(node, caller, charger_id) if charger_id else None
    return await node.read(
        queries.authorizations.list,
        charger_id=known,
        id_token=id_token,
        station_ids=caller.station_ids,
        limit=limit,
        cursor=cursor,
    )


HANDLERS = [list_authorizations]
