"""Payments as people see them, newest first."""

import sqlite3
from collections.abc import Collection
from typing import Any

from csms.domain import money, payment
from csms.storage import errors
from csms.storage.paying import facts
from csms.storage.queries import page
from csms.storage.queries.plain import moment

_LIST = "SELECT seq AS cursor, * FROM payments"


def list(  # noqa: A001 - as in queries.payments.list
    conn: sqlite3.Connection,
    *,
    status: str | None = None,
    session_id: str | None = None,
    charger_id: str | None = None,
    driver_id: str | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Payments that fulfil every given condition. Raises InvalidValue, BadCursor."""
    where = page.Where()
    where.equal(("session_id", session_id), ("driver_id", driver_id), ("charger_id", charger_id), ("status", status))
    where.among("+station_id", station_ids)
    return page.newest(conn, _LIST, where, "seq", view, limit=limit, cursor=cursor)


def get(conn: sqlite3.Connection, payment_id: str) -> dict[str, Any]:
    """One payment, with its refunds. Raises NotFound."""
    cursor = conn.execute("SELECT * FROM payments WHERE id = ?", (payment_id,))
    row = cursor.fetchone()
    state = facts.state(conn, payment_id)
    if row is None or state is None:
        raise errors.NotFound("payment", payment_id)
    shown = view(dict(zip((column[0] for column in cursor.description), row, strict=True)))
    return shown | {"refunds": [_refund(each, state.currency) for each in state.refunds]}


def view(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON."""
    names = ("id", "status", "gateway", "flow", "charger_id", "connector_id", "evse_id", "station_id", "driver_id")
    currency = row["currency"]
    amounts = {
        name: money.shown(money.from_minor(row[name], currency), currency)
        for name in ("amount", "authorised", "captured", "refunded")
    }
    return {
        **{name: row[name] for name in names},
        **amounts,
        "session_id": row["session_id"],
        "document": row["document"],
        "reference": row["reference"],
        "action_url": row["url"],
        "reason": row["reason"],
        "created_at": moment(row["created_at"]),
        "changed_at": moment(row["changed_at"]),
    }


def _refund(each: payment.Refund, currency: str) -> dict[str, Any]:
    return {
        "id": each.id,
        "amount": money.shown(each.amount, currency),
        "status": each.status,
        "reason": each.reason,
        "by": each.by,
        "document": each.document,
    }
