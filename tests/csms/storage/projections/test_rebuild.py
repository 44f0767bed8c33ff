"""The read models are what the log folds to, however they came about."""

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from csms.domain import books_events, events, inventory, payment_events
from csms.storage import connection
from csms.storage.books import periods
from csms.storage.log import Append, Entry, Log, New
from csms.storage.projections import rebuild
from csms.storage.reference import accounts, cursors, stations
from tests.csms.storage.billing.support import Till, priced
from tests.csms.storage.support import NOW, Teller, append, differences, noted, sampled, started


def rows(log: Log) -> dict[str, list[tuple[object, ...]]]:
    return {table: log.connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in rebuild.TABLES}


@pytest.fixture
def told(log: Log, teller: Teller) -> Log:
    """Something of everything that is projected."""
    teller.say("CP-01", events.Connected(epoch=1, protocol="1.6"), noted())
    teller.say("CP-01", events.StatusChanged(connector_id=1, status="Charging"), seconds=5)
    teller.say("CP-01", events.AuthorizationDecided(token="t9", status="Invalid", reason="unknown"), seconds=6)
    teller.say("CP-01", events.CommandRequested(command_id="c1", command="reset", by="u1", arguments={"type": "hard"}))
    teller.say("CP-01", events.CommandEnded(command_id="c1", status="accepted", response={"status": "Accepted"}))
    held = inventory.Change(kind="variables", put={"A.x": {"value": "1"}})
    teller.say("CP-01", events.InventoryChanged(changes=(held,)))
    teller.stay("s1")
    teller.tell("s2", started("CP-02"))
    teller.tell("s2", sampled(1500), seconds=60)
    raised = events.AlertRaised(kind="offline", subject="CP-03")
    log.append(Append(entries=(Entry(events.SYSTEM_STREAM, None, (New(raised),)),), at=NOW))
    log.write(stations.add, {"id": "mall", "name": "City Mall"})
    bill(log)
    pay(log)
    keep_books(log)
    return log


def bill(log: Log) -> None:
    """A receipt, and a fleet's session with its invoice, which is paid."""
    till = Till(log)
    till.stay("s3")
    till.price(priced(["s3"]))
    log.write(accounts.add, {"id": "fleet", "name": "Blue Cabs"})
    log.write(accounts.add_member, "fleet", {"driver_id": "d1"})
    till.stay("s4", driver_id="d1")
    till.price(priced(["s4"]))
    paid = events.InvoicePaid(
        account_id="fleet",
        number="CN-I-000001",
        amount=Decimal("1.00"),
        currency="INR",
        received_on=NOW.date(),
        by="u1",
    )
    log.append(Append(entries=(Entry(events.account_stream("fleet"), None, (New(paid),)),), at=NOW))


def pay(log: Log) -> None:
    """A payment that was captured."""
    what: dict[str, Any] = {"gateway": "embedded", "currency": "INR", "amount": Decimal("9.00")}
    made = payment_events.PaymentCreated(flow="stored", method="test-ok", charger_id="CP-01", token="t7", **what)
    taken = payment_events.PaymentCaptured(document="CN-R-000001", seller_id="default", booked_on=NOW.date(), **what)
    stream = payment_events.payment_stream("p1")
    log.append(Append(entries=(Entry(stream, 0, (New(made), New(taken))),), at=NOW))


def keep_books(log: Log) -> None:
    """A difference that is gone, with its alert, and a month that was closed."""
    run = books_events.ReconciliationBegun(id="rc1", since=NOW, by="u1")
    found = books_events.DifferenceFound(kind="amount", subject="p1", detail="less", advice="Ask.", payment_id="p1")
    gone = books_events.DifferenceGone(kind="amount", subject="p1")
    ended = books_events.ReconciliationEnded(id="rc1", listed=1, compared=1, repaired=0, different=0)
    stream = books_events.reconciliation_stream("embedded")
    entry = Entry(stream, 0, (New(run), New(found), New(gone), New(ended)))
    resolved = Entry(events.SYSTEM_STREAM, None, (New(events.AlertResolved(kind="offline", subject="CP-03")),))
    log.append(Append(entries=(entry, resolved), at=NOW))
    log.write(cursors.advance, "billing", 10_000)
    log.write(periods.close, "default", "2026-02", NOW)


def test_the_stored_rows_are_what_the_log_folds_to(told: Log, directory: Path) -> None:
    assert all(rows(told).values())
    assert differences(directory) == []


def test_a_rebuild_brings_lost_rows_back(told: Log) -> None:
    before = rows(told)
    for table in rebuild.TABLES:
        told.connection.execute(f"DELETE FROM {table}")
    assert told.write(lambda conn: rebuild.rebuild(told.reader, conn)) == []
    assert rows(told) == before


@pytest.mark.parametrize(
    ("statement", "table", "fields"),
    [
        ("UPDATE sessions SET status = 'completed' WHERE id = 's2'", "sessions", ("status",)),
        ("UPDATE commands SET status = 'rejected'", "commands", ("status",)),
        ("DELETE FROM sessions WHERE id = 's1'", "sessions", ()),
        ("INSERT INTO alerts VALUES (99, 'invented', 'CP-01', '', 0, NULL)", "alerts", ()),
    ],
)
def test_a_row_that_is_not_what_the_log_says_is_shown(
    told: Log, directory: Path, statement: str, table: str, fields: tuple[str, ...]
) -> None:
    told.connection.execute(statement)
    (found,) = differences(directory)
    assert isinstance(found, rebuild.Difference)
    assert (found.table, found.fields) == (table, fields)
    assert (found.stored is None, found.folded is None) == (
        statement.startswith("DELETE"),
        statement.startswith("INSERT"),
    )


def test_a_state_that_is_not_what_the_log_says_is_shown(told: Log, directory: Path) -> None:
    states = told.connection.execute("SELECT state FROM sessions WHERE id = 's2'").fetchone()
    told.connection.execute("UPDATE sessions SET state = ? WHERE id = 's1'", states)
    (found,) = differences(directory)
    assert isinstance(found, rebuild.Difference) and found.fields == ("state",)


def test_a_stream_that_does_not_fold_is_reported_and_leaves_the_others_alone(told: Log, directory: Path) -> None:
    told.append(append("session:poisoned", sampled(1)))
    assert [found.stream for found in differences(directory) if isinstance(found, rebuild.Unfolded)] == [
        "session:poisoned"
    ]
    assert [found for found in differences(directory) if isinstance(found, rebuild.Difference)] == []


def test_a_comparison_changes_nothing(told: Log, directory: Path) -> None:
    before = rows(told)
    told.connection.execute("UPDATE commands SET detail = 'x'")
    differences(directory)
    assert told.connection.execute("SELECT detail FROM commands").fetchone() == ("x",)
    assert rows(told)["sessions"] == before["sessions"]


def test_several_events_of_one_batch_leave_the_last_state(log: Log, teller: Teller, directory: Path) -> None:
    drafts: list[Append] = []
    told: list[events.AnyEvent] = [started("CP-01", key="k"), sampled(1200), sampled(1300)]
    for number, event in enumerate(told):
        draft = teller.draft("s1", event, seconds=number)
        teller.sessions["s1"] = draft.state[0]  # type: ignore[assignment]
        drafts.append(draft)
    log.append_batch(drafts)
    conn = sqlite3.connect(connection.database(directory))
    assert conn.execute("SELECT version FROM sessions").fetchall() == [(3,)]
    conn.close()
