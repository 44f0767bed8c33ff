"""GET|POST /tokens, GET|PATCH /tokens/{id}: what drivers present. Drivers see and make only their own."""

import sqlite3
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from actors import tree
from api import errors, etags, idempotency, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from api.permissions import Permission
from csms.domain.limits import Limits
from csms.storage import errors as storage
from csms.storage import queries
from csms.storage.reference import drivers, tokens
from csms.storage.reference.tokens import Value

Moment = Annotated[datetime, Meta(tz=True)]
Type = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=20,
        description="ISO14443, ISO15693, eMAID, Central, Local, KeyCode, MacAddress, ...",
    ),
]


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token that may charge."""

    id_token: Value
    type: Type = "ISO14443"
    driver_id: str | None = None
    group_id: Value | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    blocked: bool = False
    limits: Limits | None = None


class TokenChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    type: Type | UnsetType = UNSET
    driver_id: str | UnsetType | None = UNSET
    group_id: Value | UnsetType | None = UNSET
    valid_from: Moment | UnsetType | None = UNSET
    valid_to: Moment | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET
    limits: Limits | UnsetType | None = UNSET


class Token(views.View, frozen=True):
    """A token; `id` is how the log and these paths know it, id_token what the driver presents."""

    id: str
    id_token: str | None
    type: str
    driver_id: str | None
    group_id: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    blocked: bool
    limits: Limits | None
    revision: int


MOST_OWN = 20
"""Tokens that a driver registers without asking anybody."""
NEW = {"id_token": "04A1B2C3", "type": "ISO14443", "valid_to": "2027-01-01T00:00:00Z"}
TOKEN = {
    "id": "t1f",
    "driver_id": None,
    "group_id": None,
    "valid_from": None,
    "blocked": False,
    "limits": None,
    "revision": 1,
    **NEW,
}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@get("/tokens", responses=views.page(Token, TOKEN))
async def list_tokens(
    node: wanted.Node,
    caller: wanted.Caller,
    id_token: Annotated[str | None, QueryParameter(description="Only this value, in whatever case.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """All registered tokens, newest first."""
    own = caller.only_own(Permission.SEE_TOKENS)
    return await node.read(queries.tokens.list, id_token=id_token, driver_id=own, limit=limit, cursor=cursor)


@post("/tokens", responses=views.answer(Token, TOKEN, 201))
async def add_token(
    request: Request[Caller, Any, Any], node: wanted.Node, caller: wanted.Caller, data: Annotated[NewToken, _body(NEW)]
) -> Response[dict[str, Any]]:
    """Register a token. A driver's is their own: which group it belongs to, and what it may do, the staff decides."""
    own = caller.only_own(Permission.ISSUE_TOKENS)
    fields = msgspec.structs.asdict(data) | ({"driver_id": own} if own is not None else {})
    if own is not None and not (data.group_id is None and data.limits is None):
        raise errors.Forbidden("The staff decides about group_id and limits: leave them out, or ask support.")

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        if own is not None and len(drivers.token_refs(conn, own)) >= MOST_OWN:
            raise storage.InvalidValue("driver_id", f"has {MOST_OWN} tokens already: ask support for more")
        return queries.tokens.view(tokens.add(conn, fields))

    return await idempotency.create(node, request, create)


@get("/tokens/{token_id:str}", responses=views.answer(Token, TOKEN))
async def get_token(node: wanted.Node, caller: wanted.Caller, token_id: wanted.TokenId) -> Response[dict[str, Any]]:
    """One token."""
    token = await _visible(node, caller, token_id, Permission.SEE_TOKENS)
    return Response(queries.tokens.view(token), headers=etags.tag(token.revision))


@patch("/tokens/{token_id:str}", responses=views.answer(Token, TOKEN))
async def change_token(
    node: wanted.Node,
    caller: wanted.Caller,
    token_id: wanted.TokenId,
    data: Annotated[TokenChanges, _body({"blocked": True})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a token, for example block it. Its value stays; register another one instead."""
    token = await _visible(node, caller, token_id, Permission.ISSUE_TOKENS)
    changes = paging.given(data)
    if caller.only_own(Permission.ISSUE_TOKENS) is not None and changes != {"blocked": True}:
        raise errors.Forbidden('You may block your own token ({"blocked": true}); ask support for anything else.')
    token = await node.write(tokens.change, token.ref, changes, etags.expected(if_match))
    return Response(queries.tokens.view(token), headers=etags.tag(token.revision))


async def _visible(node: tree.Node, caller: Caller, token_id: str, permission: Permission) -> tokens.Token:
    token = await node.read(tokens.get, token_id)
    own = caller.only_own(permission)
    if not token.registered or (own is not None and token.driver_id != own):
        raise errors.NotFound(f"There is no token {token_id}. GET /api/v1/tokens lists them.")
    return token


HANDLERS = [list_tokens, add_token, get_token, change_token]
