"""Webhooks: GET|POST /webhooks, GET|PATCH|DELETE /webhooks/{id}, their secrets, tests and deliveries.

POST /webhooks/{id}/rotate-secret, POST /webhooks/{id}/test, POST /webhooks/{id}/redeliver,
GET /webhooks/{id}/deliveries, POST /deliveries/{id}/redeliver
"""

import sqlite3
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import PathParameter, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.domain import webhook
from csms.storage.reference import deliveries, webhooks

WebhookId = Annotated[str, PathParameter(description="A webhook's id.")]
DeliveryId = Annotated[str, PathParameter(description="A delivery's id.")]
Status = Literal["waiting", "delivered", "dead"]
Types = Annotated[list[str], Meta(min_length=1, max_length=50, description=", ".join(sorted(webhook.CHOICES)))]
Url = Annotated[str, Meta(min_length=1, max_length=2000, description="Its host must be on CSMS_CALL_HOSTS.")]


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an app wants to hear of."""

    url: Url
    types: Types
    name: Annotated[str, Meta(max_length=255)] = ""
    scope: webhooks.Scope | None = None
    active: bool = True


class WebhookChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    url: Url | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    scope: webhooks.Scope | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class Webhook(views.View, frozen=True):
    """A subscription; while it is not active, what happens is not noted for it."""

    id: str
    url: str
    types: list[str]
    name: str
    scope: views.Scope | None
    active: bool
    revision: int


class CreatedWebhook(Webhook, frozen=True):
    """A new webhook; `secret` is shown this once."""

    secret: str | None


class Secret(views.View, frozen=True):
    """The new secret, shown this once; the one before signs beside it for a day."""

    secret: str


class Delivery(views.View, frozen=True):
    """What was or will be sent. dead: given up after three days."""

    id: str
    webhook_id: str
    type: str
    status: Status
    attempts: int
    detail: Annotated[str, Meta(description="What was wrong the last time.")]
    answered: Annotated[int | None, Meta(description="The status of the last answer.")]
    created_at: datetime
    tried_at: datetime | None
    next_attempt_at: datetime | None
    body: dict[str, Any]


class Redelivered(views.View, frozen=True):
    """How many are sent again."""

    count: int


NEW = {"url": "https://app.example.com/hooks", "types": ["session.*", "alert.raised"], "name": "Driver app"}
WEBHOOK = {**NEW, "id": "wh1f", "scope": None, "active": True, "revision": 1}
SECRET = "whsec_" + "c2VjcmV0" * 5  # an example, as the description shows it
DELIVERY = {
    "id": "d5c",
    "webhook_id": "wh1f",
    "type": "session.started",
    "status": "delivered",
    "attempts": 1,
    "detail": "",
    "answered": 204,
    "created_at": views.AT,
    "tried_at": views.AT,
    "next_attempt_at": None,
    "body": {"id": "d5c", "type": "session.started", "at": views.AT, "webhook_id": "wh1f", "data": {"session": {}}},
}


@get("/webhooks", responses=views.page(Webhook, WEBHOOK))
async def list_webhooks(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All webhooks."""
    return paging.of([_view(found) for found in await node.read(webhooks.every)], limit, cursor)


@post("/webhooks", responses=views.answer(CreatedWebhook, WEBHOOK | {"secret": SECRET}, 201))
async def add_webhook(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewWebhook, views.body(NEW)]
) -> Response[dict[str, Any]]:
    """Have an app told of what happens from now on. Deliveries are signed as standardwebhooks.com says."""
    fields, allowed = msgspec.to_builtins(data), node.services.settings.call_hosts

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        made, secret = webhooks.add(conn, fields, allowed, node.services.now())
        return {**_view(made), "secret": secret}

    return await idempotency.create(node, request, create, secret="secret")


