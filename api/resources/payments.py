"""GET|POST /payments, GET /payments/{id}, POST /payments/{id}/refunds: pay first, charge then.

Drivers pay for themselves and see their own payments. Card data never comes here: `method` is the provider's name of
what pays.
"""

from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery, PathParameter
from msgspec import Meta

from actors import runtime, tree
from actors.business import payment
from api import errors, idempotency, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from api.scope import visible_charger
from csms.domain.commands import Number
from csms.storage import queries
from csms.storage.paying import creating
from csms.storage.reference import payment_methods, rows

PaymentId = Annotated[str, PathParameter(description="A payment's id.")]
Status = Literal[
    "created",
    "requires_action",
    "authorised",
    "session_bound",
    "capture_pending",
    "captured",
    "partially_refunded",
    "refunded",
    "canceled",
    "failed",
]
Amount = Annotated[Decimal, Meta(description='Text such as "500.00".')]


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to charge, and what pays; without an `amount` the tariff's `preauthorize` is held.

    `method`: a payment method's id, what the provider calls one, or the driver's default without it.
    """

    charger_id: str
    method: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    connector_id: Number | None = None
    evse_id: Number | None = None
    amount: Amount | None = None


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is given back, and why; without an `amount` all that is left."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    amount: Amount | None = None


class ListedPayment(views.View, frozen=True):
    """A payment. `action_url`: where the payer has to confirm it. `reference`: the provider's name of it."""

    id: str
    status: Status
    gateway: str
    flow: Literal["stored", "ad_hoc"]
    charger_id: str
    connector_id: int | None
    evse_id: int | None
    station_id: str | None
    driver_id: str | None
    amount: views.Money
    authorised: views.Money
    captured: views.Money
    refunded: views.Money
    session_id: str | None
    document: Annotated[str | None, Meta(description="The receipt that it was captured for.")]
    reference: str | None
    action_url: str | None
    reason: str
    created_at: datetime
    changed_at: datetime


class Refund(views.View, frozen=True):
    """Money that is given back; `document` is the receipt that was taken back, without one it is goodwill."""

    id: str
    amount: views.Money
    status: Literal["ordered", "done", "failed"]
    reason: str
    by: str
    document: str | None


class Payment(ListedPayment, frozen=True):
    """A payment with its refunds."""

    refunds: list[Refund]


def _inr(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "INR"}


LISTED: dict[str, Any] = {
    "id": "p1f",
    "status": "captured",
    "gateway": "embedded",
    "flow": "stored",
    "charger_id": "CP-01",
    "connector_id": 1,
    "evse_id": None,
    "station_id": None,
    "driver_id": "u1f",
    "amount": _inr("500.00"),
    "authorised": _inr("500.00"),
    "captured": _inr("396.00"),
    "refunded": _inr("0.00"),
    "session_id": "s3f9c",
    "document": "MALL-R-000042",
    "reference": "test_1f",
    "action_url": None,
    "reason": "",
    "created_at": views.AT,
    "changed_at": views.AT,
}
PAYMENT = LISTED | {"refunds": []}
NEW = {"charger_id": "CP-01", "connector_id": 1, "method": "test-ok", "amount": "500.00"}


@get("/payments", responses=views.page(ListedPayment, LISTED))
async def list_payments(
    node: wanted.Node,
    caller: wanted.Caller,
    status: FromQuery[Status | None] = None,
    session_id: FromQuery[str | None] = None,
    charger_id: FromQuery[str | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Payments, newest first."""
    return await node.read(
        queries.payments.list,
        status=status,
        session_id=session_id,
        charger_id=charger_id,
        driver_id=caller.only_own(Permission.SEE_BILLS),
        station_ids=caller.station_ids,
        limit=limit,
        cursor=cursor,
    )


@post("/payments", status_code=HTTPStatus.ACCEPTED, responses=views.answer(Payment, PAYMENT, 202))
async def pay(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    data: Annotated[NewPayment, Body(examples=[Example(value=NEW)])],
) -> Response[dict[str, Any]]:
    """Hold an amount, and start charging when it is held; the receipt's total is captured when the stay is over."""
    charger_id = await visible_charger(node, caller, data.charger_id)
    kept = await node.read(payment_methods.chosen, caller.id, data.method)
    asked = creating.Wanted(
        charger_id=charger_id,
        gateway=str(node.settings.payment_provider) if kept is None else kept.gateway,
        flow="stored",
        method=kept.id if kept is not None else data.method or "",
        connector_id=data.connector_id,
        evse_id=data.evse_id,
        amount=data.amount,
        driver_id=caller.id,
    )

    def create(conn: Any) -> dict[str, Any]:
        return {"id": creating.create(conn, asked, node.services.now())}

    made = await idempotency.create(node, request, create)
    payment_id = made.content["id"]
    await _moved(node, payment_id)
    shown = await node.read(queries.payments.get, payment_id)
    return Response(shown, status_code=HTTPStatus.ACCEPTED, headers=made.headers)


@get("/payments/{payment_id:str}", responses=views.answer(Payment, PAYMENT))
async def get_payment(node: wanted.Node, caller: wanted.Caller, payment_id: PaymentId) -> dict[str, Any]:
    """One payment."""
    return await visible(node, caller, payment_id)


@post("/payments/{payment_id:str}/refunds", responses=views.answer(Payment, PAYMENT, 201))
async def refund(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    payment_id: PaymentId,
    data: Annotated[NewRefund, Body(examples=[Example(value={"reason": "Slow charging.", "amount": "50.00"})])],
) -> Response[dict[str, Any]]:
    """Give back what was captured, or a part, out of goodwill. What a credit note takes back is refunded by itself."""
    await visible(node, caller, payment_id)
    refund_id = rows.new_id("r")

    async def act() -> dict[str, Any]:
        await payment.refund(node.services, payment_id, refund_id, data.amount, data.reason, caller.id)
        return await node.read(queries.payments.get, payment_id)

    return await idempotency.run(node, request, act, status=HTTPStatus.CREATED)


async def visible(node: tree.Node, caller: Caller, payment_id: str) -> dict[str, Any]:
    """A payment that the caller may see. Raises NotFound."""
    found = await node.read(queries.payments.get, payment_id)
    own = caller.only_own(Permission.SEE_BILLS)
    if (own is not None and found["driver_id"] != own) or not caller.sees_station(found["station_id"]):
        raise errors.NotFound(f"There is no payment {payment_id}. GET /api/v1/payments lists them.")
    return found


async def _moved(node: tree.Node, payment_id: str) -> None:
    """Wait for the provider's first answer; where it takes its time, the payment goes on without who asked for it."""
    try:
        await payment.go_on(node.services, payment_id)
    except runtime.CallTimeout:
        return


HANDLERS = [list_payments, pay, get_payment, refund]
