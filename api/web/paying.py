"""/pay/test/{reference}: where a payer confirms a payment of the test provider, as a bank's page does for a real one.

The reference in the URL is the permission: who pays was sent here, and signs in nowhere.
"""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter

from actors import tree
from actors.business import payment
from api import errors, wanted
from api.caller import Caller
from api.web import rendering
from csms.integrations import payment as gateways
from csms.integrations.payment import Held, Notice, embedded
from csms.storage.paying import notices

Reference = Annotated[str, PathParameter(description="What the test provider calls its hold.")]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/pay/test/{reference:str}")
async def confirmation(request: Request[Caller, Any, Any], node: wanted.Node, reference: Reference) -> Response[bytes]:
    """Ask the payer."""
    return rendering.page(request, "confirm.html", held=await _held(node, reference))


@post("/pay/test/{reference:str}")
async def confirm(
    request: Request[Caller, Any, Any], node: wanted.Node, reference: Reference, data: Form
) -> Response[bytes]:
    """The payer said yes or no."""
    held = await _held(node, reference)
    if held.status == "requires_action":
        held = await _gateway(node).confirm(reference, agreed=data.get("answer") == "yes")
        about = Notice(reference, "confirmed", held.payment_id, reference)
        payment_id = await node.read(notices.payment_of, embedded.NAME, about)
        if payment_id is not None:
            await payment.look(node.services, payment_id)
    return rendering.page(request, "confirm.html", held=held)


async def _held(node: tree.Node, reference: str) -> Held:
    try:
        return await _gateway(node).look(reference)
    except gateways.Refused as error:
        raise errors.NotFound("There is no such payment: look at the address.") from error
    except gateways.Unavailable as error:
        raise errors.Conflict("The test provider cannot be reached now: try again.") from error


def _gateway(node: tree.Node) -> embedded.Embedded:
    found = node.services.payment_gateway(embedded.NAME)
    assert isinstance(found, embedded.Embedded), "its name is its own"
    return found


HANDLERS = [confirmation, confirm]
