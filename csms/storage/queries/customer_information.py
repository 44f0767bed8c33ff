"""What chargers said they know of customers, newest first."""

import sqlite3
from datetime import datetime
from typing import Any

from csms.storage.queries import page
from csms.storage.queries.plain import moment
from csms.storage.reference import customer_information

_SELECT = """SELECT request_id, generated_at, max(received_at) AS received_at,
    max(last * (number + 1)) = count(*) AS complete
    FROM customer_information WHERE charger_id = ? AND received_at >= ?
    GROUP BY request_id ORDER BY received_at DESC LIMIT ?"""
_DATA = """SELECT data FROM customer_information WHERE charger_id = ? AND request_id = ? AND received_at >= ?
    ORDER BY number"""


def list(  # noqa: A001 - as in queries.customer_information.list
    conn: sqlite3.Connection, now: datetime, *, charger_id: str, limit: int = page.DEFAULT
) -> page.Page:
    """{request_id, generated_at, received_at, complete, data} of each report that is not too old to be here."""
    since = customer_information.oldest(now)
    rows = conn.execute(_SELECT, (charger_id, since, page.checked(limit))).fetchall()
    return {"items": [_view(conn, charger_id, since, *row) for row in rows], "next_cursor": None}


def _view(
    conn: sqlite3.Connection,
    charger_id: str,
    since: int,
    request_id: int,
    generated_at: str,
    received_at: int,
    complete: int,
) -> dict[str, Any]:
    parts = conn.execute(_DATA, (charger_id, request_id, since)).fetchall()
    return {
        "request_id": request_id,
        "generated_at": generated_at,
        "received_at": moment(received_at),
        "complete": bool(complete),
        "data": "".join(part[0] for part in parts),
    }
