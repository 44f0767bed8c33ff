"""GET|POST /reconciliations, GET /reconciliations/{id}, GET /differences: our payments beside the providers' lists."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery, PathParameter
from msgspec import Meta

from api import errors, views, wanted
from api.paging import Cursor, Limit
from csms.storage import queries

ReconciliationId = Annotated[str, PathParameter(description="A reconciliation's id.")]
Kind = Literal["unknown_to_us", "unknown_to_them", "currency", "state", "amount", "answer_lost"]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when on payments are compared; as far back as by itself if not said."""

    since: datetime | None = None


class Reconciliation(views.View, frozen=True):
    """A comparison with one provider; the counts are null until it is done."""

    id: str
    gateway: str
    status: Annotated[Literal["running", "done"], Meta(description="A provider that is down is waited for.")]
    since: datetime
    by: Annotated[str, Meta(description='Who ordered it; "system": nobody.')]
    begun_at: datetime
    ended_at: datetime | None
    listed: Annotated[int | None, Meta(description="Holds and captures that the provider has.")]
    compared: Annotated[int | None, Meta(description="Payments of ours that these were compared with.")]
    repaired: Annotated[int | None, Meta(description="Payments that asked again and heard what had got lost.")]
    different: Annotated[int | None, Meta(description="Differences that there were at its end: GET /differences.")]


class Difference(views.View, frozen=True):
    """Where a provider's list and our payments differ; gone by itself when they agree again."""

    id: str
    gateway: str
    kind: Kind
    subject: Annotated[str, Meta(description="Our payment, or the provider's reference of what is none of ours.")]
    payment_id: str | None
    reference: str | None
    detail: str
    advice: Annotated[str, Meta(description="What to do.")]
    found_at: datetime
    gone_at: datetime | None


RECONCILIATION = {
    "id": "rc1f",
    "gateway": "stripe",
    "status": "done",
    "since": "2025-11-01T00:00:00Z",
    "by": "u1f",
    "begun_at": views.AT,
    "ended_at": views.AT,
    "listed": 1204,
    "compared": 1203,
    "repaired": 1,
    "different": 1,
}
DIFFERENCE = {
    "id": "4711",
    "gateway": "stripe",
    "kind": "amount",
    "subject": "p1f",
    "payment_id": "p1f",
    "reference": "pi_1f",
    "detail": "captured 396.00, refunded 0 by our books, captured 396.00, refunded 96.00 by stripe's",
    "advice": "Somebody refunded it at the provider: issue a credit note, so that the bill says so too.",
    "found_at": views.AT,
    "gone_at": None,
}
WANTED = {"since": "2026-01-01T00:00:00Z"}


@get("/reconciliations", responses=views.page(Reconciliation, RECONCILIATION))
async def list_reconciliations(
    node: wanted.Node, gateway: FromQuery[str | None] = None, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Comparisons with payment providers, newest first. They also run by themselves."""
    return await node.read(queries.books.reconciliations, gateway=gateway, limit=limit, cursor=cursor)


@post(
    "/reconciliations",
    status_code=HTTPStatus.ACCEPTED,
    responses=views.answer(views.paged(Reconciliation), {"items": [RECONCILIATION], "next_cursor": None}, 202),
)
async def reconcile(
    node: wanted.Node, data: Annotated[Wanted | None, Body(examples=[Example(value=WANTED)])] = None
) -> dict[str, Any]:
    """Compare now, with every provider that there are payments with; one that runs already is that one."""
    since = None if data is None else data.since
    if since is not None and since.tzinfo is None:
        raise errors.Invalid("`since` must say its time zone: 2026-01-01T00:00:00Z.")
    begun = await node.reconciling.order(since)
    return {"items": [await node.read(queries.books.reconciliation, each) for each in begun], "next_cursor": None}


@get("/reconciliations/{reconciliation_id:str}", responses=views.answer(Reconciliation, RECONCILIATION))
async def get_reconciliation(node: wanted.Node, reconciliation_id: ReconciliationId) -> dict[str, Any]:
    """One comparison."""
    return await node.read(queries.books.reconciliation, reconciliation_id)


@get("/differences", responses=views.page(Difference, DIFFERENCE))
async def list_differences(
    node: wanted.Node,
    open: FromQuery[bool] = True,
    gateway: FromQuery[str | None] = None,
    kind: FromQuery[Kind | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What differs still, or with open=false what did; newest first."""
    return await node.read(queries.books.differences, open=open, gateway=gateway, kind=kind, limit=limit, cursor=cursor)


HANDLERS = [list_reconciliations, reconcile, get_reconciliation, list_differences]
