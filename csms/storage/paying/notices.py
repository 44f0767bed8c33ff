"""The table `payment_notices`: messages of providers that were acted on, so that one that comes again is not."""

import sqlite3
from datetime import datetime, timedelta

from csms.integrations.payment import Notice
from csms.storage import codec

KEPT = timedelta(days=60)
"""Providers give up after days, not months."""


def known(conn: sqlite3.Connection, gateway: str, notice_id: str) -> bool:
    """Whether a message was acted on before."""
    query = "SELECT 1 FROM payment_notices WHERE gateway = ? AND id = ?"
    return conn.execute(query, (gateway, notice_id)).fetchone() is not None


def keep(conn: sqlite3.Connection, gateway: str, notice: Notice, now: datetime) -> None:
    """It was acted on."""
    row = (gateway, notice.id, notice.type, codec.milliseconds(now))
    conn.execute("INSERT OR IGNORE INTO payment_notices (gateway, id, type, received_at) VALUES (?, ?, ?, ?)", row)
    conn.execute("DELETE FROM payment_notices WHERE received_at < ?", (codec.milliseconds(now - KEPT),))


def payment_of(conn: sqlite3.Connection, gateway: str, notice: Notice) -> str | None:
    """The payment that a message is about, by its id or by the provider's reference; None: none of ours."""
    query = "SELECT id FROM payments WHERE gateway = ? AND (id = ? OR reference = ?)"
    row = conn.execute(query, (gateway, notice.payment_id, notice.reference)).fetchone()
    return None if row is None else str(row[0])
