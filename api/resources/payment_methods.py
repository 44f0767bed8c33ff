"""GET|POST /payment-methods, GET|PATCH|DELETE /payment-methods/{id}: what a driver pays with, kept by the provider.

A driver adds one in the provider's own page or SDK; here are its token and what people know it by, never its number.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter
from msgspec import Meta

from actors import tree
from api import errors, views, wanted
from api.caller import Caller
from csms.integrations import payment as gateways
from csms.integrations.payment import Setup
from csms.storage.queries.plain import time
from csms.storage.reference import payment_methods, rows

MethodId = Annotated[str, PathParameter(description="A payment method's id.")]


class PaymentMethod(views.View, frozen=True):
    """What a driver pays with. One that is not ready goes on at `action_url`, or with `client_secret` in the SDK."""

    id: str
    gateway: str
    status: Literal["requires_action", "ready", "failed"]
    label: Annotated[str, Meta(description="What people know it by: visa •••• 4242.")]
    default: bool
    created_at: datetime
    action_url: str | None
    client_secret: str | None


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The driver pays with this one where nothing else is said."""

    default: Literal[True]


METHOD = {
    "id": "mt1f",
    "gateway": "embedded",
    "status": "ready",
    "label": "visa •••• 4242",
    "default": True,
    "created_at": views.AT,
    "action_url": None,
    "client_secret": None,
}


@get("/payment-methods", responses=views.page(PaymentMethod, METHOD))
async def list_methods(node: wanted.Node, caller: wanted.Caller) -> dict[str, Any]:
    """The caller's own, the newest first."""
    found = await node.read(payment_methods.of_driver, caller.id)
    return {"items": [_view(each) for each in found], "next_cursor": None}


@post("/payment-methods", responses=views.answer(PaymentMethod, METHOD, 201))
async def add_method(node: wanted.Node, caller: wanted.Caller) -> Response[dict[str, Any]]:
    """Begin to add one; then go on with the provider, and ask for it here until it is ready."""
    gateway = _gateway(node, str(node.settings.payment_provider))
    known = [each for each in await node.read(payment_methods.of_driver, caller.id) if each.gateway == gateway.name]
    customer = next((each.customer for each in known if each.customer), None)
    try:
        begun = await gateway.set_up(caller.id, customer, rows.new_id("setup"))
    except gateways.PaymentError as error:
        raise _told(error) from error
    made = await node.write(payment_methods.add, caller.id, gateway.name, begun, node.services.now())
    return Response(_view(made, begun), status_code=HTTPStatus.CREATED)


@get("/payment-methods/{method_id:str}", responses=views.answer(PaymentMethod, METHOD))
async def get_method(node: wanted.Node, caller: wanted.Caller, method_id: MethodId) -> dict[str, Any]:
    """One of them; what the provider says of it now, where it is not ready yet."""
    method = await _own(node, caller, method_id)
    if method.status != "requires_action":
        return _view(method)
    try:
        heard = await _gateway(node, method.gateway).look_at_setup(method.reference)
    except gateways.PaymentError as error:
        raise _told(error) from error
    return _view(await node.write(payment_methods.heard, method.id, heard), heard)


@patch("/payment-methods/{method_id:str}", responses=views.answer(PaymentMethod, METHOD))
async def change_method(
    node: wanted.Node,
    caller: wanted.Caller,
    method_id: MethodId,
    data: Annotated[Changes, Body(examples=[Example(value={"default": True})])],  # noqa: ARG001 - says only that
) -> dict[str, Any]:
    """Pay with this one from now on."""
    await _own(node, caller, method_id)
    return _view(await node.write(payment_methods.make_default, method_id))


@delete("/payment-methods/{method_id:str}")
async def remove_method(node: wanted.Node, caller: wanted.Caller, method_id: MethodId) -> None:
    """Remove one, at the provider, too; what it holds for a session is still captured."""
    method = await _own(node, caller, method_id)
    if method.token is not None:
        try:
            await _gateway(node, method.gateway).forget(method.token)
        except gateways.PaymentError as error:
            raise _told(error) from error
    await node.write(payment_methods.remove, method_id)


async def _own(node: tree.Node, caller: Caller, method_id: str) -> payment_methods.Method:
    found = await node.read(payment_methods.find, method_id)
    if found is None or found.driver_id != caller.id:
        raise errors.NotFound(f"You have no payment method {method_id}. GET /api/v1/payment-methods lists yours.")
    return found


def _gateway(node: tree.Node, name: str) -> gateways.PaymentGateway:
    try:
        return node.services.payment_gateway(name)
    except gateways.Unavailable as error:
        raise _told(error) from error


def _told(error: gateways.PaymentError) -> errors.ApiError:
    if isinstance(error, gateways.Refused):
        return errors.Conflict(f"The provider refuses it: {error}.", code="provider_refused")
    return errors.ApiError(
        f"The provider cannot be reached: {error}. Try again.",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code="provider_unavailable",
    )


def _view(method: payment_methods.Method, setup: Setup | None = None) -> dict[str, Any]:
    return {
        "id": method.id,
        "gateway": method.gateway,
        "status": method.status,
        "label": method.label,
        "default": method.default,
        "created_at": time(method.created_at),
        "action_url": None if setup is None else setup.url,
        "client_secret": None if setup is None else setup.client_secret,
    }


HANDLERS = [list_methods, add_method, get_method, change_method, remove_method]
