"""What every filter of a list makes SQLite look through: an index in the order wanted, never the whole table."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import pytest

from csms.storage import connection, queries
from csms.storage.billing import documents
from csms.storage.log import Log
from csms.storage.queries import page, searching
from csms.storage.reference import tokens
from tests.csms.storage.support import NOW, at

NEWEST = "walks from the newest: most rows are what is asked for"
SOME = "walks from the newest: most callers see most of it, and who does not waits longer"
FEW = "walks an index that has only the few which have any flag"
BY_ID = "walks by id from the cursor"
FEW_CHARGERS = "walks by id: there are thousands of chargers, not millions"
SMALL = "sorts: "
SPAN: Mapping[str, Any] = {"begin": NOW, "end": at(86_400)}
DAYS: Mapping[str, Any] = {"begin": date(2026, 3, 1), "end": date(2026, 4, 1)}
TIMES: Mapping[str, Any] = {"since": NOW, "until": at(86_400)}


class Case(NamedTuple):
    """A list with a filter; `excuse` says why it may walk or sort."""

    list: Callable[..., page.Page]
    filter: Mapping[str, Any]
    excuse: str = ""

    def __str__(self) -> str:
        return f"{self.list.__module__.rpartition('.')[2]} {' '.join(self.filter) or 'all'}"


def sessions(conn: sqlite3.Connection, **filter: Any) -> page.Page:
    return queries.sessions.list(conn, NOW, **filter)


sessions.__module__ = "sessions"

CASES = [
    Case(sessions, {}, NEWEST),
    Case(sessions, {"status": "completed"}, NEWEST),
    Case(sessions, {"status": "failed"}),
    Case(sessions, {"status": "active"}),
    Case(sessions, {"flag": "suspect"}, FEW),
    Case(sessions, {"charger_id": "cp-01"}),
    Case(sessions, {"charger_id": "cp-01", "status": "failed"}),
    Case(sessions, {"charger_id": "cp-01", **SPAN}, SMALL + "the sessions of a charger, in the index"),
    Case(sessions, {"station_id": "st1"}),
    Case(sessions, {"station_id": "st1", "status": "failed"}),
    Case(sessions, {"station_id": "st1", **SPAN}),
    Case(sessions, {"transaction_id": "1"}),
    Case(sessions, {"id_token": "CARD"}),
    Case(sessions, {"driver_id": "u1"}),
    Case(sessions, {"driver_id": "u1", **SPAN}, SMALL + "the sessions of a driver"),
    Case(sessions, {"begin": NOW}),
    Case(sessions, {"end": NOW}),
    Case(sessions, SPAN),
    Case(sessions, {"status": "failed", **SPAN}, SMALL + "sessions that are not completed, in the index"),
    Case(sessions, {"station_ids": ["st1", "st2"]}),
    Case(sessions, {"station_ids": ["st1", "st2"], **SPAN}),
    Case(sessions, {"station_ids": [f"st{each}" for each in range(searching.MANY + 1)]}, NEWEST),
    Case(documents.list, {}, NEWEST),
    Case(documents.list, {"number": "R-1"}),
    Case(documents.list, {"kind": "receipt"}),
    Case(documents.list, {"kind": "invoice", **DAYS}),
    Case(documents.list, {"series": "R"}),
    Case(documents.list, {"series": "R", "kind": "receipt", **DAYS}),
    Case(documents.list, {"seller_id": "default", "kind": "receipt"}),
    Case(documents.list, {"buyer_ref": "driver:u1"}),
    Case(documents.list, {"session_id": "s1"}, SMALL + "the documents of a session"),
    Case(documents.list, {"corrects": "R-1"}, SMALL + "the corrections of a document"),
    Case(documents.list, DAYS),
    Case(documents.list, {"station_ids": ["st1"]}, SOME),
    Case(queries.payments.list, {}, NEWEST),
    Case(queries.payments.list, {"status": "captured"}),
    Case(queries.payments.list, {"status": "failed", "charger_id": "CP-01"}),
    Case(queries.payments.list, {"session_id": "s1"}, SMALL + "the payments of a session"),
    Case(queries.payments.list, {"charger_id": "CP-01"}),
    Case(queries.payments.list, {"driver_id": "u1"}, SMALL + "the payments of a driver"),
    Case(queries.payments.list, {"station_ids": ["st1"]}, SOME),
    Case(queries.audit.list, {}, NEWEST),
    Case(queries.audit.list, {"kind": "token"}),
    Case(queries.audit.list, {"kind": "token", "subject": "t1"}),
    Case(queries.audit.list, {"by": "admin", **TIMES}),
    Case(queries.audit.list, TIMES),
    Case(queries.authorizations.list, {}, NEWEST),
    Case(queries.authorizations.list, {"charger_id": "CP-01"}),
    Case(queries.authorizations.list, {"id_token": "CARD"}),
    Case(queries.authorizations.list, {"id_token": "CARD", "charger_id": "CP-01"}),
    Case(queries.authorizations.list, {"driver_id": "u1"}, SMALL + "the attempts of a driver"),
    Case(queries.authorizations.list, {"station_ids": ["st1"]}, SOME),
    Case(queries.alerts.list, {}, NEWEST),
    Case(queries.alerts.list, {"kind": "offline"}),
    Case(queries.alerts.list, {"kind": "offline", "subject": "CP-01"}),
    Case(queries.alerts.list, {"subject": "CP-01"}),
    Case(queries.alerts.list, {"resolved": False}, NEWEST),
    Case(queries.alerts.list, {"station_ids": ["st1"]}, SOME),
    Case(queries.tokens.list, {}, NEWEST),
    Case(queries.tokens.list, {"id_token": "CARD"}),
    Case(queries.tokens.list, {"driver_id": "u1"}),
    Case(queries.drivers.list, {}, NEWEST),
    Case(queries.drivers.list, {"id": "u1"}),
    Case(queries.drivers.list, {"email": "dina@example.com"}),
    Case(queries.drivers.list, {"group_id": "g1"}, SMALL + "the members of a group"),
    Case(queries.chargers.list, {}, BY_ID),
    Case(queries.chargers.list, {"registration": "pending"}, FEW_CHARGERS),
    Case(queries.chargers.list, {"station_id": "st1"}, SMALL + "the chargers of a station"),
    Case(queries.commands.list, {"charger_id": "CP-01"}),
    Case(queries.reports.list, {"charger_id": "CP-01"}),
    Case(queries.reports.list, {"charger_id": "CP-01", "action": "NotifyEvent"}),
    Case(queries.certificates.list, {"charger_id": "CP-01"}),
    Case(queries.uploads.list, {"charger_id": "CP-01"}),
]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A reader of a log with nothing but a token: which way SQLite goes does not depend on the rows."""
    directory = tmp_path_factory.mktemp("plans") / "data"
    with Log.open(directory) as log:
        log.write(tokens.add, {"id_token": "CARD"})
        conn = connection.reader(directory)
        yield conn
        conn.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_list_goes_by_an_index_in_its_order(case: Case, reading: sqlite3.Connection) -> None:
    told: list[str] = []
    reading.set_trace_callback(told.append)
    case.list(reading, **case.filter)
    reading.set_trace_callback(None)
    selects = [each for each in told if each.startswith("SELECT")]
    steps = [row[3] for each in selects for row in reading.execute(f"EXPLAIN QUERY PLAN {each}").fetchall()]
    walks = any(step.startswith("SCAN") and "VIRTUAL TABLE" not in step for step in steps)
    sorts = any("TEMP B-TREE" in step for step in steps)
    assert (walks, sorts) == (case.excuse.startswith("walks"), case.excuse.startswith("sorts")), steps
