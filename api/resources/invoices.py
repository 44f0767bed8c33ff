"""GET|POST /invoices, /invoices/{id}: the monthly invoices of fleets, draft -> issued -> paid."""

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromQuery, PathParameter, QueryParameter
from msgspec import Meta

from api import errors, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from csms.domain import money
from csms.storage import errors as storage
from csms.storage.billing import invoices

InvoiceId = Annotated[str, PathParameter(description="An invoice's id; its number comes when it is issued.")]
Month = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="Such as 2026-03.")]


class Drafts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which month, and whom; everybody if not said."""

    month: Month
    account_id: str | None = None


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the money came, and how much; the whole balance if not said."""

    received_on: date
    amount: Annotated[str | None, Meta(description="In the invoice's currency, such as 396.00.")] = None
    reference: Annotated[str, Meta(max_length=140)] = ""


class Invoice(views.View, frozen=True):
    """An invoice. What is on a draft follows the sessions until it is issued."""

    id: str
    account_id: str
    seller_id: str
    month: str
    status: Literal["draft", "issued", "paid", "credited"]
    number: Annotated[str | None, Meta(description="GET /documents/{number} has all of it, also as PDF.")]
    issued_on: date | None
    due_on: date | None
    overdue: bool
    sessions: int
    total: views.Money
    credited: views.Money
    paid: views.Money
    balance: Annotated[views.Money, Meta(description="What is to be paid still.")]


NOTHING = {"amount": "0.00", "currency": "INR"}
INVOICE = {
    "id": "in1f",
    "account_id": "blue",
    "seller_id": "mall",
    "month": "2026-03",
    "status": "issued",
    "number": "MALL-I-000007",
    "issued_on": "2026-04-01",
    "due_on": "2026-04-15",
    "overdue": False,
    "sessions": 12,
    "total": {"amount": "4752.00", "currency": "INR"},
    "credited": NOTHING,
    "paid": NOTHING,
    "balance": {"amount": "4752.00", "currency": "INR"},
}
DRAFTS = {"month": "2026-03"}
PAYMENT = {"received_on": "2026-04-10", "reference": "NEFT 4711"}


@get("/invoices", responses=views.page(Invoice, INVOICE))
async def list_invoices(
    node: wanted.Node,
    caller: wanted.Caller,
    account_id: FromQuery[str | None] = None,
    month: FromQuery[str | None] = None,
    overdue: Annotated[bool, QueryParameter(description="Only those that should have been paid before today.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Invoices and drafts, the newest month first."""
    today = node.services.now().date()
    wanted = partial(invoices.overdue, today=today) if overdue else invoices.ids
    own = caller.only_own(Permission.SEE_BILLS)
    found = [] if own else await node.read(wanted, account_id=account_id, month=month)
    page = paging.of([{"id": each} for each in found], limit, cursor)

    def shown(conn: sqlite3.Connection) -> list[dict[str, Any]]:
        return [view(invoices.get(conn, each["id"]), today) for each in page["items"]]

    return {"items": await node.read(shown), "next_cursor": page["next_cursor"]}


@post("/invoices", responses=views.answer(views.paged(Invoice), {"items": [INVOICE], "next_cursor": None}, 201))
async def draft_invoices(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[Drafts, views.body(DRAFTS)]
) -> Response[dict[str, Any]]:
    """Make the drafts of a month; where there is one already it is answered. They also come by themselves."""
    today = node.services.now().date()

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        made = invoices.draft(conn, data.month, data.account_id)
        return {"items": [view(invoices.get(conn, each), today) for each in made], "next_cursor": None}

    return await idempotency.create(node, request, create)


@get("/invoices/{invoice_id:str}", responses=views.answer(Invoice, INVOICE))
async def get_invoice(node: wanted.Node, caller: wanted.Caller, invoice_id: InvoiceId) -> dict[str, Any]:
    """One invoice."""
    if caller.only_own(Permission.SEE_BILLS):
        raise errors.NotFound(f"There is no invoice {invoice_id}.")
    return view(await node.read(invoices.get, invoice_id), node.services.now().date())


@delete("/invoices/{invoice_id:str}")
async def discard_invoice(node: wanted.Node, invoice_id: InvoiceId) -> None:
    """Delete a draft; its sessions stay open."""
    await node.write(invoices.discard, invoice_id)


@post("/invoices/{invoice_id:str}/issue", status_code=200, responses=views.answer(Invoice, INVOICE))
async def issue_invoice(node: wanted.Node, invoice_id: InvoiceId) -> dict[str, Any]:
    """Give a draft its number: from now on it is what it is, and corrected by credit notes only."""
    now = node.services.now()
    ready = await node.read(invoices.ready, invoice_id, now)
    await node.write(invoices.issue, invoice_id, now, ready)
    return view(await node.read(invoices.get, invoice_id), now.date())


@post("/invoices/{invoice_id:str}/paid", status_code=200, responses=views.answer(Invoice, INVOICE))
async def pay_invoice(
    node: wanted.Node, invoice_id: InvoiceId, data: Annotated[Payment, views.body(PAYMENT)]
) -> dict[str, Any]:
    """Record that the account has paid, all or a part."""

    def pay(conn: sqlite3.Connection) -> None:
        amount = None if data.amount is None else _amount(data.amount, invoices.get(conn, invoice_id).pile.currency)
        invoices.pay(conn, invoice_id, data.received_on, amount=amount, reference=data.reference)

    await node.write(pay)
    return view(await node.read(invoices.get, invoice_id), datetime.now(UTC).date())


def view(found: invoices.Invoice, today: date) -> dict[str, Any]:
    """What the API shows of an invoice."""
    sums = {"total": found.total, "credited": found.credited, "paid": found.paid, "balance": found.balance}
    return {
        "id": found.id,
        "account_id": found.pile.account_id,
        "seller_id": found.pile.seller_id,
        "month": found.month,
        "status": found.status,
        "number": found.number,
        "issued_on": None if found.issued_on is None else found.issued_on.isoformat(),
        "due_on": None if found.due_on is None else found.due_on.isoformat(),
        "overdue": found.overdue(today),
        "sessions": found.sessions,
        **{name: money.shown(amount, found.pile.currency) for name, amount in sums.items()},
    }


def _amount(text: str, currency: str) -> Decimal:
    try:
        amount = Decimal(text)
        if amount == money.rounded(amount, currency):
            return amount
    except InvalidOperation:
        pass
    raise storage.InvalidValue("amount", f"write it with the decimals of {currency}, such as 396.00")


HANDLERS = [
    list_invoices,
    draft_invoices,
    get_invoice,
    discard_invoice,
    issue_invoice,
    pay_invoice,
]
