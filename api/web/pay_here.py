"""/pay/c/{charger}/{connector} and /pay/q/{code}: what a connector's QR code opens. Place, price, and a button to pay.

For everybody, without an account. Paying is on the provider's own page; then the payer has a page of their own
(pay_stay.py), whose URL nobody can guess.
"""

import contextlib
from http import HTTPStatus
from typing import Annotated, Any

import trio
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter

from actors import runtime, tree
from actors.business import payment
from actors.chargers import charger, orders
from api import origin, wanted
from api.resources import chargers
from api.throttle import Throttle, network_of
from api.web import payer_pages, price_list, rendering
from api.web.payer_pages import Page, Req
from csms.config.kinds import AdHoc
from csms.domain import commands, money
from csms.integrations.payment import HOSTED
from csms.storage import errors as storage
from csms.storage.paying import creating, offers
from csms.storage.reference import chargers as registered
from csms.storage.reference import pay_codes, payers

ConnectorId = Annotated[int, PathParameter(description="Our number of the connector.")]
Code = Annotated[str, PathParameter(description="What the QR code says; it counts once, for some minutes.")]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

ATTEMPTS, WITHIN_S = 20, 600.0
"""Payments that may be begun from one address in so many seconds."""

KEPT_FREE_S = 300
"""How long a 2.1 charger keeps an EVSE for somebody who pays."""
ANNOUNCED_WITHIN_S = 3.0

HINDRANCES = {
    "occupied": "This connector is in use. Come back when it is free.",
    "reserved": "This connector is reserved for somebody.",
    "offline": "This charger has lost its connection to us, so it cannot be started from here now.",
    "out_of_order": "This connector is out of order.",
    "free": "Charging is free here, for those who have an account or a card.",
    "not_offered": "Here you can charge with an account or a card only.",
    "scan": "Scan the code on the charger's display: it changes, so that nobody can put another one over it.",
    "hurry": "Too many payments were begun from your network. Wait some minutes.",
}
"""Why nobody can pay here now."""
UNKNOWN = ("There is no such connector", "Look at the address, or scan the code on the charger again.")
OVER = ("This code is over", "It counts once, for some minutes. Scan the code on the charger again.")
BAD_ADDRESS = "This is no address that a mail can be sent to."
WORDS = (*HINDRANCES.values(), *UNKNOWN, *OVER, BAD_ADDRESS)
"""For translators."""


@get("/pay/c/{charger_id:str}/{connector_id:int}", include_in_schema=False)
async def offered(request: Req, node: wanted.Node, charger_id: wanted.ChargerId, connector_id: ConnectorId) -> Page:
    """What this connector offers."""
    offer = await _offer(node, pay_codes.Place(charger_id, connector_id))
    if offer is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *UNKNOWN)
    return _shown(request, node, offer, _printed(node, offer))


@post("/pay/c/{charger_id:str}/{connector_id:int}", include_in_schema=False)
async def taken(
    request: Req, node: wanted.Node, charger_id: wanted.ChargerId, connector_id: ConnectorId, data: Form
) -> Response[Any]:
    """Begin to pay."""
    offer = await _offer(node, pay_codes.Place(charger_id, connector_id))
    if offer is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *UNKNOWN)
    return await _begun(request, node, offer, data, _printed(node, offer))


@get("/pay/q/{code:str}", include_in_schema=False)
async def offered_once(request: Req, node: wanted.Node, code: Code) -> Page:
    """What the connector offers that this code was made for."""
    place = await node.read(pay_codes.read, code, node.services.now())
    offer = None if place is None else await _offer(node, place)
    if offer is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *OVER)
    return _shown(request, node, offer, _switched_off(node, offer))


@post("/pay/q/{code:str}", include_in_schema=False)
async def taken_once(request: Req, node: wanted.Node, code: Code, data: Form) -> Response[Any]:
    """Begin to pay, and use the code up."""
    place = await node.read(pay_codes.read, code, node.services.now())
    offer = None if place is None else await _offer(node, place)
    if offer is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *OVER)
    return await _begun(request, node, offer, data, _switched_off(node, offer), code)


