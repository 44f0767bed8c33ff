"""Books: the lines of the ledger by months, what they come to, and what the accountant calls our accounts. Pure.

A month that is over is closed once: its lines, and the digest of the month closed before, make a digest that is kept.
What is booked later, a correction above all, is booked in an open month and says what it refers to.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from csms.domain import books_events, ledger, money

Number = Annotated[str, Meta(pattern=r"^\d{0,9}$", description="The accountant's number; empty: none.")]
Label = Annotated[str, Meta(min_length=1, max_length=60)]


class NoPeriod(ValueError):
    """A text that names no month."""


class Posting(NamedTuple):
    """One line of the ledger; debits are positive. Lines with one `seq` are one booking and add up to nothing.

    `refers_to` is the document that it corrects, or that another month issued, and `refers_period` that month.
    """

    seq: int
    line: int
    booked_on: date
    account: str
    amount: Decimal
    currency: str
    document: str | None
    payment_id: str | None
    text: str
    refers_to: str | None = None
    refers_period: str | None = None


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the accountant calls one of our accounts."""

    number: Number = ""
    name: Label = "?"


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a DATEV tax office knows a seller by; `year_begins` is the month in which its year begins."""

    consultant: Annotated[int, Meta(ge=1001, le=9999999)] = 1001
    client: Annotated[int, Meta(ge=1, le=99999)] = 1
    account_length: Annotated[int, Meta(ge=4, le=8)] = 4
    year_begins: Annotated[int, Meta(ge=1, le=12)] = 1
    accounts: Annotated[str, Meta(pattern=r"^(\d\d)?$", description="SKR: 03 or 04; empty: not said.")] = "03"


DEFAULTS: Mapping[str, Account] = {
    ledger.RECEIVABLES: Account("10000", "Charging customers"),
    ledger.REVENUE: Account("8200", "Charging revenue"),
    ledger.BANK: Account("1200", "Bank"),
    ledger.GOODWILL: Account("8700", "Refunds out of goodwill"),
    "provider": Account("1360", "Payment provider"),
    "tax:VAT:19": Account("1776", "Output VAT 19%"),
    "tax:VAT:7": Account("1771", "Output VAT 7%"),
    "tax:VAT": Account("1770", "Output VAT"),
}
"""Numbers as in DATEV's SKR03; accounts that work out no tax by themselves, for taxes are lines of their own here."""


def called(account: str, chart: Mapping[str, Account]) -> Account:
    """What an account is called: by its whole name, else by what it is one of (tax:CGST:9, tax:CGST, tax)."""
    name = account
    while True:
        found = chart.get(name) or DEFAULTS.get(name)
        if found is not None:
            return found
        name, parted, _ = name.rpartition(":")
        if not parted:
            return Account("", _plain(account))


def _plain(account: str) -> str:
    kind, _, rest = account.partition(":")
    name, _, rate = rest.partition(":")
    return f"Output {name} {rate}%" if kind == "tax" and rate else f"{kind.capitalize()} {rest}".strip()


def month(text: str) -> tuple[date, date]:
    """The first days of a month such as 2026-03 and of the next one. Raises NoPeriod."""
    try:
        begin = date.fromisoformat(f"{text}-01")
    except ValueError:
        begin = None
    if begin is None or period_of(begin) != text or begin.year == MAXYEAR:  # the next one has to have a name, too
        raise NoPeriod(f"{text!r} is no month: write year and month, such as 2026-03")
    return begin, (begin + timedelta(days=32)).replace(day=1)


def period_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def totals(postings: Iterable[Posting]) -> tuple[books_events.AccountTotal, ...]:
    """What the lines come to, by account and currency."""
    sums: dict[tuple[str, str], Decimal] = {}
    for each in postings:
        key = each.account, each.currency
        sums[key] = sums.get(key, Decimal(0)) + each.amount
    found = sorted(sums.items())
    return tuple(books_events.AccountTotal(account, currency, amount) for (account, currency), amount in found)


def digest(postings: Iterable[Posting], before: str) -> str:
    """SHA-256 over the lines, a text line each, and over the digest of the month that was closed before."""
    hasher = hashlib.sha256(f"{before}\n".encode())
    for each in postings:
        amount = money.text(each.amount, each.currency)
        told = (each.seq, each.line, each.booked_on, each.account, amount, each.currency, each.document)
        hasher.update("\t".join(map(str, (*told, each.payment_id, each.text))).encode() + b"\n")
    return hasher.hexdigest()


def bookings(postings: Iterable[Posting]) -> Iterator[list[Posting]]:
    """The lines of each booking, in the order of the log."""
    for _, lines in groupby(postings, key=lambda each: each.seq):
        yield list(lines)
