"""/pay/s/{secret}: the page of somebody who charges without an account, from the payment to the receipt.

The secret in the URL is the permission, and all that there is: whoever comes back with it, after a bad connection or
with another device, finds the same stay. It opens nothing else.
"""

from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import trio
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery, PathParameter

from actors import runtime, tree
from actors.business import payment, printing
from actors.chargers import charger
from api import errors, wanted
from api.caller import NOBODY
from api.resources import chargers, commands, documents, sessions
from api.throttle import Throttle
from api.web import payer_pages, rendering, stay
from api.web.payer_pages import Page, Req
from csms.integrations.mail import translations
from csms.printing import sheet
from csms.storage import errors as storage
from csms.storage import queries
from csms.storage.billing import papers
from csms.storage.paying import receipts
from csms.storage.reference import payers, stations

Secret = Annotated[str, PathParameter(description="What nobody can guess.")]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

NOBODY_THERE = ("There is nothing here", "Look at the address. Pages of payments are kept for some weeks.")
NOT_YET = ("There is no receipt yet", "It is made when the cable is unplugged and the price is known.")
STOPPING = "The charger has been told to stop."
NOT_STOPPED = "The charger did not take the order to stop. Try again, or stop with the button on the charger."
NOTED = "The receipt will be sent to %(email)s."
HURRY = "Too many addresses. Wait some minutes."
BAD_ADDRESS = "This is no address that a mail can be sent to."
WORDS = (*NOBODY_THERE, *NOT_YET, STOPPING, NOT_STOPPED, NOTED, HURRY, BAD_ADDRESS)
"""For translators."""


class Stay(NamedTuple):
    """A payer's stay: the payment, the session, the charger and its site as the API shows them."""

    payer: payers.Payer
    payment: dict[str, Any]
    session: dict[str, Any] | None
    charger: dict[str, Any]
    station: stations.Station | None

    @property
    def phase(self) -> str:
        """How far it is."""
        return stay.phase(self.payment, self.session)


@get("/pay/s/{secret:str}", include_in_schema=False)
async def shown(
    request: Req,
    node: wanted.Node,
    secret: Secret,
    pay: FromQuery[str | None] = None,
    back: FromQuery[str | None] = None,
) -> Page:
    """How far it is. With `pay` on to the provider's page, with `back` from there."""
    found = await _found(node, secret)
    if found is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *NOBODY_THERE)
    if back is not None and found.payment["status"] == "requires_action":
        found = await _looked(node, found)
    talk, phase = payer_pages.spoken(request), found.phase
    why = stay.why(found.payment, found.session) if phase == "not_charged" else None
    return payer_pages.page(
        request,
        node,
        "pay_stay.html",
        stay=found,
        phase=phase,
        title=talk.say(stay.PHASES[phase][0]),
        means=talk.say(why or stay.PHASES[phase][1]),
        released=stay.RELEASED if why and float(found.payment["authorised"]["amount"]) else None,
        goes_on=phase in stay.GOES_ON,
        onward=found.payment["action_url"] if pay is not None and phase == "paying" else None,
        url=f"{payers.PATH}{secret}",
    )


@post("/pay/s/{secret:str}/stop", include_in_schema=False)
async def stop(request: Req, node: wanted.Node, secret: Secret) -> Response[Any]:
    """End the charging that the payer pays for."""
    found = await _found(node, secret)
    if found is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *NOBODY_THERE)
    talk, page = payer_pages.spoken(request), f"{payers.PATH}{secret}"
    if found.session is None or found.phase not in ("charging", "idle"):
        return rendering.redirect(page)
    try:
        ref = await charger.ensure(node.services, found.payment["charger_id"])
        order = charger.stop_session(node.services, ref, found.session["id"], by=found.payer.payment_id)
        commands.accepted(await order)
    except errors.EXPECTED:
        return rendering.redirect(page, talk.say(NOT_STOPPED), "bad")
    return rendering.redirect(page, talk.say(STOPPING))


@post("/pay/s/{secret:str}/address", include_in_schema=False)
async def send_to(request: Req, node: wanted.Node, secret: Secret, data: Form) -> Response[Any]:
    """Leave an address for the receipt, before there is one or after."""
    found = await _found(node, secret)
    if found is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *NOBODY_THERE)
    talk, page, email = payer_pages.spoken(request), f"{payers.PATH}{secret}", data.get("email", "").strip()
    if _hurries(request, secret, "address"):
        return rendering.redirect(page, talk.say(HURRY), "bad")
    try:
        await node.write(receipts.send_to, found.payer.payment_id, email, node.services.now())
    except storage.InvalidValue:
        return rendering.redirect(page, talk.say(BAD_ADDRESS), "bad")
    return rendering.redirect(page, talk.say(NOTED, email=email))


@get("/pay/s/{secret:str}/receipt", include_in_schema=False)
async def receipt(request: Req, node: wanted.Node, secret: Secret) -> Page:
    """The receipt as a page."""
    paper = await _paper(node, secret)
    if paper is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *NOT_YET)
    language = payer_pages.spoken(request).language
    page: dict[str, Any] = {
        "sheet": sheet.sheet(paper, translations.translator(language), language),
        "layout": "pay_base.html",
        "url": f"{payers.PATH}{secret}",
    }
    return payer_pages.page(request, node, "document.html", **page)


@get("/pay/s/{secret:str}/receipt.pdf", include_in_schema=False)
async def receipt_pdf(request: Req, node: wanted.Node, secret: Secret) -> Response[Any]:
    """The receipt as a file."""
    paper = await _paper(node, secret)
    if paper is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *NOT_YET)
    if _hurries(request, secret, "pdf"):
        raise errors.ApiError(
            "This receipt was printed many times: wait some minutes.",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            code="too_many_requests",
        )
    content = await printing.printed(node.services, paper, payer_pages.spoken(request).language)
    headers = {"Content-Disposition": f'attachment; filename="{paper["number"]}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type=documents.PDF, headers=headers)


def _hurries(request: Req, secret: str, what: str) -> bool:
    """Whether a payer does something too often, which is counted."""
    throttle: Throttle = request.app.state.payers
    key, now = (secret, what), trio.current_time()
    if throttle.wait_s(key, now) > 0:
        return True
    throttle.failed(key, now)
    return False


async def _found(node: tree.Node, secret: str) -> Stay | None:
    payer = await node.read(payers.find, secret)
    if payer is None:
        return None
    paid = await node.read(queries.payments.get, payer.payment_id)
    session_id = paid["session_id"]
    session = None if session_id is None else await sessions.view(node, NOBODY, session_id)
    place = await chargers.view(node, paid["charger_id"])
    station = await node.read(stations.get, place["station_id"]) if place["station_id"] else None
    return Stay(payer, paid, session, place, station)


async def _looked(node: tree.Node, found: Stay) -> Stay:
    """The payer comes from the provider's page: what the provider says now."""
    try:
        await payment.look(node.services, found.payer.payment_id)
        await payment.go_on(node.services, found.payer.payment_id)
    except runtime.ActorError:
        return found  # it is asked again; the page tells when there is an answer
    return await _found(node, found.payer.secret) or found


async def _paper(node: tree.Node, secret: str) -> papers.Paper | None:
    payer = await node.read(payers.find, secret)
    paid = None if payer is None else await node.read(queries.payments.get, payer.payment_id)
    return None if paid is None or paid["document"] is None else await node.read(papers.one, paid["document"])


HANDLERS = [shown, stop, send_to, receipt, receipt_pdf]
