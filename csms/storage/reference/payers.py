"""The table `payers`: those who pay without an account; whoever has the secret is the payer.

The secret is in clear, since the provider is told where to send the payer back; it opens one payment, whose row is
forgotten after a time. Address and language are in no event and no audit.
"""

import re
import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from csms.storage import codec, errors

KEPT = timedelta(days=90)
"""How long a payer finds the page, with the receipt."""
SECRET_BYTES = 24
PATH = "/pay/s/"
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[^@\s<>\"(),:;\[\]\\]{1,255}")


class Payer(NamedTuple):
    """Who pays for one session. `language` is one of ours."""

    payment_id: str
    secret: str
    language: str
    email: str | None


def add(conn: sqlite3.Connection, payment_id: str, language: str, email: str | None, now: datetime) -> Payer:
    """Somebody begins to pay. Raises InvalidValue for what is no address."""
    payer = Payer(payment_id, secrets.token_urlsafe(SECRET_BYTES), language, _checked(email))
    row = (*payer, codec.milliseconds(now))
    conn.execute("INSERT INTO payers (payment_id, secret, language, email, created_at) VALUES (?, ?, ?, ?, ?)", row)
    return payer


def find(conn: sqlite3.Connection, secret: str) -> Payer | None:
    """Who has this secret."""
    return _one(conn, "secret = ?", secret)


def of_payment(conn: sqlite3.Connection, payment_id: str) -> Payer | None:
    """Who makes a payment, if it is somebody without an account whom we have not forgotten."""
    return _one(conn, "payment_id = ?", payment_id)


def of_sessions(conn: sqlite3.Connection, session_ids: Iterable[str]) -> Payer | None:
    """Who pays for any of these sessions."""
    for session_id in session_ids:
        found = _one(
            conn, "payment_id IN (SELECT id FROM payments WHERE session_id = ? AND flow = 'ad_hoc')", session_id
        )
        if found is not None:
            return found
    return None


def wants(conn: sqlite3.Connection, payment_id: str, email: str | None) -> None:
    """Where the receipt is to be sent. Raises InvalidValue for what is no address."""
    conn.execute("UPDATE payers SET email = ? WHERE payment_id = ?", (_checked(email), payment_id))


def forget(conn: sqlite3.Connection, before: datetime) -> None:
    """Erase those who began before then."""
    conn.execute("DELETE FROM payers WHERE created_at < ?", (codec.milliseconds(before),))


def _one(conn: sqlite3.Connection, condition: str, value: str) -> Payer | None:
    query = f"SELECT payment_id, secret, language, email FROM payers WHERE {condition}"  # noqa: S608 - our own words
    row = conn.execute(query, (value,)).fetchone()
    return None if row is None else Payer(*row)


def _checked(email: str | None) -> str | None:
    if not email:
        return None
    if not _ADDRESS.fullmatch(email):
        raise errors.InvalidValue("email", "is no address that a mail can be sent to")
    return email
