"""Idempotency-Key: a creating request that is sent again gets the first answer again and creates nothing.

Creations of reference data keep their answer in the transaction of the creation. Secrets that are shown once are not
kept: the repeated answer has null in their place.
"""

import hashlib
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response

from actors import tree
from api import encoding, errors
from csms.storage.reference import idempotency

HEADER = "idempotency-key"
MAX_LENGTH = 255
Fields = dict[str, Any]


class Key(msgspec.Struct, frozen=True):
    """The key of a request, whose it is, and a digest of what was asked."""

    owner: str
    text: str
    digest: bytes


async def key_of(request: Request[Any, Any, Any]) -> Key | None:
    """The request's key, if it came with one. Raises ApiError for a key that cannot be kept."""
    text = request.headers.get(HEADER)
    if text is None:
        return None
    if not 0 < len(text) <= MAX_LENGTH:
        raise errors.ApiError(f"Idempotency-Key must have 1 to {MAX_LENGTH} characters: use a UUID.")
    asked = b"\n".join([request.method.encode(), request.scope["path"].encode(), await request.body()])
    return Key(request.user.id, text, hashlib.sha256(asked).digest())


async def create(
    node: tree.Node,
    request: Request[Any, Any, Any],
    change: Callable[[sqlite3.Connection], Fields],
    *,
    status: int = 201,
    secret: str | None = None,
) -> Response[Fields]:
    """Run `change(connection)`, which creates and returns the answer; once per key. `secret` is the field to forget."""
    key = await key_of(request)
    fields, again = await node.write(_once, key, change, secret)
    return _answer(fields, status, again=again)


async def run(
    node: tree.Node, request: Request[Any, Any, Any], act: Callable[[], Awaitable[Fields]], *, status: int
) -> Response[Fields]:
    """The same for what an actor does. A repeat that comes while the first one still runs is refused with 409."""
    key = await key_of(request)
    if key is None:
        return _answer(await act(), status, again=False)
    known = await node.read(idempotency.find, key.owner, key.text, key.digest)
    if known is not None:
        return _answer(msgspec.json.decode(known), status, again=True)
    running: set[tuple[str, str]] = request.app.state.idempotent
    mark = (key.owner, key.text)
    if mark in running:
        raise errors.Conflict(
            "The first request with this Idempotency-Key still runs: wait for it.", code="in_progress"
        )
    running.add(mark)
    try:
        fields = await act()
        await node.write(_keep, key, fields)
    finally:
        running.discard(mark)
    return _answer(fields, status, again=False)


def _once(
    conn: sqlite3.Connection, key: Key | None, change: Callable[[sqlite3.Connection], Fields], secret: str | None
) -> tuple[Fields, bool]:
    known = None if key is None else idempotency.find(conn, key.owner, key.text, key.digest)
    if known is not None:
        return msgspec.json.decode(known), True
    fields = change(conn)
    if key is not None:
        _keep(conn, key, fields if secret is None else fields | {secret: None})
    return fields, False


def _keep(conn: sqlite3.Connection, key: Key, fields: Fields) -> None:
    idempotency.keep(conn, key.owner, key.text, key.digest, encoding.json_bytes(fields), datetime.now(UTC))


def _answer(fields: Fields, status: int, *, again: bool) -> Response[Fields]:
    return Response(fields, status_code=status, headers={"Idempotency-Replayed": "true"} if again else {})
