"""What actors look up by key."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from csms.domain import authorization, charger, events
from csms.storage import connection, lookups
from csms.storage.log import Append, Fence, Log
from csms.storage.reference import chargers, tokens
from tests.csms.storage.support import NOW, Teller, append, at, noted, started, stopped


@pytest.fixture
def conn(log: Log, directory: Path) -> Iterator[sqlite3.Connection]:
    reader = connection.reader(directory)
    yield reader
    reader.close()


def connected(epoch: int = 1) -> events.Connected:
    return events.Connected(epoch=epoch, protocol="1.6")


def test_a_registered_charger_is_known_in_whatever_case(log: Log, conn: sqlite3.Connection) -> None:
    added = log.write(chargers.add, {"id": "CP-01", "connectors": [{"id": 1}], "security_profile": 1}, "stored")
    assert lookups.known_charger(conn, "cp-01") == added
    assert (added.credentials.good, added.connector_ids) == (("stored",), (1,))
    assert lookups.known_charger(conn, "CP-02") is None


def test_a_charger_starts_from_its_state_and_its_newest_epoch(
    log: Log, teller: Teller, conn: sqlite3.Connection
) -> None:
    assert lookups.charger_state(conn, "CP-01") == lookups.Rebuilt(charger.Charger(id="CP-01"), 0)
    state = teller.say("CP-01", connected(3), noted())
    log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 4)))
    assert lookups.charger_state(conn, "CP-01") == lookups.Rebuilt(state, 4)


def test_events_that_no_row_covers_are_folded_in(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    teller.say("CP-01", connected())
    log.append(append("charger:CP-01", events.Disconnected(epoch=1)))
    assert lookups.charger_state(conn, "CP-01").state.online is False


def test_a_charger_begins_with_all_that_is_known_of_it(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    registered = log.write(chargers.add, {"id": "CP-01", "connectors": [{"id": 1}]})
    state = teller.say("CP-01", connected(3))
    session = teller.tell("s1", started("CP-01"))
    assert lookups.beginning(conn, "CP-01") == lookups.Beginning(registered, lookups.Rebuilt(state, 0), [session])
    assert lookups.beginning(conn, "CP-02") == (None, (charger.Charger(id="CP-02"), 0), [])
    log.append(append("charger:CP-01", noted()))
    assert lookups.beginning(conn, "CP-01").rebuilt.state.version == 2


def test_who_was_online_is_known_after_a_crash(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.say("CP-01", connected())
    teller.say("CP-02", connected(), events.Disconnected(epoch=1))
    teller.say("CP-03", connected(), seconds=9)
    assert [state.id for state in lookups.online_chargers(conn)] == ["CP-01", "CP-03"]


def test_a_session_is_rebuilt_from_its_events(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    teller.stay("s1")
    assert lookups.session_events(conn, "s1") == list(log.read("session:s1"))
    assert lookups.session_events(conn, "nowhere") == []


def test_a_session_is_found_by_the_key_of_its_start(teller: Teller, conn: sqlite3.Connection) -> None:
    state = teller.tell("s1", started("CP-01", key="k"))
    teller.tell("s2", started("CP-01"))
    assert lookups.session_by_start(conn, "CP-01", "k") == state
    assert lookups.session_by_start(conn, "CP-02", "k") is None
    assert lookups.session_by_start(conn, "CP-01", "") is None


def test_open_sessions_are_those_that_have_not_ended(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.stay("s1")
    teller.tell("s2", started("CP-01", key="s2"))
    teller.tell("s2", stopped(1600), seconds=90)
    teller.tell("s3", started("CP-02"))
    assert [state.id for state in lookups.open_sessions(conn, "CP-01")] == ["s2"]
    assert lookups.open_session_ids(conn) == ["s2", "s3"]


def test_no_look_up_walks_a_whole_table(conn: sqlite3.Connection) -> None:
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    lookups.known_charger(conn, "CP-01")
    lookups.beginning(conn, "CP-01")
    lookups.online_chargers(conn)
    lookups.open_sessions(conn, "CP-01")
    lookups.open_session_ids(conn)
    lookups.session_by_start(conn, "CP-01", "k")
    lookups.session_of_transaction(conn, "CP-01", "1")
    lookups.session_of_stop(conn, "CP-01", b"digest")
    lookups.runs_elsewhere(conn, "t1", "CP-01", 1)
    lookups.token(conn, "04A1")
    conn.set_trace_callback(None)
    for query in filter(lambda sql: sql.startswith("SELECT"), asked):
        plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert [step for step in plan if step.startswith("SCAN") and "USING" not in step] == [], query


def test_a_token_runs_elsewhere_what_is_active_on_another_connector(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started(token="t1"))
    assert not lookups.runs_elsewhere(conn, "t1", "CP-01", 1)
    assert lookups.runs_elsewhere(conn, "t1", "CP-01", 2)
    assert lookups.runs_elsewhere(conn, "t1", "CP-02", 1)
    assert not lookups.runs_elsewhere(conn, "t2", "CP-02", 1)
    assert not lookups.runs_elsewhere(conn, "t1", "CP-02", 1, most=2), "it may run two at the same time"
    teller.tell("s1", stopped(1600))
    assert not lookups.runs_elsewhere(conn, "t1", "CP-02", 1)


def test_what_a_newer_session_replaced_runs_nowhere(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started(token="t1"))
    teller.tell("s1", events.SessionFlagged(flag="superseded", detail="another transaction started"))
    assert not lookups.runs_elsewhere(conn, "t1", "CP-02", 1)


def test_a_transaction_id_names_the_newest_session_of_its_charger(teller: Teller, conn: sqlite3.Connection) -> None:
    def start(charger_id: str) -> events.SessionStarted:
        return msgspec.structs.replace(started(charger_id), transaction_id="77")

    teller.tell("s1", start("CP-01"))
    teller.tell("s2", start("CP-01"))
    teller.tell("s3", start("CP-02"))
    assert lookups.session_of_transaction(conn, "CP-01", "77") == "s2"
    assert lookups.session_of_transaction(conn, "CP-01", "78") is None


def test_a_stop_that_comes_again_names_the_session_that_it_ended(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started("CP-01"))
    teller.tell("s1", msgspec.structs.replace(stopped(2000), digest=b"the record"))
    teller.tell("s2", started("CP-01", key="s2"))
    assert lookups.session_of_stop(conn, "CP-01", b"the record") == "s1"
    assert lookups.session_of_stop(conn, "CP-01", b"another") is None
    assert lookups.session_of_stop(conn, "CP-01", b"") is None
    assert lookups.session_of_stop(conn, "CP-02", b"the record") is None


def test_a_token_is_judged_by_what_is_registered(log: Log, conn: sqlite3.Connection) -> None:
    added = log.write(tokens.add, {"id_token": "04A1B2C3", "group_id": "G", "valid_to": at(9)})
    expected = authorization.TokenRecord(ref=added.ref, group_id="G", valid_to=at(9))
    assert lookups.token(conn, "04a1b2c3") == expected
    assert lookups.token(conn, "unheard") is None


def test_a_token_that_was_only_presented_is_not_registered(log: Log, conn: sqlite3.Connection) -> None:
    ref = log.write(tokens.intern, "04A1B2C3")
    assert lookups.token(conn, "04A1B2C3") == authorization.TokenRecord(ref=ref, registered=False)
