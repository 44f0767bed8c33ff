"""Where people are signed in, and letting back in who was locked out. What is done here is in the audit.

GET /me/logins, DELETE /me/logins/{id}
GET|DELETE /users/{id}/logins, DELETE /users/{id}/lockout
"""

import sqlite3
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import delete, get
from litestar.params import PathParameter

from api import paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.storage.reference import logins, sign_ins, users

LoginId = Annotated[str, PathParameter(description="A login's id.")]


class Login(views.View, frozen=True):
    """A sign-in that is still good; `current` is the one that asks."""

    id: str
    address: str
    program: str
    how: logins.How
    created_at: datetime
    expires_at: datetime
    current: bool


LOGIN = {
    "id": "l1f",
    "address": "203.0.113.7",
    "program": "Mozilla/5.0",
    "how": "password",
    "created_at": views.AT,
    "expires_at": views.AT,
    "current": True,
}


@get("/me/logins", responses=views.page(Login, LOGIN))
async def list_own_logins(
    node: wanted.Node, caller: wanted.Caller, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Where you are signed in, the newest first. A key has no logins."""
    return paging.of(await node.read(_logins, caller.id, caller), limit, cursor)


@delete("/me/logins/{login_id:str}")
async def end_own_login(node: wanted.Node, caller: wanted.Caller, login_id: LoginId) -> None:
    """Sign yourself out somewhere, at once."""
    await node.write(sign_ins.revoke, caller.id, login_id, caller.id)


@get("/users/{user_id:str}/logins", responses=views.page(Login, LOGIN))
async def list_logins(
    node: wanted.Node, caller: wanted.Caller, user_id: wanted.UserId, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Where a user is signed in, the newest first."""
    await node.read(users.get, user_id)
    return paging.of(await node.read(_logins, user_id, caller), limit, cursor)


@delete("/users/{user_id:str}/logins")
async def end_logins(node: wanted.Node, caller: wanted.Caller, user_id: wanted.UserId) -> None:
    """Sign a user out everywhere, at once."""
    await node.write(sign_ins.revoke_all, user_id, caller.id)


@delete("/users/{user_id:str}/lockout")
async def unlock(node: wanted.Node, caller: wanted.Caller, user_id: wanted.UserId) -> None:
    """Let a user who was locked out sign in again at once."""
    await node.write(sign_ins.unlock, user_id, caller.id)


def _logins(conn: sqlite3.Connection, user_id: str, caller: Caller) -> list[dict[str, Any]]:
    current = logins.id_of(conn, caller.secret)
    found = logins.of_user(conn, user_id, datetime.now(UTC))
    return [
        {
            "id": each.id,
            "address": each.address,
            "program": each.program,
            "how": each.how,
            "created_at": each.created_at,
            "expires_at": each.expires_at,
            "current": each.id == current,
        }
        for each in found
    ]


HANDLERS = [list_own_logins, end_own_login, list_logins, end_logins, unlock]
