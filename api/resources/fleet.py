"""GET|POST /accounts, /accounts/{id} and what is below it: fleets, their members, what they were charged and owe."""

import sqlite3
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import PathParameter, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from actors import tree
from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from api.resources.identities import Days, Identity, IdentityChanges, NewIdentity
from csms.storage.billing import statements
from csms.storage.reference import accounts
from csms.storage.reference.accounts import CostCentre
from csms.storage.reference.drivers import Language
from csms.storage.reference.stations import Id

AccountId = Annotated[str, PathParameter(description="A fleet account's id.")]
MemberId = Annotated[str, PathParameter(description="The `id` of a member.")]
From = Annotated[date | None, QueryParameter(name="from", description="The first day; a year ago if not said.")]
To = Annotated[date | None, QueryParameter(description="The day after the last one.")]


class NewAccount(NewIdentity, frozen=True):
    """A fleet that pays by monthly invoice, or, `internal`, for whose sessions nobody pays."""

    id: Id | UnsetType = UNSET
    internal: bool = False
    payment_days: Days | None = None
    language: Language | None = None
    reverse_charge: bool = False


class AccountChanges(IdentityChanges, frozen=True):
    """What is left out stays as it is; documents that were issued keep theirs."""

    internal: bool | UnsetType = UNSET
    payment_days: Days | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    reverse_charge: bool | UnsetType = UNSET


class Account(Identity, frozen=True):
    """A fleet."""

    internal: bool
    payment_days: Annotated[int | None, Meta(description="Instead of the seller's.")]
    language: Annotated[str | None, Meta(description="What its bills are written in: a BCP 47 tag.")]
    reverse_charge: Annotated[
        bool, Meta(description="Sellers of other EU states bill it without VAT; needs its VAT number.")
    ]


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A driver, or a token by its `id`; sessions that end from now on are the account's."""

    driver_id: str | None = None
    token: str | None = None
    cost_centre: CostCentre | None = None


class Member(views.View, frozen=True):
    """Whose sessions an account pays, and who pays inside of it."""

    id: str
    account_id: str
    driver_id: str | None
    token: str | None
    cost_centre: str | None


class Charge(views.View, frozen=True):
    """A session of an account."""

    session_id: str
    ended_at: datetime
    energy_wh: views.Number
    cost_centre: str | None
    internal: bool
    total_excl: views.Money
    total_incl: views.Money
    invoice: Annotated[str | None, Meta(description="The invoice that it is on; null: it is open.")]


class Charges(views.View, frozen=True):
    """All of a time."""

    items: list[Charge]


class Entry(views.View, frozen=True):
    """What changed what an account owes; `balance` is what it owes then."""

    day: date
    kind: Literal["invoice", "credit_note", "payment"]
    number: Annotated[str, Meta(description="Of the document; of a payment the bank's reference.")]
    refers_to: Annotated[str | None, Meta(description="The invoice that was corrected or paid.")]
    amount: views.Money
    balance: views.Money


class Statement(views.View, frozen=True):
    """All of a time."""

    items: list[Entry]


NEW = {"name": "Blue Cabs", "city": "Pune", "country": "IN", "tax_id": "27AAPFU0939F1ZV"}
ACCOUNT = {
    "address": "",
    "postal_code": "",
    "state": "",
    "email": "",
    "phone": "",
    **NEW,
    "id": "blue",
    "internal": False,
    "payment_days": None,
    "language": "hi",
    "reverse_charge": False,
    "revision": 1,
}
NEW_MEMBER = {"driver_id": "u1f", "cost_centre": "north"}
MEMBER = {"id": "am1f", "account_id": "blue", "token": None, **NEW_MEMBER}
_INR = {"amount": "396.00", "currency": "INR"}
CHARGE = {
    "session_id": "s3f9c",
    "ended_at": views.AT,
    "energy_wh": 22000,
    "cost_centre": "north",
    "internal": False,
    "total_excl": {"amount": "335.59", "currency": "INR"},
    "total_incl": _INR,
    "invoice": "MALL-I-000007",
}
ENTRY = {
    "day": "2026-03-31",
    "kind": "invoice",
    "number": "MALL-I-000007",
    "refers_to": None,
    "amount": _INR,
    "balance": _INR,
}


