"""/pay/test/{reference}: the test provider's page, as a bank's or a provider's own is for a real one.

A payer confirms there, and chooses a card where the payment left that open. The reference in the URL is the
permission: who pays was sent here, and signs in nowhere.
"""

from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter
from litestar.response import Redirect

from actors import tree
from actors.business import payment
from api import errors, wanted
from api.caller import Caller
from api.web import payer_pages, rendering
from csms.domain import money
from csms.integrations import payment as gateways
from csms.integrations.payment import Held, Notice, embedded
from csms.storage.paying import notices

Reference = Annotated[str, PathParameter(description="What the test provider calls its hold.")]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

CARDS = {
    "test-ok": "A card that works",
    "test-declined": "A card that is refused",
    "test-lapsed": "A card whose hold lapses before the end",
}
"""Methods of the test provider that a payer may choose."""
WORDS = tuple(CARDS.values())
"""For translators."""


@get("/pay/test/{reference:str}", include_in_schema=False)
async def confirmation(request: Request[Caller, Any, Any], node: wanted.Node, reference: Reference) -> Response[bytes]:
    """Ask the payer."""
    return await _page(request, node, await _held(node, reference))


@post("/pay/test/{reference:str}", include_in_schema=False)
async def confirm(
    request: Request[Caller, Any, Any], node: wanted.Node, reference: Reference, data: Form
) -> Response[Any]:
    """The payer said yes or no; from here back to where the payer came from, if we know."""
    held = await _held(node, reference)
    if held.status == "requires_action":
        held = await _confirmed(node, reference, data)
        about = Notice(reference, "confirmed", held.payment_id, reference)
        payment_id = await node.read(notices.payment_of, embedded.NAME, about)
        if payment_id is not None:
            await payment.look(node.services, payment_id)
    back = await _back(node, reference)
    return await _page(request, node, held) if back is None else rendering.redirect(back)


@get("/pay/test/methods/{reference:str}", include_in_schema=False)
async def choice(request: Request[Caller, Any, Any], node: wanted.Node, reference: Reference) -> Response[bytes]:
    """Ask a driver which card is to be kept."""
    try:
        setup = await _gateway(node).look_at_setup(reference)
    except gateways.PaymentError as error:
        raise errors.NotFound("There is nothing to add: look at the address.") from error
    talk = payer_pages.spoken(request)
    methods = [(method, talk.say(text)) for method, text in CARDS.items()]
    return payer_pages.page(request, node, "keep_card.html", setup=setup, methods=methods)


@post("/pay/test/methods/{reference:str}", include_in_schema=False)
async def choose(node: wanted.Node, reference: Reference, data: Form) -> Redirect:
    """The driver chose one."""
    try:
        await _gateway(node).choose(reference, data.get("method", ""))
    except gateways.PaymentError as error:
        raise errors.NotFound("There is nothing to add: look at the address.") from error
    return rendering.redirect(f"/pay/test/methods/{reference}")


async def _confirmed(node: tree.Node, reference: str, data: Form) -> Held:
    try:
        return await _gateway(node).confirm(reference, agreed=data.get("answer") == "yes", method=data.get("method"))
    except gateways.Refused:
        return await _held(node, reference)  # the payer pressed twice: what was first counts


async def _page(request: Request[Caller, Any, Any], node: tree.Node, held: Held) -> Response[bytes]:
    chooses, _ = await _gateway(node).asks(held.reference)
    talk = payer_pages.spoken(request)
    amount = talk.money(money.text(held.amount, held.currency), held.currency)
    methods = [(method, talk.say(text)) for method, text in CARDS.items()] if chooses else []
    back = await _back(node, held.reference)
    return payer_pages.page(request, node, "confirm.html", held=held, amount=amount, methods=methods, back=back)


async def _back(node: tree.Node, reference: str) -> str | None:
    """The path of the payer's page, which is on this server, by whatever name it is reached."""
    _, back = await _gateway(node).asks(reference)
    return None if back is None else urlsplit(back)._replace(scheme="", netloc="").geturl()


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


HANDLERS = [confirmation, confirm, choice, choose]
