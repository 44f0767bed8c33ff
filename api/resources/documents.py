"""GET /sessions/{id}/receipt, GET /documents, POST /documents/{number}/credit-note: bills, as JSON, page or PDF."""

from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
import trio
from litestar import Request, Response, get, post
from litestar.params import FromQuery, PathParameter, QueryParameter
from msgspec import Meta

from actors import tree
from actors.business import printing
from api import errors, idempotency, languages, scope, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from api.resources import identities
from api.web import rendering
from csms.integrations.mail import translations
from csms.printing import sheet
from csms.storage import queries
from csms.storage.billing import correcting, documents, papers, recipients, settling

JSON, HTML, PDF = "application/json", "text/html", "application/pdf"
Number = Annotated[str, PathParameter(description="A document's number, such as MALL-R-000042.")]
Amount = Annotated[
    str, Meta(pattern=r"^\d{1,12}(\.\d{1,4})?$", description="With tax, such as 50.00; at most what is left.")
]
Kind = Literal["receipt", "invoice", "credit_note"]


class Seller(identities.Party, frozen=True):
    """Who sells."""

    id: str


class Place(views.View, frozen=True):
    """Where it was charged."""

    id: str
    name: str
    address: str
    postal_code: str | None
    city: str
    country: str
    time_zone: str


class SignedValue(views.View, frozen=True):
    """What the meter signed at the beginning or the end, byte for byte as it was sent."""

    at: datetime | None
    context: str
    data: str
    encoding: str
    method: str | None
    key: str | None


class BilledSession(views.View, frozen=True):
    """What was charged, and what the meter said."""

    id: str
    charger_id: str
    evse_id: int | None
    connector_id: int | None
    transaction_id: str | None
    id_token: str | None
    started_at: datetime | None
    stopped_at: datetime | None
    completed_at: datetime | None
    meter_start_wh: views.Number | None
    meter_stop_wh: views.Number | None
    energy_wh: views.Number
    signed_values: list[SignedValue]


class DocumentLine(views.View, frozen=True):
    """One position; its net amounts add up to total_excl."""

    dimension: str
    quantity: views.Number
    unit: Annotated[str, Meta(description="Wh, s or piece; the price is per kWh, hour or piece.")]
    price: views.Money | None
    vat: views.Number | None
    amount_excl: views.Money
    amount_incl: views.Money
    reason: str
    from_: datetime | None = msgspec.field(name="from")
    to: datetime | None
    session_id: str | None
    cost_centre: str | None


class DocumentTax(views.View, frozen=True):
    """One tax: so many percent of its base."""

    name: Annotated[str, Meta(description="CGST, SGST, UTGST, IGST or VAT.")]
    percentage: views.Number
    base: views.Money
    amount: views.Money


class Document(views.View, frozen=True):
    """A receipt, invoice or credit note; or the record of a session that has none of its own, which has no number."""

    number: str | None
    kind: Literal["receipt", "invoice", "credit_note", "record"]
    status: Annotated[
        str,
        Meta(
            description="issued | partly_corrected | corrected; of a record: free | internal | charged (to an account)"
            " | waiting."
        ),
    ]
    issued_on: date | None
    issued_at: datetime | None
    due_on: date | None
    corrects: str | None
    corrected_by: list[str]
    reason: str
    buyer_ref: str | None
    account_id: str | None
    invoice: Annotated[str | None, Meta(description="The invoice that an account's session is on.")]
    place_of_supply: str | None
    service_code: str
    note: str
    time_zone: str
    seller: Seller
    buyer: identities.Party | None
    station: Place | None
    sessions: list[BilledSession]
    lines: list[DocumentLine]
    taxes: list[DocumentTax]
    total_excl: views.Money | None
    total: Annotated[views.Money | None, Meta(description="What is to be paid, as in the session's cost.")]
    left: Annotated[views.Money | None, Meta(description="The total less what credit notes took back.")]
    reverse_charge: Annotated[bool, Meta(description="The buyer owes the VAT, so that there is none.")]


