"""Periods: the months of a seller, open until finance closes them, in their order and for good.

There is no reopening: what turns out to be wrong is corrected by a document of an open month, which names what it
corrects. The digest tells whether anything was booked into a closed month after all.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from csms.domain import books, books_events
from csms.storage import records, staging
from csms.storage.books import blockers, entries
from csms.storage.queries.plain import moment
from csms.storage.reference import sellers

OPEN, CLOSED = "open", "closed"


class NotClosable(Exception):
    """The month is not over, not the next one, closed already, or something of it is open: `open` says what."""

    def __init__(self, period: str, why: str, found: Sequence[blockers.Blocker] = ()) -> None:
        super().__init__(f"{period} cannot be closed: {why}")
        self.period, self.open = period, tuple(found)


class Closed(NamedTuple):
    """A month that was closed; `until` is the first day after it."""

    period: str
    until: date
    lines: int
    totals: Sequence[dict[str, str]]
    digest: str
    by: str
    closed_at: int


class Counted(NamedTuple):
    """What a month came to when the ledger, and what was closed before, were `at` this place."""

    at: tuple[int, ...]
    lines: int
    totals: tuple[books_events.AccountTotal, ...]
    digest: str


def first_open(conn: sqlite3.Connection, seller_id: str) -> date:
    """The first day on which something may be booked."""
    (until,) = conn.execute("SELECT max(until) FROM periods WHERE seller_id = ?", (seller_id,)).fetchone()
    return date.min if until is None else date.fromisoformat(until)


def booking_day(conn: sqlite3.Connection, seller_id: str, now: datetime) -> date:
    """The day that something is booked on now: the seller's today, which a clock that went back cannot undo."""
    return max(_today(conn, seller_id, now), first_open(conn, seller_id))


def closed(conn: sqlite3.Connection, seller_id: str) -> list[Closed]:
    """The months that a seller has closed, in the order in which they were."""
    query = "SELECT period, until, lines, totals, digest, by, closed_at FROM periods WHERE seller_id = ? ORDER BY seq"
    return [
        Closed(period, date.fromisoformat(until), lines, msgspec.json.decode(totals), digest, by, at)
        for period, until, lines, totals, digest, by, at in conn.execute(query, (seller_id,))
    ]


def every(conn: sqlite3.Connection, now: datetime, seller_id: str | None = None) -> list[dict[str, Any]]:
    """The months of a seller, or of all, in which something was booked or that are closed; newest first."""
    found = []
    for seller in sellers.every(conn):
        if seller_id in (None, seller.id):
            done = {each.period: each for each in closed(conn, seller.id)}
            months = {*done, *entries.months(conn, seller.id), books.period_of(_today(conn, seller.id, now))}
            found += [_view(conn, seller.id, period, done.get(period)) for period in months]
    return sorted(found, key=lambda each: (each["period"], each["seller_id"]), reverse=True)


def view(conn: sqlite3.Connection, seller_id: str, period: str) -> dict[str, Any]:
    """One month, with what keeps it from being closed. Raises NotFound, books.NoPeriod."""
    seller = sellers.get(conn, seller_id)
    _, until = books.month(period)
    done = next((each for each in closed(conn, seller.id) if each.period == period), None)
    left = [] if done else blockers.of(conn, seller.id, _midnight(seller, until))
    return _view(conn, seller.id, period, done) | {"open": [each._asdict() for each in left]}


def count(conn: sqlite3.Connection, seller_id: str, period: str) -> Counted:
    """What a month comes to now, and its digest. Raises NotFound, books.NoPeriod."""
    begin, until = books.month(period)
    before = closed(conn, sellers.get(conn, seller_id).id)
    at = (*entries.last(conn, begin, until), len(before))
    lines = entries.of(conn, seller_id, begin, until)
    return Counted(at, len(lines), books.totals(lines), books.digest(lines, before[-1].digest if before else ""))


def close(conn: sqlite3.Connection, seller_id: str, period: str, now: datetime, counted: Counted | None = None) -> None:
    """Close a month. Raises NotFound, books.NoPeriod, NotClosable.

    `counted` before by a reader, so that the writer is not kept from its work; it is done again where it is not so now.
    """
    seller = sellers.get(conn, seller_id)
    begin, until = books.month(period)
    before = closed(conn, seller.id)
    _require_next(conn, seller, before, period)
    if _today(conn, seller.id, now) < until:
        raise NotClosable(period, f"it is not over before {until} in {seller.time_zone}")
    if found := blockers.of(conn, seller.id, _midnight(seller, until)):
        said = "; ".join(f"{each.kind} {each.id} {each.why}" for each in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise NotClosable(period, f"{said}{more}", found)
    if counted is None or counted.at != (*entries.last(conn, begin, until), len(before)):
        counted = count(conn, seller.id, period)
    event = books_events.PeriodClosed(
        seller_id=seller.id,
        period=period,
        until=until,
        lines=counted.lines,
        totals=counted.totals,
        digest=counted.digest,
        by=staging.acting.get(),
    )
    staging.stage(books_events.periods_stream(seller.id), records.New(event), expected=len(before))


def _require_next(conn: sqlite3.Connection, seller: sellers.Seller, before: Sequence[Closed], period: str) -> None:
    begin, _ = books.month(period)
    if any(each.period == period for each in before):
        raise NotClosable(period, "it is closed already, and there is no way back: correct it in an open month")
    if before and begin < before[-1].until:
        raise NotClosable(period, f"{before[-1].period} is closed, which comes after it")
    if waiting := entries.months(conn, seller.id, before[-1].until if before else date.min, begin):
        raise NotClosable(period, f"close {waiting[0]} first")


def _view(conn: sqlite3.Connection, seller_id: str, period: str, done: Closed | None) -> dict[str, Any]:
    if done is not None:
        fields: dict[str, Any] = {"lines": done.lines, "totals": list(done.totals), "digest": done.digest}
        fields |= {"closed_at": moment(done.closed_at), "closed_by": done.by}
    else:
        lines = entries.of(conn, seller_id, *books.month(period))
        fields = {"lines": len(lines), "totals": entries.shown(books.totals(lines))}
        fields |= {"digest": None, "closed_at": None, "closed_by": None}
    status = OPEN if done is None else CLOSED
    return {"seller_id": seller_id, "period": period, "status": status, **fields}


def _today(conn: sqlite3.Connection, seller_id: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(sellers.get(conn, seller_id).time_zone)).date()


def _midnight(seller: sellers.Seller, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(seller.time_zone))


def changed(conn: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(seller, period, why) of every closed month whose lines are not those that were closed."""
    found = []
    for (seller_id,) in conn.execute("SELECT DISTINCT seller_id FROM periods").fetchall():
        digest = ""
        for each in closed(conn, seller_id):
            begin, until = books.month(each.period)
            lines = entries.of(conn, seller_id, begin, until)
            if books.digest(lines, digest) != each.digest:
                found.append((seller_id, each.period, f"had {each.lines} lines and another digest when it was closed"))
            digest = each.digest
    return found


def require(conn: sqlite3.Connection, seller_id: str, period: str) -> tuple[sellers.Seller, bool]:
    """A seller, and whether it has closed a month. Raises NotFound, books.NoPeriod."""
    books.month(period)
    seller = sellers.get(conn, seller_id)
    return seller, any(each.period == period for each in closed(conn, seller.id))