async def _offer(node: tree.Node, place: pay_codes.Place) -> offers.Offer | None:
    known = await node.read(registered.find, place.charger_id)
    if known is None:
        return None
    try:
        shown = await chargers.view(node, known.id)
        return await node.read(offers.of, shown, place.connector_id, node.services.now())
    except (storage.NotFound, tree.UnknownCharger):
        return None


def _printed(node: tree.Node, offer: offers.Offer) -> str | None:
    """What is in the way of who comes by a printed code, which somebody may have put another one over."""
    return "scan" if node.settings.ad_hoc is AdHoc.CODE else _switched_off(node, offer)


def _switched_off(node: tree.Node, offer: offers.Offer) -> str | None:
    return "not_offered" if node.settings.ad_hoc is AdHoc.OFF else offer.hindrance


def _shown(
    request: Req, node: tree.Node, offer: offers.Offer, hindrance: str | None, status: int = 200, **more: Any
) -> Page:
    talk = payer_pages.spoken(request)
    told = None if hindrance is None else talk.say(HINDRANCES[hindrance])
    listed = [] if offer.tariff is None else price_list.prices(talk, offer.tariff)
    remarks = [] if offer.tariff is None else price_list.remarks(talk, offer.tariff)
    hold = (
        None
        if offer.hold is None
        else talk.money(money.text(offer.hold.amount, offer.hold.currency), offer.hold.currency)
    )
    context = {"email": "", "wrong": None, "prices": listed, "remarks": remarks, "hold": hold, **more}
    return payer_pages.page(request, node, "pay_here.html", status, offer=offer, told=told, **context)


async def _begun(
    request: Req,
    node: tree.Node,
    offer: offers.Offer,
    data: dict[str, str],
    hindrance: str | None,
    code: str | None = None,
) -> Response[Any]:
    throttle: Throttle = request.app.state.payers
    address, now = network_of(origin.client_address(request, node.settings.trusted_proxies)), trio.current_time()
    if hindrance is None and throttle.wait_s(address, now) > 0:
        hindrance = "hurry"
    email = data.get("email", "").strip()
    if hindrance is not None:
        return _shown(request, node, offer, hindrance, HTTPStatus.CONFLICT, email=email)
    throttle.failed(address, now)
    language = payer_pages.spoken(request).language

    def create(conn: Any) -> payers.Payer | None:
        at = node.services.now()
        if code is not None and pay_codes.spend(conn, code, at) is None:
            return None
        payment_id = creating.create(conn, _wanted(node, offer), at)
        return payers.add(conn, payment_id, language, email, at)

    try:
        payer = await node.write(create)
    except storage.InvalidValue as error:
        if error.field != "email":
            raise
        told = payer_pages.spoken(request).say(BAD_ADDRESS)
        return _shown(request, node, offer, None, HTTPStatus.UNPROCESSABLE_ENTITY, email=email, wrong=told)
    if payer is None:
        return payer_pages.message(request, node, HTTPStatus.NOT_FOUND, *OVER)
    if code is not None:
        await _announce(node, offer, payer.payment_id)
    try:
        await payment.go_on(node.services, payer.payment_id)
    except runtime.CallTimeout:
        pass  # the provider takes its time: the payer's page tells when it has answered
    return rendering.redirect(f"{payers.PATH}{payer.secret}?pay=1")


async def _announce(node: tree.Node, offer: offers.Offer, payment_id: str) -> None:
    """A 2.1 charger keeps the EVSE for who stands there and pays; a code that counts once tells that somebody does."""
    evse_id = offer.connector["evse_id"]
    if offer.charger["protocol"] != "2.1" or evse_id is None:
        return
    told = commands.Raw(action="NotifyWebPaymentStarted", payload={"evseId": evse_id, "timeout": KEPT_FREE_S})
    with trio.move_on_after(ANNOUNCED_WITHIN_S), contextlib.suppress(orders.CannotOrder, runtime.ActorError):
        ref = await charger.ensure(node.services, offer.charger["id"])
        await charger.execute(node.services, ref, told, by=payment_id)


def _wanted(node: tree.Node, offer: offers.Offer) -> creating.Wanted:
    return creating.Wanted(
        charger_id=offer.charger["id"],
        connector_id=offer.connector["id"],
        gateway=str(node.settings.payment_provider),
        flow="ad_hoc",
        method=HOSTED,
    )


HANDLERS = [offered, taken, offered_once, taken_once]
