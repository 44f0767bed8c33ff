"""What a charger said it knows of a customer (OCPP 2.x, raw CustomerInformation): to tell the customer, and to erase.

GET /chargers/{id}/customer-information     DELETE /chargers/{id}/customer-information/{request_id}
"""

from datetime import datetime
from typing import Annotated, Any

from litestar import delete, get
from litestar.params import PathParameter
from msgspec import Meta

from api import views, wanted
from api.paging import Limit
from api.scope import visible_charger
from csms.storage import queries
from csms.storage.reference import customer_information

REPORTS = "/chargers/{charger_id:str}/customer-information"


class CustomerInformation(views.View, frozen=True):
    """A report, joined from its parts."""

    request_id: int
    generated_at: Annotated[str, Meta(description="The charger's own time.")]
    received_at: datetime
    complete: Annotated[bool, Meta(description="Whether all its parts have come.")]
    data: Annotated[str, Meta(description="In whatever form the charger gives it.")]


EXAMPLE = {
    "request_id": 17,
    "generated_at": "2026-03-01T10:00:00Z",
    "received_at": views.AT,
    "complete": True,
    "data": "idToken: ..., last charged 2026-02-27",
}


@get(REPORTS, responses=views.page(CustomerInformation, EXAMPLE))
async def reports(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId, limit: Limit = 50
) -> dict[str, Any]:
    """What the charger said it knows of customers, newest first. It is not in the log, and gone after 30 days."""
    known = await visible_charger(node, caller, charger_id)
    return await node.read(queries.customer_information.list, node.services.now(), charger_id=known, limit=limit)


@delete(f"{REPORTS}/{{request_id:str}}")
async def erase(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    request_id: Annotated[str, PathParameter(description="The CustomerInformation's requestId.")],
) -> None:
    """Erase a report here; what the charger keeps is cleared by a raw CustomerInformation with `clear`."""
    known = await visible_charger(node, caller, charger_id)
    await node.write(customer_information.forget, known, request_id)


HANDLERS = [reports, erase]
