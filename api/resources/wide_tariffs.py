"""GET|PUT|DELETE /groups/{id}/tariff and /networks/{id}/tariff: what drivers of a group pay, and everybody else."""

from typing import Annotated, Any

from litestar import delete, get, put
from litestar.params import PathParameter

from actors import tree
from api import views, wanted
from api.resources.tariff_assignments import (
    ASSIGNMENT,
    CHOICE,
    NEW,
    Assignment,
    At,
    Choice,
    NewAssignment,
    Target,
    assign,
    choice,
)
from csms.storage.reference import networks

GroupId = Annotated[str, PathParameter(description="A drivers' group: the group_id of their tokens.")]
NetworkId = Annotated[str, PathParameter(description="A network's id, such as `default`.")]


# -- Groups ------------------------------------------------------------------------------------------------------------


@get("/groups/{group_id:str}/tariff", responses=views.answer(Choice, CHOICE))
async def group_tariff(node: wanted.Node, group_id: GroupId, at: At = None) -> dict[str, Any]:
    """Which tariff drivers of a group have, wherever they charge."""
    return await choice(node, _group(group_id), at, group_id)


@put("/groups/{group_id:str}/tariff", responses=views.answer(Assignment, ASSIGNMENT))
async def assign_to_group(node: wanted.Node, group_id: GroupId, data: Annotated[NewAssignment, NEW]) -> dict[str, Any]:
    """Assign a tariff to drivers of a group, at once or in advance. It comes before that of every place."""
    return await assign(node, _group(group_id), data)


@delete("/groups/{group_id:str}/tariff")
async def unassign_group(node: wanted.Node, group_id: GroupId) -> None:
    """Drivers of a group have no tariff of their own any more."""
    await assign(node, _group(group_id), NewAssignment(None))


def _group(group_id: str) -> Target:
    """Cards may come later than their group's tariff, so any group will do."""
    return Target("driver_group", group_id, None)


# -- Networks ----------------------------------------------------------------------------------------------------------


@get("/networks/{network_id:str}/tariff", responses=views.answer(Choice, CHOICE))
async def network_tariff(node: wanted.Node, network_id: NetworkId, at: At = None) -> dict[str, Any]:
    """Which tariff applies wherever nothing nearer has one."""
    return await choice(node, await _network(node, network_id), at, None)


@put("/networks/{network_id:str}/tariff", responses=views.answer(Assignment, ASSIGNMENT))
async def assign_to_network(
    node: wanted.Node, network_id: NetworkId, data: Annotated[NewAssignment, NEW]
) -> dict[str, Any]:
    """Assign a tariff to a network, at once or in advance. It counts where nothing nearer has one."""
    return await assign(node, await _network(node, network_id), data)


@delete("/networks/{network_id:str}/tariff")
async def unassign_network(node: wanted.Node, network_id: NetworkId) -> None:
    """A network has no tariff any more."""
    await assign(node, await _network(node, network_id), NewAssignment(None))


async def _network(node: tree.Node, network_id: str) -> Target:
    known = await node.read(networks.get, network_id)
    return Target("network", known.id, None, network_id=known.id)


HANDLERS = [group_tariff, assign_to_group, unassign_group, network_tariff, assign_to_network, unassign_network]
