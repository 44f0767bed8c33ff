"""Reconciliations as rows and events: which are to be run, what is compared, and what came of it.

Used by actors/business/reconciling.py, which talks to the provider, and by csms/storage/paying/checking.py. What was
found and what is gone is recorded in one change with the end of the run: a run that was cut short is simply run again.
"""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from csms.domain import books_events, events, ids, payment, reconciliation
from csms.storage import codec, records, staging
from csms.storage.paying import facts
from csms.storage.reference import rows

MARGIN = timedelta(days=1)
"""How much older than our first payment a provider's list is asked for, for clocks that differ."""
ALERT = "reconciliation_"
"""The kinds of alerts are this with that of the difference."""
UNREACHABLE = "provider_unreachable"


_GATEWAYS = """
WITH RECURSIVE names (name) AS (
    SELECT min(gateway) FROM payments
    UNION ALL SELECT (SELECT min(gateway) FROM payments WHERE gateway > name) FROM names WHERE name IS NOT NULL
)
SELECT name, (SELECT min(created_at) FROM payments WHERE gateway = name) FROM names WHERE name IS NOT NULL
"""


class Run(NamedTuple):
    """A reconciliation that has not ended."""

    id: str
    gateway: str
    since: datetime
    begun_at: datetime


class Ended(NamedTuple):
    """What a run came to. `known`: the payments and references that were looked at; others may differ still."""

    found: Sequence[reconciliation.Difference]
    known: Collection[str]
    listed: int
    compared: int
    repaired: int


class Open(NamedTuple):
    """A difference that was found and is not gone."""

    kind: str
    subject: str
    detail: str
    reference: str | None


def begin(conn: sqlite3.Connection, gateway: str, since: datetime, by: str) -> str:
    """Order a reconciliation; its id. One that has not ended is that one."""
    row = conn.execute("SELECT id FROM reconciliations WHERE gateway = ? AND ended_at IS NULL", (gateway,)).fetchone()
    if row is not None:
        return str(row[0])
    begun = books_events.ReconciliationBegun(id=rows.new_id("rc"), since=since, by=by)
    staging.stage(books_events.reconciliation_stream(gateway), records.New(begun))
    return begun.id


def running(conn: sqlite3.Connection) -> list[Run]:
    """The reconciliations that have not ended, oldest first."""
    query = "SELECT id, gateway, since, begun_at FROM reconciliations WHERE ended_at IS NULL ORDER BY seq"
    return [Run(own, name, codec.moment(since), codec.moment(at)) for own, name, since, at in conn.execute(query)]


def gateways(conn: sqlite3.Connection) -> dict[str, datetime]:
    """The providers that we have payments with, and since when. By an index, for it is asked every minute."""
    return {name: codec.moment(first) - MARGIN for name, first in conn.execute(_GATEWAYS)}


def due(conn: sqlite3.Connection, now: datetime, every: timedelta) -> list[str]:
    """The providers whose last reconciliation began so long ago."""
    query = "SELECT gateway FROM reconciliations WHERE gateway = ? AND begun_at > ? LIMIT 1"
    after = codec.milliseconds(now - every)
    return [name for name in gateways(conn) if conn.execute(query, (name, after)).fetchone() is None]


def ours(conn: sqlite3.Connection, gateway: str, held: reconciliation.Held) -> payment.Payment | None:
    """The payment of a hold: by its reference, or while it is not authorised, by the id that it was made with."""
    query = (
        "SELECT id FROM payments WHERE gateway = ? AND reference = ? UNION ALL"
        " SELECT id FROM payments WHERE gateway = ? AND id = ? AND authorised = 0"
    )
    row = conn.execute(query, (gateway, held.reference, gateway, held.payment_id)).fetchone()
    return None if row is None else facts.state(conn, row[0])


def unlisted(conn: sqlite3.Connection, gateway: str, since: datetime, seen: Collection[str]) -> list[payment.Payment]:
    """The payments since then that the provider once held an amount for and did not name."""
    query = "SELECT id FROM payments WHERE gateway = ? AND created_at >= ? AND authorised > 0 ORDER BY seq"
    made = conn.execute(query, (gateway, codec.milliseconds(since))).fetchall()
    found = (facts.state(conn, row[0]) for row in made if row[0] not in seen)
    return [state for state in found if state is not None]


def differing(conn: sqlite3.Connection, gateway: str) -> list[Open]:
    """What was found with a provider and is not gone."""
    query = (
        "SELECT kind, subject, detail, reference FROM differences WHERE gateway = ? AND gone_at IS NULL ORDER BY seq"
    )
    return [Open(*row) for row in conn.execute(query, (gateway,))]


def end(conn: sqlite3.Connection, run: Run, ended: Ended) -> None:
    """Record what is new, raising an alert for each, what is gone, and the end."""
    known = {(each.kind, each.subject): each for each in differing(conn, run.gateway)}
    found = {(each.kind, each.subject): each for each in ended.found}
    stream = books_events.reconciliation_stream(run.gateway)
    gone = [key for key, each in known.items() if key not in found and each.subject in ended.known]
    for key, each in found.items():
        if key not in known or known[key].detail != each.detail:
            staging.stage(stream, records.New(_found(each)))
        if key not in known:
            said = f"{each.detail}. {each.advice}"
            _system(events.AlertRaised(kind=f"{ALERT}{each.kind}", subject=each.subject, detail=said))
    for kind, subject in gone:
        staging.stage(stream, records.New(books_events.DifferenceGone(kind=kind, subject=subject)))
        _system(events.AlertResolved(kind=f"{ALERT}{kind}", subject=subject))
    if _unreachable(conn, run.gateway):
        _system(events.AlertResolved(kind=UNREACHABLE, subject=run.gateway))
    left = len(known) - len(gone) + sum(key not in known for key in found)
    counts = {"listed": ended.listed, "compared": ended.compared, "repaired": ended.repaired, "different": left}
    staging.stage(stream, records.New(books_events.ReconciliationEnded(id=run.id, **counts)))


def unreachable(conn: sqlite3.Connection, run: Run, why: str) -> None:
    """The provider has not answered for some time: once an alert for each run."""
    if not _unreachable(conn, run.gateway):
        raised = events.AlertRaised(kind=UNREACHABLE, subject=run.gateway, detail=f"{why}; it is asked again")
        _system(raised, ids.digest(UNREACHABLE, run.id))


def _unreachable(conn: sqlite3.Connection, gateway: str) -> bool:
    query = "SELECT 1 FROM alerts WHERE kind = ? AND subject = ? AND resolved_at IS NULL"
    return conn.execute(query, (UNREACHABLE, gateway)).fetchone() is not None


def _found(each: reconciliation.Difference) -> books_events.DifferenceFound:
    return books_events.DifferenceFound(
        kind=each.kind,
        subject=each.subject,
        detail=each.detail,
        advice=each.advice,
        payment_id=each.payment_id,
        reference=each.reference,
    )


def _system(event: events.AnyEvent, event_id: bytes = b"") -> None:
    staging.stage(events.SYSTEM_STREAM, records.New(event, event_id))
