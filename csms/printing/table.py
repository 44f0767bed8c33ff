"""The journal of a month as CSV: UTF-8, commas, CRLF, one line of the ledger each.

position      where it is in the log; lines with one position are one booking and balance
date          the day that it is booked on
account       our account
number, name  what the accountant calls it (PUT /sellers/{id}/chart)
debit, credit one of them, with the decimals of the currency
currency
document      the receipt, invoice or credit note
refers_to     the document that is corrected, or that was issued in another month
refers_period that month
payment
text          receipt, invoice, credit_note, captured, refunded, invoice paid
"""

import csv
import io
from collections.abc import Iterable, Mapping

from csms.domain import books, money

COLUMNS = (
    *("position", "date", "account", "number", "name", "debit", "credit", "currency", "document", "refers_to"),
    *("refers_period", "payment", "text"),
)
MEDIA_TYPE = "text/csv; charset=utf-8"


def written(postings: Iterable[books.Posting], chart: Mapping[str, books.Account]) -> bytes:
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in postings:
        called, amount = books.called(each.account, chart), money.text(abs(each.amount), each.currency)
        sides = (amount, "") if each.amount > 0 else ("", amount)
        about = (each.currency, each.document, each.refers_to, each.refers_period, each.payment_id, each.text)
        writer.writerow((each.seq, each.booked_on, each.account, called.number, _harmless(called.name), *sides, *about))
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    """What a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
