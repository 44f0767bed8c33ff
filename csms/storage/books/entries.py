"""The lines of the ledger that a seller has in a month, with what they refer to."""

import sqlite3
from collections.abc import Iterable
from datetime import date

from csms.domain import books, books_events, money

_SELLER = "coalesce(ledger.seller_id, documents.seller_id)"
"""Old payments of invoices do not name the seller: their document does."""
_LINES = f"""
SELECT ledger.seq, ledger.line, ledger.booked_on, ledger.account, ledger.amount, ledger.currency, ledger.document,
    ledger.payment_id, ledger.text, documents.issued_on, documents.corrects, corrected.issued_on
FROM ledger LEFT JOIN documents ON documents.number = ledger.document
    LEFT JOIN documents AS corrected ON corrected.number = documents.corrects
WHERE ledger.booked_on >= ? AND ledger.booked_on < ? AND {_SELLER} = ?
ORDER BY ledger.seq, ledger.line
"""  # noqa: S608 - our own words
_MONTHS = f"""
SELECT DISTINCT substr(ledger.booked_on, 1, 7)
FROM ledger LEFT JOIN documents ON documents.number = ledger.document
WHERE ledger.booked_on >= ? AND ledger.booked_on < ? AND {_SELLER} = ?
"""  # noqa: S608 - our own words


def of(
    conn: sqlite3.Connection, seller_id: str, begin: date, until: date, currency: str | None = None
) -> list[books.Posting]:
    """The lines with begin <= day < until, in the order of the log; of one currency or of all."""
    rows = conn.execute(_LINES, (begin.isoformat(), until.isoformat(), seller_id))
    found = (_posting(*row) for row in rows)
    return [each for each in found if currency in (None, each.currency)]


def months(conn: sqlite3.Connection, seller_id: str, begin: date = date.min, until: date = date.max) -> list[str]:
    """The months between these days in which a seller has booked anything."""
    return sorted(row[0] for row in conn.execute(_MONTHS, (begin.isoformat(), until.isoformat(), seller_id)))


def last(conn: sqlite3.Connection, begin: date, until: date) -> tuple[int, int]:
    """The position of the last booking of anybody in these days, and how many lines there are: by an index alone."""
    query = "SELECT ifnull(max(seq), 0), count(*) FROM ledger WHERE booked_on >= ? AND booked_on < ?"
    seq, count = conn.execute(query, (begin.isoformat(), until.isoformat())).fetchone()
    return int(seq), int(count)


def shown(totals: Iterable[books_events.AccountTotal]) -> list[dict[str, str]]:
    """What accounts came to, as JSON shows it."""
    return [{"account": each.account, **money.shown(each.amount, each.currency)} for each in totals]


def _posting(
    seq: int,
    line: int,
    day: str,
    account: str,
    amount: int,
    currency: str,
    document: str | None,
    payment_id: str | None,
    text: str,
    issued_on: str | None,
    corrects: str | None,
    corrected_on: str | None,
) -> books.Posting:
    refers, month = (document, issued_on) if corrects is None else (corrects, corrected_on)
    elsewhere = month is not None and (corrects is not None or month[:7] != day[:7])
    return books.Posting(
        seq=seq,
        line=line,
        booked_on=date.fromisoformat(day),
        account=account,
        amount=money.from_minor(amount, currency),
        currency=currency,
        document=document,
        payment_id=payment_id,
        text=text,
        refers_to=refers if elsewhere else None,
        refers_period=month[:7] if elsewhere and month is not None else None,
    )
