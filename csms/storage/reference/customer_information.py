"""The table `customer_information`: what chargers said they know of a customer.

Personal data, so it is no part of the log: it can be erased, and after DAYS it is gone by itself.
"""

import sqlite3
from datetime import datetime, timedelta

import msgspec

from csms.storage import codec, errors

DAYS = 30
"""Time enough to answer a customer who asked."""


class Part(msgspec.Struct, frozen=True):
    """One part of a report; `last` says that no more come, `generated_at` is the charger's time as sent."""

    charger_id: str
    request_id: int
    number: int
    data: str
    last: bool
    generated_at: str


def keep(conn: sqlite3.Connection, part: Part, now: datetime) -> None:
    """Keep a part; one that comes again takes its own place."""
    conn.execute(
        "INSERT OR REPLACE INTO customer_information VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*msgspec.structs.astuple(part), codec.milliseconds(now)),
    )


def asked_anew(conn: sqlite3.Connection, charger_id: str, request_id: int) -> None:
    """The charger will report under this id again, of whichever customer: nothing of an older report may join that."""
    conn.execute("DELETE FROM customer_information WHERE charger_id = ? AND request_id = ?", (charger_id, request_id))


def expire(conn: sqlite3.Connection, now: datetime) -> None:
    """Erase what has been here for DAYS."""
    conn.execute("DELETE FROM customer_information WHERE received_at < ?", (oldest(now),))


def oldest(now: datetime) -> int:
    """When a part must have come to be shown still, as stored."""
    return codec.milliseconds(now - timedelta(days=DAYS))


def forget(conn: sqlite3.Connection, charger_id: str, request_id: str) -> None:
    """Erase a report; `request_id` in decimal. Raises NotFound."""
    query = "DELETE FROM customer_information WHERE charger_id = ? AND CAST(request_id AS TEXT) = ?"
    if not conn.execute(query, (charger_id, request_id)).rowcount:
        raise errors.NotFound("customer information", request_id)
