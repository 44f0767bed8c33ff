"""The table `pay_codes`: what QR codes say that count once, for one connector, for a time. Kept as digests."""

import hashlib
import secrets
import sqlite3
from datetime import datetime
from typing import NamedTuple

from csms.storage import codec

CODE_BYTES = 15


class Place(NamedTuple):
    """Where somebody wants to charge."""

    charger_id: str
    connector_id: int


def issue(conn: sqlite3.Connection, place: Place, until: datetime, now: datetime) -> str:
    """Make a code; those that are over are forgotten by the way."""
    code = secrets.token_urlsafe(CODE_BYTES)
    conn.execute("DELETE FROM pay_codes WHERE expires_at <= ?", (codec.milliseconds(now),))
    conn.execute("INSERT INTO pay_codes VALUES (?, ?, ?, ?)", (_digest(code), *place, codec.milliseconds(until)))
    return code


def read(conn: sqlite3.Connection, code: str, now: datetime) -> Place | None:
    """Where a code is for; None: it is over, was used, or never was."""
    query = "SELECT charger_id, connector_id FROM pay_codes WHERE digest = ? AND expires_at > ?"
    row = conn.execute(query, (_digest(code), codec.milliseconds(now))).fetchone()
    return None if row is None else Place(*row)


def spend(conn: sqlite3.Connection, code: str, now: datetime) -> Place | None:
    """The same, and from now on it is used."""
    place = read(conn, code, now)
    conn.execute("DELETE FROM pay_codes WHERE digest = ?", (_digest(code),))
    return place


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