INR = {"currency": "INR"}
_PARTY = {"postal_code": "411001", "city": "Pune", "country": "IN", "email": "", "phone": ""}
DOCUMENT = {
    "number": "MALL-R-000042",
    "kind": "receipt",
    "status": "issued",
    "issued_on": "2026-03-01",
    "issued_at": views.AT,
    "due_on": None,
    "corrects": None,
    "corrected_by": [],
    "reason": "",
    "buyer_ref": "driver:u1f",
    "account_id": None,
    "invoice": None,
    "place_of_supply": "27",
    "service_code": "",
    "note": "",
    "time_zone": "Asia/Kolkata",
    "seller": {
        **_PARTY,
        "id": "mall",
        "name": "City Mall Charging",
        "address": "1 Mall Road",
        "state": "27",
        "tax_id": "27AAPFU0939F1ZV",
    },
    "buyer": None,
    "station": None,
    "sessions": [],
    "lines": [
        {
            "dimension": "ENERGY",
            "quantity": 22000,
            "unit": "Wh",
            "price": {"amount": "18.00", **INR},
            "vat": 18,
            "amount_excl": {"amount": "335.60", **INR},
            "amount_incl": {"amount": "396.00", **INR},
            "reason": "22 kWh at 18.00 INR",
            "from": None,
            "to": None,
            "session_id": None,
            "cost_centre": None,
        }
    ],
    "taxes": [
        {"name": name, "percentage": 9, "base": {"amount": "335.60", **INR}, "amount": {"amount": "30.20", **INR}}
        for name in ("CGST", "SGST")
    ],
    "total_excl": {"amount": "335.60", **INR},
    "total": {"amount": "396.00", **INR},
    "left": {"amount": "396.00", **INR},
    "reverse_charge": False,
}


class Listed(views.View, frozen=True):
    """A document in a list."""

    number: str
    series: str
    kind: Kind
    seller_id: str
    buyer_ref: str | None
    total_excl: views.Money
    total_incl: views.Money
    issued_on: date
    issued_at: datetime
    due_on: date | None
    corrects: str | None
    corrected: Annotated[bool, Meta(description="A credit note took it, or a part of it, back.")]


LISTED = {
    **{name: DOCUMENT[name] for name in ("number", "kind", "buyer_ref", "total_excl", "issued_on", "issued_at")},
    "series": "MALL-R",
    "seller_id": "mall",
    "total_incl": DOCUMENT["total"],
    "due_on": None,
    "corrects": None,
    "corrected": False,
}


class Credit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a document is taken back, and what of it: all that is left, sessions of an invoice, lines, an amount."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    session_ids: Annotated[list[str], Meta(min_length=1)] | None = None
    lines: Annotated[list[int], Meta(min_length=1, description="Counted from 1.")] | None = None
    amount: Amount | None = None
    rebill: Annotated[bool, Meta(description="The sessions are on the account's next invoice again.")] = False


_CREDIT = views.body({"reason": "The charger gave no power."})


@get("/sessions/{session_id:str}/receipt", responses=views.answer(Document, DOCUMENT))
async def receipt(
    request: Request[Caller, Any, Any], node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId
) -> Response[Any]:
    """The receipt of a completed session, as JSON; as page or PDF where Accept has text/html or application/pdf."""
    shown = await node.read(queries.sessions.get, session_id, datetime.now(UTC))
    scope.visible_session(caller, session_id, shown)
    return await rendered(request, node, await _receipt(node, session_id))


