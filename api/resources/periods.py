"""GET /periods, GET /periods/{period}, POST /periods/{period}/close, GET /periods/{period}/export: the books by months.

Also GET|PUT /sellers/{id}/chart: what the accountant calls our accounts.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery, PathParameter
from msgspec import Meta

from api import errors, paging, views, wanted
from api.paging import Cursor, Limit
from csms.domain import books
from csms.storage.books import exporting, periods
from csms.storage.reference import charts, sellers

Month = Annotated[str, PathParameter(description="Year and month, such as 2026-03.")]
SellerId = Annotated[str, PathParameter(description="A seller's id.")]


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose month."""

    seller_id: str = sellers.DEFAULT


class Total(views.View, frozen=True):
    """What an account comes to; debits are positive."""

    account: str
    amount: str
    currency: str


class Blocker(views.View, frozen=True):
    """What keeps a month from being closed."""

    kind: Literal["session", "payment"]
    id: str
    why: str


class ListedPeriod(views.View, frozen=True):
    """A month of a seller. `digest` is that of its lines and of the month closed before."""

    seller_id: str
    period: str
    status: Literal["open", "closed"]
    lines: int
    totals: list[Total]
    digest: str | None
    closed_at: datetime | None
    closed_by: str | None


class Period(ListedPeriod, frozen=True):
    """A month, with what is open of it."""

    open: list[Blocker]


class Account(views.View, frozen=True):
    """What the accountant calls an account of ours."""

    number: str
    name: str


class Office(views.View, frozen=True):
    """What a DATEV tax office knows the seller by."""

    consultant: int
    client: int
    account_length: int
    year_begins: int
    accounts: str


class Chart(views.View, frozen=True):
    """A seller's chart of accounts, with the defaults of what nobody set."""

    accounts: Annotated[dict[str, Account], Meta(description="By our accounts: receivables, tax:VAT:19, ...")]
    datev: Office
    company: Annotated[str, Meta(description="The name of the company in Tally; empty: the seller's.")]


LISTED: dict[str, Any] = {
    "seller_id": "mall",
    "period": "2026-03",
    "status": "closed",
    "lines": 4,
    "totals": [
        {"account": "receivables", "amount": "0.00", "currency": "INR"},
        {"account": "revenue", "amount": "-335.59", "currency": "INR"},
    ],
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "closed_at": "2026-04-03T08:00:00Z",
    "closed_by": "u1f",
}
PERIOD = LISTED | {"open": []}
CHART = {
    "accounts": {"revenue": {"number": "4200", "name": "Charging revenue"}},
    "datev": {"consultant": 29098, "client": 55003, "account_length": 4, "year_begins": 1, "accounts": "04"},
    "company": "City Mall Pvt Ltd",
}
MALL = {"seller_id": "mall"}
FILE = {
    200: ResponseSpec(
        data_container=str,
        media_type="text/csv",
        description="The file; its name is in Content-Disposition.",
        generate_examples=False,
    )
}


@get("/periods", responses=views.page(ListedPeriod, LISTED))
async def list_periods(
    node: wanted.Node, seller_id: FromQuery[str | None] = None, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Months with bookings, and the one that it is; the newest first."""
    found = await node.read(periods.every, node.services.now(), seller_id)
    named = [{"id": f"{each['period']} {each['seller_id']}", **each} for each in found]
    page = paging.of(named, limit, cursor)
    page["items"] = [{name: value for name, value in each.items() if name != "id"} for each in page["items"]]
    return page


@get("/periods/{period:str}", responses=views.answer(Period, PERIOD))
async def get_period(node: wanted.Node, period: Month, seller_id: FromQuery[str] = sellers.DEFAULT) -> dict[str, Any]:
    """A month, and what keeps it from being closed."""
    return await node.read(periods.view, seller_id, period)


@post("/periods/{period:str}/close", status_code=HTTPStatus.OK, responses=views.answer(Period, PERIOD))
async def close_period(
    node: wanted.Node,
    period: Month,
    data: Annotated[Closing | None, Body(examples=[Example(value={"seller_id": "mall"})])] = None,
) -> dict[str, Any]:
    """Close a month for good: refused while sessions or payments of it are open (`open` in the answer says which)."""
    seller_id = sellers.DEFAULT if data is None else data.seller_id
    try:
        counted = await node.read(periods.count, seller_id, period)
        await node.write(periods.close, seller_id, period, node.services.now(), counted)
    except periods.NotClosable as error:
        found = [each._asdict() for each in error.open]
        raise errors.Conflict(f"{error}.", code="period_not_closable", open=found) from error
    return await node.read(periods.view, seller_id, period)


@get("/periods/{period:str}/export", responses=FILE)
async def export_period(
    node: wanted.Node,
    period: Month,
    format: FromQuery[exporting.Format] = "csv",
    seller_id: FromQuery[str] = sellers.DEFAULT,
    currency: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The journal of a month: csv, datev (EXTF 700, Buchungsstapel 13) or tally (XML vouchers)."""
    file = await node.read(exporting.made, seller_id, period, format, node.services.now(), currency)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


@get("/sellers/{seller_id:str}/chart", responses=views.answer(Chart, CHART))
async def get_chart(node: wanted.Node, seller_id: SellerId) -> dict[str, Any]:
    """What the accountant calls a seller's accounts."""
    return await node.read(_chart, seller_id)


@put("/sellers/{seller_id:str}/chart", responses=views.answer(Chart, CHART))
async def put_chart(
    node: wanted.Node, seller_id: SellerId, data: Annotated[charts.Chart, Body(examples=[Example(value=CHART)])]
) -> dict[str, Any]:
    """Set it, all of it; what is left out has its default."""
    await node.write(charts.put, seller_id, msgspec.to_builtins(data))
    return await node.read(_chart, seller_id)


def _chart(conn: Any, seller_id: str) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(charts.get(conn, seller_id))
    accounts: dict[str, books.Account] = charts.every(conn, seller_id)
    return told | {"accounts": msgspec.to_builtins(accounts)}


HANDLERS = [list_periods, get_period, close_period, export_period, get_chart, put_chart]
