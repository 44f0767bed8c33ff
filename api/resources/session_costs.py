"""GET /sessions/{id}/cost, POST /sessions/{id}/continue: what a session costs, and that two can be one on the bill."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, get, post
from msgspec import Meta

from actors import tree
from api import errors, idempotency, views, wanted
from api.caller import Caller
from api.resources import sessions
from api.resources.tariff_trials import LINE, Line, Tax
from csms.storage import queries, stays

_OVER = ("finishing", "completed")


class Cost(views.View, frozen=True):
    """What a session costs, tax included and not; without a tariff it is free, and there is no currency."""

    session_id: str
    tariff_id: str | None
    tariff_version: int | None
    covers: Annotated[list[str], Meta(description="The sessions it is about; several where one continues another.")]
    revision: Annotated[int | None, Meta(description="Of the bill on record; null: what it would cost now.")]
    currency: str | None
    total_excl: str | None
    total_incl: str | None
    lines: list[Line]
    taxes: list[Tax]
    idle_since: datetime | None
    idle_s: int


COST = {
    "session_id": "s3f9c",
    "tariff_id": "tf1f",
    "tariff_version": 1,
    "covers": ["s3f9c"],
    "revision": 1,
    "currency": "INR",
    "total_excl": "335.59",
    "total_incl": "396.00",
    "lines": [LINE],
    "taxes": [{"vat": "18", "excl": "335.59", "amount": "60.41"}],
    "idle_since": None,
    "idle_s": 0,
}


@get("/sessions/{session_id:str}/cost", responses=views.answer(Cost, COST))
async def cost(node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId) -> dict[str, Any]:
    """What the session costs, line by line: the bill once its stay is over, before that what it comes to so far."""
    await sessions.view(node, caller, session_id)
    found = await node.read(queries.costs.of_session, session_id, datetime.now(UTC))
    if found is None:
        raise errors.NotFound(f"There is no session {session_id}. GET /api/v1/sessions lists them.")
    return found


@post(
    "/sessions/{session_id:str}/continue",
    status_code=HTTPStatus.ACCEPTED,
    responses=views.answer(views.RemoteStart, views.REMOTE_START, 202),
)
async def go_on(
    request: Request[Caller, Any, Any], node: wanted.Node, caller: wanted.Caller, session_id: wanted.SessionId
) -> Response[dict[str, Any]]:
    """Go on with a session that a reset ended: another one with the same token, at the same place, on one bill."""

    async def act() -> dict[str, Any]:
        begun = await sessions.order(node, caller, await _again(node, caller, session_id), continues=session_id)
        return {"id": begun.session_id, "status": "pending", "command_id": begun.command_id}

    return await idempotency.run(node, request, act, status=HTTPStatus.ACCEPTED)


async def _again(node: tree.Node, caller: Caller, session_id: str) -> sessions.Order:
    """The order that begins the session anew. Raises NotFound, Conflict."""
    found = await sessions.view(node, caller, session_id)
    if found["status"] not in _OVER:
        raise errors.Conflict(
            f"The session is {found['status']}: only one whose transaction has ended can be continued.",
            code="session_not_over",
        )
    if found["id_token"] is None:
        raise errors.Conflict("Nobody knows any more whose session it was: start a new one.", code="token_unknown")
    following = await node.read(stays.continuation, session_id)
    if following is not None:
        raise errors.Conflict(
            f"The session is continued already by session {following}: continue that one.", code="session_continued"
        )
    place = {name: found[name] for name in ("charger_id", "connector_id", "evse_id", "id_token")}
    return sessions.Order(**place)


HANDLERS = [cost, go_on]
