"""POST /notices/{gateway}: what payment providers tell. Their signature is the permission.

A message is believed in nothing but whom it is about: what became of the payment is asked of the provider. So messages
may come doubled, late and in any order.
"""

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, post
from litestar.params import PathParameter

from actors.business import payment
from api import errors, wanted
from api.caller import Caller
from csms.integrations import payment as gateways
from csms.storage.paying import notices

Gateway = Annotated[str, PathParameter(description="The provider: stripe or embedded.")]


@post("/notices/{gateway:str}", status_code=HTTPStatus.OK)
async def tell(request: Request[Caller, Any, Any], node: wanted.Node, gateway: Gateway) -> dict[str, str]:
    """Take a message; one that came before is only acknowledged."""
    try:
        provider = node.services.payment_gateway(gateway)
        notice = provider.notice(await request.body(), request.headers)
    except gateways.Unavailable as error:
        raise errors.NotFound(f"{error}.") from error
    except gateways.Forged as error:
        raise errors.ApiError(f"{error}.", code="forged") from error
    if not await node.read(notices.known, gateway, notice.id):
        payment_id = await node.read(notices.payment_of, gateway, notice)
        if payment_id is not None:
            await payment.look(node.services, payment_id)
        await node.write(notices.keep, gateway, notice, node.services.now())
    return {"status": "taken"}


OPEN = [tell]