@get("/documents", responses=views.page(Listed, LISTED))
async def list_documents(
    node: wanted.Node,
    caller: wanted.Caller,
    kind: FromQuery[Kind | None] = None,
    series: FromQuery[str | None] = None,
    seller_id: FromQuery[str | None] = None,
    buyer_ref: Annotated[str | None, QueryParameter(description="account:<id> or driver:<id>.")] = None,
    session_id: FromQuery[str | None] = None,
    corrects: FromQuery[str | None] = None,
    from_: Annotated[date | None, QueryParameter(name="from", description="Issued on this day or later.")] = None,
    to: Annotated[date | None, QueryParameter(description="Issued before this day.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Documents, newest first."""
    own = caller.only_own(Permission.SEE_BILLS)
    if own is not None and buyer_ref not in (None, f"driver:{own}"):
        return {"items": [], "next_cursor": None}
    return await node.read(
        documents.list,
        kind=kind,
        series=series,
        seller_id=seller_id,
        buyer_ref=buyer_ref if own is None else f"driver:{own}",
        session_id=session_id,
        corrects=corrects,
        begin=from_,
        end=to,
        station_ids=caller.station_ids,
        limit=limit,
        cursor=cursor,
    )


@get("/documents/{number:str}", responses=views.answer(Document, DOCUMENT))
async def get_document(
    request: Request[Caller, Any, Any], node: wanted.Node, caller: wanted.Caller, number: Number
) -> Response[Any]:
    """One document, as JSON, page or PDF."""
    return await rendered(request, node, await visible(node, caller, number))


@post("/documents/{number:str}/credit-note", responses=views.answer(Document, DOCUMENT, 201))
async def credit_note(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    number: Number,
    data: Annotated[Credit, _CREDIT],
) -> Response[dict[str, Any]]:
    """Take a document back: the only way to correct one."""
    await visible(node, caller, number)
    now = node.services.now()
    amount = None if data.amount is None else Decimal(data.amount)
    parts: dict[str, Any] = {"session_ids": data.session_ids, "lines": data.lines, "amount": amount}

    def create(conn: Any) -> dict[str, Any]:
        return {"number": correcting.credit(conn, number, data.reason, now, **parts, rebill=data.rebill)}

    answer = await idempotency.create(node, request, create)
    issued = await node.read(papers.one, answer.content["number"])
    return Response(issued, status_code=HTTPStatus.CREATED, headers=answer.headers)


async def visible(node: tree.Node, caller: Caller, number: str) -> papers.Paper:
    """A document that the caller may see. Raises NotFound."""
    listed = await node.read(documents.one_listed, number, station_ids=caller.station_ids)
    own = caller.only_own(Permission.SEE_BILLS)
    if listed is None or (own is not None and listed["buyer_ref"] != f"driver:{own}"):
        raise errors.NotFound(f"There is no document {number}. GET /api/v1/documents lists them.")
    return await node.read(papers.one, number)


async def rendered(request: Request[Any, Any, Any], node: tree.Node, paper: papers.Paper) -> Response[Any]:
    """The paper in the form that Accept prefers; JSON where it does not say."""
    form = request.accept.best_match([JSON, HTML, PDF], default=JSON)
    headers = {"Vary": "Accept, Accept-Language", "Cache-Control": "private, no-cache"}
    if form == JSON:
        return Response(paper, headers=headers)
    language = await _language(request, node, paper)
    headers["Content-Language"] = language
    if form == HTML:
        response = await trio.to_thread.run_sync(_page, request, paper, language)
        response.headers.update({**headers, "Cache-Control": response.headers["Cache-Control"]})
        return response
    name = paper["number"] or f"session-{paper['sessions'][0]['id']}"
    headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return Response(await printing.printed(node.services, paper, language), media_type=PDF, headers=headers)


def _page(request: Request[Any, Any, Any], paper: papers.Paper, language: str) -> Response[bytes]:
    told = sheet.sheet(paper, translations.translator(language), language)
    return rendering.page(request, "document.html", sheet=told)


async def _language(request: Request[Any, Any, Any], node: tree.Node, paper: papers.Paper) -> str:
    """What the caller prefers, else what the buyer does, else what mails are written in."""
    if asked := languages.preferred(request.headers.get("accept-language")):
        return asked
    reader = await node.read(recipients.find, paper["buyer_ref"])
    return translations.known(reader.language or node.services.settings.mail_language)


async def _receipt(node: tree.Node, session_id: str) -> papers.Paper:
    """What billing has made of the session; what it has not come to yet is settled now."""
    paper = await node.read(papers.of_session, session_id)
    if paper["status"] == "waiting":
        priced = await node.read(papers.priced, session_id)
        if priced is not None:
            await node.write(settling.settle, priced, node.services.now())
            paper = await node.read(papers.of_session, session_id)
    return paper


HANDLERS = [receipt, list_documents, get_document, credit_note]
