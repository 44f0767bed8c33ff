"""GET|POST /tariffs, GET|PATCH|DELETE /tariffs/{id}, its versions and its explanation: what charging costs.

A change is a new version. Sessions keep the one that held when they began.
"""

import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from api import etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.domain.tariff import Element, PriceLimit
from csms.domain.tariff.findings import Finding
from csms.domain.tariff.model import Seconds
from csms.storage import queries
from csms.storage.reference import tariffs
from csms.storage.reference.stations import Id, Text

TariffId = Annotated[str, PathParameter(description="A tariff's id.")]
VersionNumber = Annotated[int | None, QueryParameter(ge=1, description="A version's number; left out: the newest.")]
Moment = Annotated[datetime, Meta(tz=True)]
Elements = Annotated[
    tuple[Element, ...],
    Meta(min_length=1, max_length=100, description="As in OCPI: of each dimension the first that fits counts."),
]
Currency = Annotated[str, Meta(description="ISO 4217, such as INR.")]
TaxIncluded = Annotated[bool, Meta(description="Prices are with tax; else tax is added to them.")]
Grace = Annotated[Seconds, Meta(description="The first seconds of each idle period, which are free.")]
Preauthorize = Annotated[Decimal, Meta(description="What a payment holds before it charges, as text.")]
FromAt = Annotated[Moment, Meta(description="From when on this version holds; left out: from now on.")]


class NewTariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tariff; without an id it gets one. Prices are text such as "18.00": per kWh, per hour, or once."""

    name: Text
    currency: Currency
    elements: Elements
    id: Id | UnsetType = UNSET
    type: str | None = None
    tax_included: TaxIncluded = False
    idle_grace_s: Grace = 0
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    preauthorize: Preauthorize | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class TariffChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is. Sessions that have begun keep their prices."""

    from_at: FromAt | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    elements: Elements | UnsetType = UNSET
    type: str | UnsetType | None = UNSET
    tax_included: TaxIncluded | UnsetType = UNSET
    idle_grace_s: Grace | UnsetType = UNSET
    min_price: PriceLimit | UnsetType | None = UNSET
    max_price: PriceLimit | UnsetType | None = UNSET
    preauthorize: Preauthorize | UnsetType | None = UNSET
    valid_from: Moment | UnsetType | None = UNSET
    valid_to: Moment | UnsetType | None = UNSET


class Tariff(views.View, frozen=True):
    """A version of a tariff. `findings`: what it does that may not have been meant."""

    id: str
    version: int
    from_at: Annotated[datetime | None, Meta(description="From when on it holds; null: since the tariff exists.")]
    name: str
    type: str | None
    currency: Currency
    tax_included: bool
    elements: list[Element]
    idle_grace_s: int
    min_price: PriceLimit | None
    max_price: PriceLimit | None
    preauthorize: Decimal | None
    valid_from: datetime | None
    valid_to: datetime | None
    findings: list[Finding]
    revision: int


class Explanation(views.View, frozen=True):
    """A tariff in words."""

    id: str
    version: int
    sentences: list[str]
    findings: list[Finding]


NEW: dict[str, Any] = {
    "name": "18 a kWh, 3 an idle minute",
    "currency": "INR",
    "tax_included": True,
    "idle_grace_s": 600,
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "18.00", "vat": "18"},
                {"type": "PARKING_TIME", "price": "180.00", "vat": "18", "step_size": 60},
            ]
        }
    ],
}
TARIFF: dict[str, Any] = {
    "id": "tf1f",
    "version": 1,
    "from_at": None,
    "type": None,
    "min_price": None,
    "max_price": None,
    "preauthorize": None,
    "valid_from": None,
    "valid_to": None,
    "findings": [],
    "revision": 1,
    **NEW,
}
EXPLANATION = {
    "id": "tf1f",
    "version": 1,
    "sentences": ["1. Energy costs 18.00 INR per kWh, 18 % tax.", "Prices include tax."],
    "findings": [],
}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/tariffs", responses=views.page(Tariff, TARIFF))
async def list_tariffs(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All tariffs by name, each in its newest version."""
    return paging.of(await node.read(queries.tariffs.every), limit, cursor)


@post("/tariffs", responses=views.answer(Tariff, TARIFF, 201))
async def add_tariff(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewTariff, _body(NEW)]
) -> Response[dict[str, Any]]:
    """Add a tariff. It costs nobody anything before it is assigned."""
    fields = _plain(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return queries.tariffs.view(tariffs.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/tariffs/{tariff_id:str}", responses=views.answer(Tariff, TARIFF))
async def get_tariff(node: wanted.Node, tariff_id: TariffId) -> Response[dict[str, Any]]:
    """One tariff in its newest version, which may hold only from a later time on."""
    return _answer(await node.read(tariffs.get, tariff_id))


@patch("/tariffs/{tariff_id:str}", responses=views.answer(Tariff, TARIFF))
async def change_tariff(
    node: wanted.Node,
    tariff_id: TariffId,
    data: Annotated[TariffChanges, _body({"elements": NEW["elements"], "from_at": "2027-01-01T00:00:00Z"})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Make a new version, at once or from a later time on."""
    changes, expected, now = _plain(data), etags.expected(if_match), node.services.now()
    changes.pop("from_at", None)
    from_at = None if data.from_at is UNSET else data.from_at
    return _answer(await node.write(tariffs.change, tariff_id, changes, expected, now=now, from_at=from_at))


@delete("/tariffs/{tariff_id:str}")
async def remove_tariff(node: wanted.Node, tariff_id: TariffId, if_match: etags.IfMatch = None) -> None:
    """Remove a tariff that was never assigned."""
    await node.write(tariffs.remove, tariff_id, etags.expected(if_match))


@get("/tariffs/{tariff_id:str}/versions", responses=views.page(Tariff, TARIFF))
async def list_versions(
    node: wanted.Node, tariff_id: TariffId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """All versions of a tariff, the newest first; the cursor is a version's number."""
    found = await node.read(queries.tariffs.versions, tariff_id)
    page = paging.of([{"id": str(each["version"]), "shown": each} for each in found], limit, cursor)
    return {**page, "items": [each["shown"] for each in page["items"]]}


@get("/tariffs/{tariff_id:str}/explanation", responses=views.answer(Explanation, EXPLANATION))
async def explain_tariff(node: wanted.Node, tariff_id: TariffId, version: VersionNumber = None) -> dict[str, Any]:
    """A tariff in sentences, with gaps, overlaps and prices that never apply; the newest version, or another one."""
    if version is not None:
        return queries.tariffs.explained(await node.read(tariffs.version, tariff_id, version))
    return queries.tariffs.explained(await node.read(tariffs.get, tariff_id))


def _answer(made: tariffs.Versioned) -> Response[dict[str, Any]]:
    return Response(queries.tariffs.view(made), headers=etags.tag(made.version))


def _plain(data: NewTariff | TariffChanges) -> dict[str, Any]:
    """What came, as the storage checks it: decimals as they were written."""
    fields: dict[str, Any] = msgspec.to_builtins(data, builtin_types=(Decimal, datetime))
    return fields


HANDLERS = [
    list_tariffs,
    add_tariff,
    get_tariff,
    change_tariff,
    remove_tariff,
    list_versions,
    explain_tariff,
]
