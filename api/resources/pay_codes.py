"""POST /chargers/{id}/connectors/{n}/pay-codes: an address to pay at that counts once, for displays."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.openapi.spec import Example
from litestar.params import Body

from api import views, wanted
from api.resources.charger_life import ConnectorId, base_url, known_connector
from csms.storage.queries.plain import time
from csms.storage.reference import pay_codes


class NewPayCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long it is good for."""

    seconds: Annotated[int, msgspec.Meta(ge=30, le=86_400)] = 300


class PayCode(views.View, frozen=True):
    """An address where somebody without an account pays and charges; used once, or over, it leads nowhere."""

    url: str
    charger_id: str
    connector_id: int
    expires_at: datetime


PAY_CODE = {"url": "https://example.com/pay/q/zK3v", "charger_id": "CP-01", "connector_id": 1, "expires_at": views.AT}


@post(
    "/chargers/{charger_id:str}/connectors/{connector_id:str}/pay-codes",
    status_code=HTTPStatus.CREATED,
    responses=views.answer(PayCode, PAY_CODE, 201),
)
async def add_pay_code(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    connector_id: ConnectorId,
    data: Annotated[NewPayCode, Body(examples=[Example(value={"seconds": 300})])],
) -> dict[str, Any]:
    """Make an address to pay at that counts once, for this connector only."""
    known = await known_connector(node, caller, charger_id, connector_id)
    base, now = base_url(node), node.services.now()
    until = now + timedelta(seconds=data.seconds)
    place = pay_codes.Place(known, int(connector_id))
    code = await node.write(pay_codes.issue, place, until, now)
    return {
        "url": f"{base}/pay/q/{code}",
        "charger_id": place.charger_id,
        "connector_id": place.connector_id,
        "expires_at": time(until),
    }


HANDLERS = [add_pay_code]
