"""Drivers as people see them."""

import sqlite3
from typing import Any

import msgspec

from csms.storage.queries import page
from csms.storage.reference import drivers


def list(  # noqa: A001 - as in queries.drivers.list
    conn: sqlite3.Connection,
    *,
    id: str | None = None,
    email: str | None = None,
    group_id: str | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Drivers, the newest first."""
    where = page.Where()
    where.add("role = 'driver'")
    where.add("id = ?", id)
    where.add("email_folded = ?", None if email is None else email.casefold())
    where.add("id IN (SELECT id FROM drivers WHERE group_id = ?)", group_id)
    return page.each(conn, "users", "id", where, lambda one: view(drivers.get(conn, one)), limit=limit, cursor=cursor)


def view(driver: drivers.Driver) -> dict[str, Any]:
    """What the API shows of a driver."""
    shown: dict[str, Any] = msgspec.to_builtins(driver)
    return shown