@get("/accounts", responses=views.page(Account, ACCOUNT))
async def list_accounts(
    node: wanted.Node, caller: wanted.Caller, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Fleet accounts by name."""
    found = [] if caller.only_own(Permission.SEE_BILLS) else await node.read(accounts.every)
    return paging.of([_view(account) for account in found], limit, cursor)


@post("/accounts", responses=views.answer(Account, ACCOUNT, 201))
async def add_account(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewAccount, views.body(NEW)]
) -> Response[dict[str, Any]]:
    """Add a fleet account."""
    fields = msgspec.to_builtins(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return _view(accounts.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/accounts/{account_id:str}", responses=views.answer(Account, ACCOUNT))
async def get_account(node: wanted.Node, caller: wanted.Caller, account_id: AccountId) -> Response[dict[str, Any]]:
    """One account."""
    found = await visible(node, caller, account_id)
    return Response(_view(found), headers=etags.tag(found.revision))


@patch("/accounts/{account_id:str}", responses=views.answer(Account, ACCOUNT))
async def change_account(
    node: wanted.Node,
    account_id: AccountId,
    data: Annotated[AccountChanges, views.body({"payment_days": 30})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change an account, for what is issued from now on."""
    found = await node.write(accounts.change, account_id, msgspec.to_builtins(data), etags.expected(if_match))
    return Response(_view(found), headers=etags.tag(found.revision))


@delete("/accounts/{account_id:str}")
async def remove_account(node: wanted.Node, account_id: AccountId, if_match: etags.IfMatch = None) -> None:
    """Remove an account that was never charged."""
    await node.write(accounts.remove, account_id, etags.expected(if_match))


@get("/accounts/{account_id:str}/members", responses=views.page(Member, MEMBER))
async def list_members(
    node: wanted.Node, caller: wanted.Caller, account_id: AccountId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Whose sessions the account pays."""
    await visible(node, caller, account_id)
    found = await node.read(accounts.members, account_id)
    return paging.of([msgspec.structs.asdict(member) for member in found], limit, cursor)


@post("/accounts/{account_id:str}/members", responses=views.answer(Member, MEMBER, 201))
async def add_member(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    account_id: AccountId,
    data: Annotated[NewMember, views.body(NEW_MEMBER)],
) -> Response[dict[str, Any]]:
    """Add a driver or a token."""
    fields = msgspec.to_builtins(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return msgspec.structs.asdict(accounts.add_member(conn, account_id, fields))

    return await idempotency.create(node, request, create)


@delete("/accounts/{account_id:str}/members/{member_id:str}")
async def remove_member(node: wanted.Node, account_id: AccountId, member_id: MemberId) -> None:
    """Remove a driver or a token."""
    await node.write(accounts.remove_member, account_id, member_id)


@get("/accounts/{account_id:str}/charges", responses=views.answer(Charges, {"items": [CHARGE]}))
async def list_charges(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    account_id: AccountId,
    from_: From = None,
    to: To = None,
) -> Response[Any]:
    """The account's sessions by the day they ended, as JSON, or as CSV where Accept asks for text/csv."""
    await visible(node, caller, account_id)
    span = statements.days(from_, to, node.services.now().date())
    return _table(request, await node.read(statements.charged, account_id, *span), tuple(CHARGE))


@get("/accounts/{account_id:str}/statement", responses=views.answer(Statement, {"items": [ENTRY]}))
async def statement(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    caller: wanted.Caller,
    account_id: AccountId,
    from_: From = None,
    to: To = None,
) -> Response[Any]:
    """What the account was invoiced, credited and paid, with the balance after each, as JSON or CSV."""
    await visible(node, caller, account_id)
    span = statements.days(from_, to, node.services.now().date())
    return _table(request, await node.read(statements.statement, account_id, *span), tuple(ENTRY))


async def visible(node: tree.Node, caller: Caller, account_id: str) -> accounts.Account:
    """The account, which drivers do not see. Raises NotFound."""
    if caller.only_own(Permission.SEE_BILLS):
        raise errors.NotFound(f"There is no account {account_id}.")
    return await node.read(accounts.get, account_id)


def _table(request: Request[Any, Any, Any], found: list[dict[str, Any]], columns: tuple[str, ...]) -> Response[Any]:
    if request.accept.best_match(["application/json", "text/csv"], default="application/json") == "text/csv":
        return Response(statements.as_csv(found, columns), media_type="text/csv", headers={"Vary": "Accept"})
    return Response({"items": found}, headers={"Vary": "Accept"})


def _view(found: accounts.Account) -> dict[str, Any]:
    return msgspec.structs.asdict(found)


HANDLERS = [
    list_accounts,
    add_account,
    get_account,
    change_account,
    remove_account,
    list_members,
    add_member,
    remove_member,
    list_charges,
    statement,
]
