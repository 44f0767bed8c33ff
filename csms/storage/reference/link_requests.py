"""The table `link_requests`: somebody asked for a mail with a link and has been answered; nobody looked yet for whom.

So the answer is the same, and as fast, whoever has an account. actors/business/linking.py takes them up, one after the
other; what is asked for is gone from here with the mail that is queued for it.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from csms.storage import codec
from csms.storage.reference import rows
from csms.storage.reference.one_time_links import Purpose


class Request(NamedTuple):
    """What was asked for, with its number."""

    number: int
    purpose: Purpose
    details: dict[str, Any]


def ask(conn: sqlite3.Connection, purpose: Purpose, details: Mapping[str, Any], now: datetime) -> None:
    """Keep a request."""
    text = msgspec.json.encode(dict(details)).decode()
    query = "INSERT INTO link_requests (purpose, details, asked_at) VALUES (?, ?, ?)"
    conn.execute(query, (purpose, text, codec.milliseconds(now)))


def first(conn: sqlite3.Connection) -> Request | None:
    """The one that waits longest."""
    row = rows.one(conn, "SELECT number, purpose, details FROM link_requests ORDER BY number LIMIT 1")
    return None if row is None else Request(row["number"], row["purpose"], msgspec.json.decode(row["details"]))


def done(conn: sqlite3.Connection, number: int) -> None:
    """It was answered, or never can be."""
    conn.execute("DELETE FROM link_requests WHERE number = ?", (number,))
