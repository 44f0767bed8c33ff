"""POST /chargers/{id}/decommission and /recommission, GET /chargers/{id}/connectors/{n}/qr.svg and qr.png."""

import io
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import segno
from litestar import Response, get, post
from litestar.params import PathParameter, QueryParameter
from litestar.response.base import ASGIResponse

from actors import tree
from api import errors, etags, views, wanted
from api.caller import Caller
from api.resources.chargers import CHARGER, Charger, view
from api.scope import visible_charger
from csms.storage.reference import chargers

ConnectorId = Annotated[str, PathParameter(description="Our number of the connector.")]
Scale = Annotated[int, QueryParameter(description="Pixels of the smallest square of a PNG.", ge=1, le=40)]


@post("/chargers/{charger_id:str}/decommission", status_code=HTTPStatus.OK, responses=views.answer(Charger, CHARGER))
async def decommission(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId
) -> Response[dict[str, Any]]:
    """Take a charger out of service for good: it may not connect, and all that it ever did stays."""
    known = await visible_charger(node, caller, charger_id)
    changed = await node.write(chargers.decommission, known, node.services.now())
    node.charger_removed(known)
    return Response(await view(node, known), headers=etags.tag(changed.revision))


@post("/chargers/{charger_id:str}/recommission", status_code=HTTPStatus.OK, responses=views.answer(Charger, CHARGER))
async def recommission(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId
) -> Response[dict[str, Any]]:
    """Put a charger back into service: it may connect again."""
    known = await visible_charger(node, caller, charger_id)
    changed = await node.write(chargers.decommission, known, None)
    return Response(await view(node, known), headers=etags.tag(changed.revision))


@get("/chargers/{charger_id:str}/connectors/{connector_id:str}/qr.svg", media_type="image/svg+xml")
async def qr_svg(
    node: wanted.Node, caller: wanted.Caller, charger_id: wanted.ChargerId, connector_id: ConnectorId
) -> ASGIResponse:
    """The connector's QR code to print and stick on: it opens the page to pay and charge."""
    code = await _code(node, caller, charger_id, connector_id)
    written = io.BytesIO()
    code.save(written, kind="svg", scale=4, border=4, dark="black", light="white", title=charger_id)
    return _picture(written, "image/svg+xml")


@get("/chargers/{charger_id:str}/connectors/{connector_id:str}/qr.png", media_type="image/png")
async def qr_png(
    node: wanted.Node,
    caller: wanted.Caller,
    charger_id: wanted.ChargerId,
    connector_id: ConnectorId,
    scale: Scale = 10,
) -> ASGIResponse:
    """The same as pixels."""
    code = await _code(node, caller, charger_id, connector_id)
    written = io.BytesIO()
    code.save(written, kind="png", scale=scale, border=4)
    return _picture(written, "image/png")


async def _code(node: tree.Node, caller: Caller, charger_id: str, connector_id: str) -> segno.QRCode:
    known = await known_connector(node, caller, charger_id, connector_id)
    return segno.make(f"{base_url(node)}/pay/c/{quote(known)}/{connector_id}", error="m", micro=False)


async def known_connector(node: tree.Node, caller: Caller, charger_id: str, connector_id: str) -> str:
    """The charger's id, if it has such a connector. Raises UnknownCharger, NotFound."""
    known = await node.read(chargers.get, await visible_charger(node, caller, charger_id))
    if connector_id not in map(str, known.connector_ids):
        there = ", ".join(map(str, known.connector_ids)) or "none: PATCH the charger with its connectors"
        raise errors.NotFound(f"{known.id} has no connector {connector_id}. It has {there}.")
    return known.id


def base_url(node: tree.Node) -> str:
    """Where drivers reach this server. Raises ApiError where it does not know that."""
    base = node.services.public_url
    if base is None:
        raise errors.ApiError(
            "Set CSMS_PUBLIC_URL first: a QR code must say where drivers reach this server.",
            status=HTTPStatus.CONFLICT,
            code="no_public_url",
        )
    return base


def _picture(written: io.BytesIO, media_type: str) -> ASGIResponse:
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return ASGIResponse(body=written.getvalue(), media_type=media_type, headers=headers)


HANDLERS = [decommission, recommission, qr_svg, qr_png]
