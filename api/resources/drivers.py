"""GET|POST /drivers, GET|PATCH|DELETE /drivers/{id}, GET|PATCH /me/driver: who charges. Drivers see only themselves."""

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from actors import tree
from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from api.resources.accounts import Password
from csms.storage import queries
from csms.storage.reference import drivers, erasure, groups, users

DriverId = Annotated[str, PathParameter(description="A driver's id, which is the user's.")]
Name = Annotated[str, Meta(max_length=255)]


class NewDriver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A driver, and the user that signs in; without a password it cannot, until it has one."""

    email: users.Email
    name: Name = ""
    password: Password | None = None
    group_id: groups.Id | None = None
    language: drivers.Language | None = None
    phone: drivers.Phone | None = None
    vehicles: drivers.Vehicles = ()
    preferences: drivers.Preferences = msgspec.field(default_factory=dict)


class OwnChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What drivers may change of themselves; what is left out stays as it is."""

    name: Name | UnsetType = UNSET
    language: drivers.Language | UnsetType | None = UNSET
    phone: drivers.Phone | UnsetType | None = UNSET
    vehicles: drivers.Vehicles | UnsetType = UNSET
    preferences: drivers.Preferences | UnsetType = UNSET


class DriverChanges(OwnChanges, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    email: users.Email | UnsetType = UNSET
    group_id: groups.Id | UnsetType | None = UNSET
    disabled: bool | UnsetType = UNSET


class Driver(views.View, frozen=True):
    """A driver. The group counts for those of their tokens that have none."""

    id: str
    email: str
    name: str
    group_id: str | None
    language: str | None
    phone: str | None
    vehicles: tuple[drivers.Vehicle, ...]
    preferences: dict[str, str | bool]
    disabled: bool
    revision: int


NEW: dict[str, Any] = {
    "email": "asha@example.com",
    "name": "Asha Rao",
    "language": "hi",
    "phone": "+91 98200 00000",
    "vehicles": [{"make": "Tata", "model": "Nexon EV", "plate": "MH 01 AB 1234"}],
}
DRIVER: dict[str, Any] = {"id": "u1f", "group_id": None, "preferences": {}, "disabled": False, "revision": 2, **NEW}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/drivers", responses=views.page(Driver, DRIVER))
async def list_drivers(
    node: wanted.Node,
    caller: wanted.Caller,
    email: Annotated[str | None, QueryParameter(description="Only this address, in whatever case.")] = None,
    group_id: Annotated[str | None, QueryParameter(description="Only the members of this group.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Drivers, the newest first."""
    own, some = caller.only_own(Permission.SEE_TOKENS), {"email": email, "group_id": group_id}
    return await node.read(queries.drivers.list, id=own, **some, limit=limit, cursor=cursor)


@post("/drivers", responses=views.answer(Driver, DRIVER, 201))
async def add_driver(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    sign_in: wanted.SignIn,
    data: Annotated[NewDriver, _body(NEW)],
) -> Response[dict[str, Any]]:
    """Add a driver; then give them tokens (POST /tokens {id_token, driver_id})."""
    fields = msgspec.to_builtins(data)
    password = fields.pop("password")
    stored = await sign_in.hash(password) if password is not None else None

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return queries.drivers.view(drivers.add(conn, fields, stored))

    return await idempotency.create(node, request, create)


@get("/drivers/{driver_id:str}", responses=views.answer(Driver, DRIVER))
async def get_driver(node: wanted.Node, caller: wanted.Caller, driver_id: DriverId) -> Response[dict[str, Any]]:
    """One driver."""
    return await _shown(node, _visible(caller, driver_id, Permission.SEE_TOKENS))


@patch("/drivers/{driver_id:str}", responses=views.answer(Driver, DRIVER))
async def change_driver(
    node: wanted.Node,
    caller: wanted.Caller,
    driver_id: DriverId,
    data: Annotated[DriverChanges, _body({"group_id": None, "language": "en"})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a driver; `disabled` ends their logins, their tokens go on."""
    own = caller.only_own(Permission.ISSUE_TOKENS)
    visible = _visible(caller, driver_id, Permission.ISSUE_TOKENS)
    changes = paging.given(data)
    if own is not None and not drivers.OWN.issuperset(changes):
        raise errors.Forbidden(f"You may change {', '.join(sorted(drivers.OWN))}; ask support for anything else.")
    return await _changed(node, visible, changes, if_match)


@delete("/drivers/{driver_id:str}")
async def remove_driver(
    node: wanted.Node,
    caller: wanted.Caller,
    driver_id: DriverId,
    erase: Annotated[bool, QueryParameter(description="Forget who it was, for ever.")] = False,
    if_match: etags.IfMatch = None,
) -> None:
    """Close a driver's account: nobody signs in, and their tokens are blocked. What was charged and billed stays.

    With `erase` the person is forgotten: name, address, vehicles, tokens and the buyer on their bills.
    """
    visible = _visible(caller, driver_id, Permission.ISSUE_TOKENS)
    await node.write(erasure.erase if erase else drivers.close, visible, etags.expected(if_match))


@get("/me/driver", responses=views.answer(Driver, DRIVER))
async def own_driver(node: wanted.Node, caller: wanted.Caller) -> Response[dict[str, Any]]:
    """The driver that you are."""
    return await _shown(node, caller.id)


@patch("/me/driver", responses=views.answer(Driver, DRIVER))
async def change_own_driver(
    node: wanted.Node,
    caller: wanted.Caller,
    data: Annotated[OwnChanges, _body({"language": "en"})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change what is yours to change."""
    return await _changed(node, caller.id, paging.given(data), if_match)


def _visible(caller: Caller, driver_id: str, permission: Permission) -> str:
    own = caller.only_own(permission)
    if own is not None and own != driver_id:
        raise errors.NotFound(f"There is no driver {driver_id}. GET /api/v1/drivers lists them.")
    return driver_id


async def _shown(node: tree.Node, driver_id: str) -> Response[dict[str, Any]]:
    driver = await node.read(drivers.get, driver_id)
    return Response(queries.drivers.view(driver), headers=etags.tag(driver.revision))


async def _changed(
    node: tree.Node, driver_id: str, changes: dict[str, Any], if_match: str | None
) -> Response[dict[str, Any]]:
    driver = await node.write(drivers.change, driver_id, msgspec.to_builtins(changes), etags.expected(if_match))
    return Response(queries.drivers.view(driver), headers=etags.tag(driver.revision))


HANDLERS = [
    *(list_drivers, add_driver, get_driver, change_driver, remove_driver),
    *(own_driver, change_own_driver),
]
