"""A month of the ledger as a file for the accountant: CSV, DATEV or Tally. Used by the API and the command line."""

import sqlite3
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from csms.domain import books, money
from csms.printing import datev, table, tally
from csms.storage import errors
from csms.storage.books import entries, periods
from csms.storage.reference import charts

Format: TypeAlias = Literal["csv", "datev", "tally"]


class File(NamedTuple):
    """What to save under which name."""

    name: str
    media_type: str
    content: bytes


def made(
    conn: sqlite3.Connection,
    seller_id: str,
    period: str,
    form: Format,
    now: datetime,
    currency: str | None = None,
) -> File:
    """The file of a month, open or closed; DATEV and Tally take one currency.

    Raises NotFound, InvalidValue, books.NoPeriod, datev.Unexportable.
    """
    if currency is not None:
        _require_currency(currency)
    seller, final = periods.require(conn, seller_id, period)
    chart = charts.get(conn, seller_id)
    begin, until = books.month(period)
    found = entries.of(conn, seller_id, begin, until, currency)
    if form == "csv":
        return File(f"journal-{seller_id}-{period}.csv", table.MEDIA_TYPE, table.written(found, chart.accounts))
    only = _currency(found, currency)
    if form == "tally":
        content = tally.written(found, chart.accounts, chart.company or seller.name, seller_id)
        return File(f"tally-{seller_id}-{period}-{only}.xml", tally.MEDIA_TYPE, content)
    batch = datev.Batch(begin, until - timedelta(days=1), only, final, now)
    content = datev.written(found, chart.accounts, chart.datev, batch)
    return File(f"EXTF_Buchungsstapel_{seller_id}_{period}_{only}.csv", datev.MEDIA_TYPE, content)


def _require_currency(asked: str) -> None:
    """It becomes a part of the file's name, which goes into a header."""
    try:
        money.exponent(asked)
    except ValueError as error:
        raise errors.InvalidValue("currency", str(error)) from None


def _currency(found: list[books.Posting], asked: str | None) -> str:
    known = sorted({each.currency for each in found})
    if asked is None and len(known) > 1:
        raise errors.InvalidValue("currency", f"the month has {', '.join(known)}: ask for one of them")
    return asked or (known[0] if known else "EUR")
