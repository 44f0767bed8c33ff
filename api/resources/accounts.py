"""Signing in, users and API keys.

POST /login, POST /logout, GET /me
GET|POST /users, GET|PATCH /users/{id}
GET|POST /api-keys, DELETE /api-keys/{id}
"""

import sqlite3
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import UNSET, Meta, UnsetType

from api import etags, idempotency, origin, paging, views, wanted
from api.caller import Caller
from api.paging import Cursor, Limit
from csms.storage import operations
from csms.storage.reference import api_keys, users
from csms.storage.reference.scopes import Scope

Password = Annotated[
    str,
    Meta(
        min_length=operations.SHORTEST_PASSWORD,
        max_length=operations.LONGEST_PASSWORD,
        description="At least 10 characters.",
    ),
]


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people sign in with."""

    email: str
    password: Annotated[str, Meta(max_length=1000)]


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person; without a password an administrator sets one later."""

    email: users.Email
    role: users.Role
    name: str = ""
    password: Password | None = None
    scope: Scope | None = None


class UserChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    email: users.Email | UnsetType = UNSET
    role: users.Role | UnsetType = UNSET
    name: str | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    scope: Scope | UnsetType | None = UNSET


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program's key."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    role: users.Role
    scope: Scope | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class User(views.View, frozen=True):
    """A person."""

    id: str
    email: str
    name: str
    role: users.Role
    disabled: bool
    scope: views.Scope | None
    revision: int


class Key(views.View, frozen=True):
    """A program's key, without its text."""

    id: str
    name: str
    role: users.Role
    scope: views.Scope | None
    expires_at: datetime | None


class CreatedKey(Key, frozen=True):
    """A new key; `key` is shown this once."""

    key: str | None


USER = {
    "id": "u1f",
    "email": "asha@example.com",
    "name": "Asha",
    "role": "operations",
    "disabled": False,
    "scope": None,
    "revision": 1,
}
KEY = {"id": "k1f", "name": "Reporting", "role": "finance", "scope": None, "expires_at": None}


def _body(example: dict[str, Any]) -> Any:
    return Body(examples=[Example(value=example)])


@post("/login", status_code=HTTPStatus.OK, responses=views.answer(views.Login, views.LOGIN))
async def login(
    request: Request[Caller, Any, Any],
    sign_in: wanted.SignIn,
    authenticator: wanted.Authenticator,
    data: Annotated[Credentials, _body({"email": "asha@example.com", "password": "correct horse battery"})],
) -> dict[str, Any]:
    """Sign in; send the token as `Authorization: Bearer`."""
    source = origin.of_sign_in(request, authenticator.trusted)
    caller, end = await sign_in.login(data.email, data.password, source)
    return {"token": caller.secret, "expires_at": end, "user": caller.view()}


@post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def logout(caller: wanted.Caller, sign_in: wanted.SignIn) -> None:
    """End this login. An API key stays valid: delete it instead."""
    await sign_in.logout(caller)


@get("/me", responses=views.answer(views.Me, views.ME))
async def me(caller: wanted.Caller) -> dict[str, Any]:
    """Who you are and what you may see."""
    return caller.view()


@get("/users", responses=views.page(User, USER))
async def list_users(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All users by address."""
    found = await node.read(users.every)
    return paging.of([_user(user) for user in found], limit, cursor)


@post("/users", responses=views.answer(User, USER, 201))
async def add_user(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    sign_in: wanted.SignIn,
    data: Annotated[NewUser, _body({"email": "asha@example.com", "role": "operations", "name": "Asha"})],
) -> Response[dict[str, Any]]:
    """Add a user."""
    stored = await sign_in.hash(data.password) if data.password is not None else None
    fields = {"email": data.email, "role": data.role, "name": data.name, "scope": data.scope}

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        return _user(users.add(conn, fields, stored))

    return await idempotency.create(node, request, create)


@get("/users/{user_id:str}", responses=views.answer(User, USER))
async def get_user(node: wanted.Node, user_id: wanted.UserId) -> Response[dict[str, Any]]:
    """One user."""
    user = await node.read(users.get, user_id)
    return Response(_user(user), headers=etags.tag(user.revision))


@patch("/users/{user_id:str}", responses=views.answer(User, USER))
async def change_user(
    node: wanted.Node,
    sign_in: wanted.SignIn,
    user_id: wanted.UserId,
    data: Annotated[UserChanges, _body({"disabled": True})],
    if_match: etags.IfMatch = None,
) -> Response[dict[str, Any]]:
    """Change a user. A new password, or disabling, ends all their logins."""
    changes = paging.given(data)
    password = changes.pop("password", None)
    stored = await sign_in.hash(password) if password is not None else None
    user = await node.write(users.change, user_id, changes, etags.expected(if_match), stored)
    return Response(_user(user), headers=etags.tag(user.revision))


@get("/api-keys", responses=views.page(Key, KEY))
async def list_keys(node: wanted.Node, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """All keys by name, expired ones too."""
    found = await node.read(api_keys.every)
    return paging.of([msgspec.structs.asdict(key) for key in found], limit, cursor)


@post("/api-keys", responses=views.answer(CreatedKey, KEY | {"key": "k1f.a-long-random-text"}, 201))
async def add_key(
    request: Request[Caller, Any, Any],
    node: wanted.Node,
    data: Annotated[NewKey, _body({"name": "Reporting", "role": "finance"})],
) -> Response[dict[str, Any]]:
    """Make a key for a program. Its text is in this answer and nowhere else."""
    fields = msgspec.to_builtins(data, builtin_types=(datetime,))

    def create(conn: sqlite3.Connection) -> dict[str, Any]:
        record, text = api_keys.add(conn, fields, datetime.now(UTC))
        return {**msgspec.structs.asdict(record), "key": text}

    return await idempotency.create(node, request, create, secret="key")


@delete("/api-keys/{key_id:str}")
async def remove_key(node: wanted.Node, key_id: wanted.KeyId) -> None:
    """Revoke a key; it stops working at once."""
    await node.write(api_keys.remove, key_id)


def _user(user: users.User) -> dict[str, Any]:
    fields = msgspec.structs.asdict(user)
    del fields["password"]
    return fields


HANDLERS = [
    *(login, logout, me),
    *(list_users, add_user, get_user, change_user),
    *(list_keys, add_key, remove_key),
]
