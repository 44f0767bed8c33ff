"""GET|POST /networks, GET|PATCH|DELETE /networks/{id}: stations that belong together."""

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
from csms.storage.reference import networks
from csms.storage.reference.stations import Text

NetworkId = Annotated[str, PathParameter(description="A network's id, such as `default`.")]


class NewNetwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network; without an id it gets one."""

    name: Text
    id: networks.Id | UnsetType = UNSET


class NetworkChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Text | UnsetType = UNSET


class Network(views.View, frozen=True):
    """A network. The one named `default` is where stations are that are put nowhere else."""

    id: str
    name: str
    revision: int


NEW = {"id": "north", "name": "Northern region"}
NETWORK = {**NEW, "revision": 1}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/networks", responses=views.page(Network, NETWORK))
async def list_networks(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All networks by id."""
    return paging.of([view(each) for each in await node.read(networks.every)], limit, cursor)


@post("/networks", responses=views.answer(Network, NETWORK, 201))
async def add_network(
    request: Request[Caller, Any, Any], node: wanted.Node, data: Annotated[NewNetwork, _body(NEW)]
) -> Response[dict[str, Any]]:
    """Add a network; then put stations into it (PATCH /stations/{id} {network_id})."""
    fields = msgspec.to_builtins(data)

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return view(networks.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/networks/{network_id:str}", responses=views.answer(Network, NETWORK))
async def get_network(node: wanted.Node, network_id: NetworkId) -> Response[dict[str, Any]]:
    """One network."""
    network = await node.read(networks.get, network_id)
    return Response(view(network), headers=etags.tag(network.revision))


@patch("/networks/{network_id:str}", responses=views.answer(Network, NETWORK))
async def change_network(
    node: wanted.Node,
    network_id: NetworkId,
    data: Annotated[NetworkChanges, _body({"name": "North and east"})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a network."""
    network = await node.write(networks.change, network_id, paging.given(data), etags.expected(if_match))
    return Response(view(network), headers=etags.tag(network.revision))


@delete("/networks/{network_id:str}")
async def remove_network(node: wanted.Node, network_id: NetworkId, if_match: etags.IfMatch = None) -> None:
    """Remove a network that has no stations any more."""
    await node.write(networks.remove, network_id, etags.expected(if_match))


def view(network: networks.Network) -> dict[str, Any]:
    """What the API shows of a network."""
    fields: dict[str, Any] = msgspec.to_builtins(network)
    return fields


HANDLERS = [list_networks, add_network, get_network, change_network, remove_network]
