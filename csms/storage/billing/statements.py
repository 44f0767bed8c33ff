"""What an account was charged, invoiced, credited and paid, in the order of days, with the balance after each."""

import csv
import io
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from csms.domain import money
from csms.storage.billing import charges
from csms.storage.queries.plain import number
from csms.storage.queries.plain import time as shown_time
from csms.storage.reference import accounts

_ENTRIES = """
SELECT issued_on AS day, seq, kind, number, corrects AS refers_to, total_incl AS amount, currency FROM documents
    WHERE buyer_ref = 'account:' || :account
UNION ALL
SELECT received_on, seq, 'payment', reference, number, '-' || amount, currency FROM invoice_payments
    WHERE account_id = :account
ORDER BY day, seq
"""


def statement(conn: sqlite3.Connection, account_id: str, begin: date, end: date) -> list[dict[str, Any]]:
    """The entries with begin <= day < end: {day, kind, number, refers_to, amount, balance}. Raises NotFound.

    `amount` adds to what the account owes, or, negative, takes from it; `balance` is what it owes in the currency then.
    """
    accounts.get(conn, account_id)
    owed: dict[str, Decimal] = {}
    found = []
    for day, _, kind, name, refers_to, amount, currency in conn.execute(_ENTRIES, {"account": account_id}):
        owed[currency] = owed.get(currency, Decimal(0)) + Decimal(amount)
        if begin <= date.fromisoformat(day) < end:
            entry = {"day": day, "kind": kind, "number": name, "refers_to": refers_to}
            sums = {"amount": Decimal(amount), "balance": owed[currency]}
            found.append(entry | {key: money.shown(value, currency) for key, value in sums.items()})
    return found


def charged(conn: sqlite3.Connection, account_id: str, begin: date, end: date) -> list[dict[str, Any]]:
    """The sessions that ended in these days (UTC), with the invoice that each is on. Raises NotFound."""
    accounts.get(conn, account_id)
    first, last = (datetime.combine(day, time(), UTC) for day in (begin, end))
    return [_charge(conn, charge) for charge in charges.all_of(conn, account_id, first, last)]


def as_csv(found: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """The same as a table; an amount has a column of its own, and one for its currency. Formulas are made harmless."""
    names = list(columns)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*names, "currency"])
    for row in found:
        values = [row[name] for name in names]
        currency = next((value["currency"] for value in values if isinstance(value, Mapping)), "")
        writer.writerow([*(_cell(value) for value in values), currency])
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value["amount"])
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _charge(conn: sqlite3.Connection, charge: charges.Charge) -> dict[str, Any]:
    event = charge.event
    return {
        "session_id": event.session_id,
        "ended_at": shown_time(event.ended_at),
        "energy_wh": number(event.energy_wh),
        "cost_centre": event.cost_centre,
        "internal": event.internal,
        "total_excl": money.shown(event.total_excl, event.currency),
        "total_incl": money.shown(event.total_incl, event.currency),
        "invoice": charges.invoice_of(conn, charge),
    }


def days(begin: date | None, end: date | None, today: date) -> tuple[date, date]:
    """What is asked for: the last twelve months where it is not said."""
    last = end or today + timedelta(days=1)
    return begin or last - timedelta(days=366), last
