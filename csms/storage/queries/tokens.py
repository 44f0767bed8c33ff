"""Registered tokens as people see them."""

import builtins
import sqlite3
from typing import Any

import msgspec

from csms.storage.queries import page
from csms.storage.queries.plain import time
from csms.storage.reference import tokens


def every(conn: sqlite3.Connection) -> builtins.list[dict[str, Any]]:
    """All registered tokens by value."""
    rows = conn.execute("SELECT ref FROM tokens WHERE registered = 1 ORDER BY folded").fetchall()
    return [view(tokens.get(conn, row[0])) for row in rows]


def list(  # noqa: A001 - as in queries.tokens.list
    conn: sqlite3.Connection,
    *,
    id_token: str | None = None,
    driver_id: str | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Registered tokens, newest first."""
    where = page.Where()
    where.add("registered = 1")
    where.add("folded = ?", None if id_token is None else id_token.casefold())
    where.add("driver_id = ?", driver_id)
    return page.each(conn, "tokens", "ref", where, lambda ref: view(tokens.get(conn, ref)), limit=limit, cursor=cursor)


def view(token: tokens.Token) -> dict[str, Any]:
    """What the API shows of a token; `id` is the surrogate by which the log knows it."""
    return {
        "id": token.ref,
        "id_token": token.id_token,
        "type": token.type,
        "driver_id": token.driver_id,
        "group_id": token.group_id,
        "valid_from": time(token.valid_from),
        "valid_to": time(token.valid_to),
        "blocked": token.blocked,
        "limits": msgspec.to_builtins(token.limits),
        "revision": token.revision,
    }
