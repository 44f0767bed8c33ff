"""GET|PUT|DELETE /groups/{id}/tariff: what drivers of a group pay, wherever they charge."""

from typing import Annotated, Any

from litestar import delete, get, put
from litestar.params import PathParameter

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

GroupId = Annotated[str, PathParameter(description="A drivers' group: the group_id of their tokens.")]


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


HANDLERS = [group_tariff, assign_to_group, unassign_group]
