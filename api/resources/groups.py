"""GET|POST /groups, GET|PATCH|DELETE /groups/{id}: drivers and tokens that belong together."""

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter
from msgspec import UNSET, UnsetType

from api import etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.storage.reference import groups

GroupId = Annotated[str, PathParameter(description="A group's id, as tokens and drivers have it in `group_id`.")]


class NewGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group; without an id it gets one."""

    name: groups.Name
    id: groups.Id | UnsetType = UNSET


class GroupChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: groups.Name | UnsetType = UNSET


class Group(views.View, frozen=True):
    """A group: its members may end each other's sessions, and a tariff may be for it (PUT /groups/{id}/tariff)."""

    id: str
    name: str
    revision: int


NEW = {"id": "STAFF", "name": "Staff of the mall"}
GROUP = {**NEW, "revision": 1}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/groups", responses=views.page(Group, GROUP))
async def list_groups(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All groups by id."""
    return paging.of([_view(each) for each in await node.read(groups.every)], limit, cursor)


@post("/groups", responses=views.answer(Group, GROUP, 201))
async def add_group(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewGroup, _body(NEW)]
) -> Response[dict[str, Any]]:
    """Add a group; then put drivers or tokens into it (PATCH their group_id)."""
    fields = msgspec.to_builtins(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return _view(groups.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/groups/{group_id:str}", responses=views.answer(Group, GROUP))
async def get_group(node: wanted.Node, group_id: GroupId) -> Response[dict[str, Any]]:
    """One group."""
    group = await node.read(groups.get, group_id)
    return Response(_view(group), headers=etags.tag(group.revision))


@patch("/groups/{group_id:str}", responses=views.answer(Group, GROUP))
async def change_group(
    node: wanted.Node,
    group_id: GroupId,
    data: Annotated[GroupChanges, _body({"name": "Staff and tenants"})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a group's name."""
    group = await node.write(groups.change, group_id, paging.given(data), etags.expected(if_match))
    return Response(_view(group), headers=etags.tag(group.revision))


@delete("/groups/{group_id:str}")
async def remove_group(node: wanted.Node, group_id: GroupId, if_match: etags.IfMatch = None) -> None:
    """Remove a group that nobody is in."""
    await node.write(groups.remove, group_id, etags.expected(if_match))


def _view(group: groups.Group) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(group)
    return fields


HANDLERS = [list_groups, add_group, get_group, change_group, remove_group]
