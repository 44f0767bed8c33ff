"""GET|POST /sellers, GET|PATCH /sellers/{id}, GET|PUT|DELETE /buyers/{driver id}: who is named on bills."""

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import PathParameter
from msgspec import UNSET, Meta, UnsetType

from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from api.resources.identities import Days, Identity, IdentityChanges, NewIdentity
from csms.domain.billing.parties import Series
from csms.storage.reference import buyers, sellers
from csms.storage.reference.stations import Id

SellerId = Annotated[str, PathParameter(description="A seller's id.")]
DriverId = Annotated[str, PathParameter(description="A driver's id.")]
Prefix = Annotated[Series, Meta(description="Numbers are MALL-R-000001 (receipts), MALL-I-… (invoices), MALL-C-….")]


class NewSeller(NewIdentity, frozen=True):
    """A registration for tax, and the stations where it sells."""

    series: Prefix
    id: Id | UnsetType = UNSET
    time_zone: str = "UTC"
    payment_days: Days = 14
    service_code: str = ""
    note: str = ""
    station_ids: list[str] = msgspec.field(default_factory=list)


class SellerChanges(IdentityChanges, frozen=True):
    """What is left out stays as it is; documents that were issued keep theirs."""

    series: Prefix | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    payment_days: Days | UnsetType = UNSET
    service_code: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    station_ids: list[str] | UnsetType = UNSET


class Seller(Identity, frozen=True):
    """Who sells; "default" sells wherever no other does."""

    series: str
    time_zone: str
    payment_days: Annotated[int, Meta(description="How long an invoice may stay unpaid.")]
    service_code: Annotated[str, Meta(description="What the tax office calls what is sold (India: SAC).")]
    note: Annotated[str, Meta(description="What all documents end with.")]
    station_ids: list[str]


class Buyer(Identity, frozen=True):
    """Whom a driver's receipts name; the id is the driver's."""


class NewBuyer(NewIdentity, frozen=True):
    """The name and address that a driver wants on receipts."""


NEW = {
    "name": "City Mall Charging Pvt Ltd",
    "series": "MALL",
    "address": "1 Mall Road",
    "postal_code": "411001",
    "city": "Pune",
    "country": "IN",
    "tax_id": "27AAPFU0939F1ZV",
    "time_zone": "Asia/Kolkata",
}
SELLER = {
    **NEW,
    "id": "mall",
    "state": "",
    "email": "",
    "phone": "",
    "payment_days": 14,
    "service_code": "",
    "note": "",
    "station_ids": [],
    "revision": 1,
}
NEW_BUYER = {"name": "Asha Rao", "address": "12 MG Road", "city": "Pune", "country": "IN"}
BUYER = {
    "postal_code": "",
    "state": "",
    "tax_id": "",
    "email": "",
    "phone": "",
    "id": "u1f",
    "revision": 1,
    **NEW_BUYER,
}


@get("/sellers", responses=views.page(Seller, SELLER))
async def list_sellers(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All sellers."""
    return paging.of([_view(seller) for seller in await node.read(sellers.every)], limit, cursor)


@post("/sellers", responses=views.answer(Seller, SELLER, 201))
async def add_seller(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewSeller, views.body(NEW)]
) -> Response[dict[str, Any]]:
    """Add a seller for some stations."""
    fields = msgspec.to_builtins(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return _view(sellers.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/sellers/{seller_id:str}", responses=views.answer(Seller, SELLER))
async def get_seller(node: wanted.Node, seller_id: SellerId) -> Response[dict[str, Any]]:
    """One seller."""
    found = await node.read(sellers.get, seller_id)
    return Response(_view(found), headers=etags.tag(found.revision))


@patch("/sellers/{seller_id:str}", responses=views.answer(Seller, SELLER))
async def change_seller(
    node: wanted.Node,
    seller_id: SellerId,
    data: Annotated[SellerChanges, views.body({"note": "Thank you for charging with us."})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a seller, for the documents from now on."""
    found = await node.write(sellers.change, seller_id, msgspec.to_builtins(data), etags.expected(if_match))
    return Response(_view(found), headers=etags.tag(found.revision))


@get("/buyers/{driver_id:str}", responses=views.answer(Buyer, BUYER))
async def get_buyer(node: wanted.Node, caller: wanted.Caller, driver_id: DriverId) -> dict[str, Any]:
    """Whom a driver's receipts name."""
    found = await node.read(buyers.find, _own(caller, driver_id, Permission.SEE_BILLS))
    if found is None:
        raise errors.NotFound(f"Driver {driver_id} has given no name for receipts: PUT one here.")
    return _view(found)


@put("/buyers/{driver_id:str}", responses=views.answer(Buyer, BUYER))
async def put_buyer(
    node: wanted.Node, caller: wanted.Caller, driver_id: DriverId, data: Annotated[NewBuyer, views.body(NEW_BUYER)]
) -> dict[str, Any]:
    """Say whom a driver's receipts name from now on."""
    fields = msgspec.to_builtins(data)
    return _view(await node.write(buyers.put, _own(caller, driver_id, Permission.ISSUE_TOKENS), fields))


@delete("/buyers/{driver_id:str}")
async def erase_buyer(node: wanted.Node, caller: wanted.Caller, driver_id: DriverId) -> None:
    """Forget it, also on documents that were issued: these are kept without the name."""
    await node.write(buyers.erase, _own(caller, driver_id, Permission.ISSUE_TOKENS))


def _own(caller: Caller, driver_id: str, permission: Permission) -> str:
    own = caller.only_own(permission)
    if own is not None and own != driver_id:
        raise errors.NotFound(f"Driver {driver_id} has given no name for receipts.")
    return driver_id


def _view(found: sellers.Seller | buyers.Buyer) -> dict[str, Any]:
    return msgspec.structs.asdict(found)


HANDLERS = [list_sellers, add_seller, get_seller, change_seller, get_buyer, put_buyer, erase_buyer]