@get("/webhooks/{webhook_id:str}", responses=views.answer(Webhook, WEBHOOK))
async def get_webhook(node: wanted.Node, webhook_id: WebhookId) -> Response[dict[str, Any]]:
    """One webhook."""
    found = await node.read(webhooks.get, webhook_id)
    return Response(_view(found), headers=etags.tag(found.revision))


@patch("/webhooks/{webhook_id:str}", responses=views.answer(Webhook, WEBHOOK))
async def change_webhook(
    node: wanted.Node,
    webhook_id: WebhookId,
    data: Annotated[WebhookChanges, views.body({"active": False})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a webhook; what waits for it goes to the new address."""
    changes, allowed = msgspec.to_builtins(data), node.services.settings.call_hosts
    found = await node.write(webhooks.change, webhook_id, changes, allowed, etags.expected(if_match))
    node.webhooks.wake()
    return Response(_view(found), headers=etags.tag(found.revision))


@delete("/webhooks/{webhook_id:str}")
async def remove_webhook(node: wanted.Node, webhook_id: WebhookId) -> None:
    """Remove a webhook, with what was still to be sent."""
    await node.write(webhooks.remove, webhook_id)


@post(
    "/webhooks/{webhook_id:str}/rotate-secret",
    status_code=HTTPStatus.OK,
    responses=views.answer(Secret, {"secret": SECRET}),
)
async def rotate(node: wanted.Node, webhook_id: WebhookId) -> dict[str, Any]:
    """Make a new secret. For a day deliveries carry two signatures, one for each."""
    return {"secret": await node.write(webhooks.rotate, webhook_id, node.services.now())}


@post(
    "/webhooks/{webhook_id:str}/test",
    status_code=HTTPStatus.ACCEPTED,
    responses=views.answer(Delivery, DELIVERY, 202),
)
async def test(node: wanted.Node, webhook_id: WebhookId) -> dict[str, Any]:
    """Send a delivery of type webhook.test; look for it among the deliveries."""
    found, now = await node.read(webhooks.get, webhook_id), node.services.now()
    if not found.active:
        raise errors.Conflict("This webhook is not active: PATCH it with active true first.", code="webhook_inactive")
    new = deliveries.New(webhook_id, None, webhook.TEST, now, {})

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        (made,) = deliveries.add(conn, [new], now)
        return deliveries.get(conn, made)

    sent = await node.write(create)
    node.webhooks.wake()
    return sent


@get("/webhooks/{webhook_id:str}/deliveries", responses=views.page(Delivery, DELIVERY))
async def list_deliveries(
    node: wanted.Node,
    webhook_id: WebhookId,
    status: Annotated[Status | None, QueryParameter(description="Only these; dead are those given up.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What was and will be sent, the newest first. Kept for 30 days."""
    return await node.read(deliveries.of, webhook_id, status=status, limit=limit, cursor=cursor)


@post(
    "/webhooks/{webhook_id:str}/redeliver",
    status_code=HTTPStatus.ACCEPTED,
    responses=views.answer(Redelivered, {"count": 3}, 202),
)
async def redeliver_dead(node: wanted.Node, webhook_id: WebhookId) -> dict[str, Any]:
    """Send again everything that was given up."""
    count = await node.write(deliveries.redeliver_dead, webhook_id, node.services.now())
    node.webhooks.wake()
    return {"count": count}


@post(
    "/deliveries/{delivery_id:str}/redeliver",
    status_code=HTTPStatus.ACCEPTED,
    responses=views.answer(Delivery, DELIVERY, 202),
)
async def redeliver(node: wanted.Node, delivery_id: DeliveryId) -> dict[str, Any]:
    """Send one again, under the same id, whatever became of it."""
    sent = await node.write(deliveries.redeliver, delivery_id, node.services.now())
    node.webhooks.wake()
    return sent


def _view(found: webhooks.Webhook) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(found)
    del shown["after_seq"]
    return shown


HANDLERS = [
    *(list_webhooks, add_webhook, get_webhook, change_webhook, remove_webhook),
    *(rotate, test, list_deliveries, redeliver_dead, redeliver),
]
