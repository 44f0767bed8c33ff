"""GET /actors: the supervision tree as it is now, with restarts, mailbox depth and the last reason of each child."""

from typing import Any

from litestar import get

from api import views, wanted


@get(
    "/actors",
    responses=views.answer(views.Actor, views.ACTOR | {"id": "root", "type": "supervisor", "children": [views.ACTOR]}),
)
async def snapshot(node: wanted.Node) -> dict[str, Any]:
    """The supervision tree: children, their state, restarts, mailbox depth and why they last ended."""
    return node.actors()


HANDLERS = [snapshot]
