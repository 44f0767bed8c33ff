"""What is shown of sessions, and how they are found."""

import sqlite3
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from csms.domain import events
from csms.storage import errors, queries
from csms.storage.log import Log
from csms.storage.queries import searching
from csms.storage.reference import tokens
from tests.csms.storage.support import Teller, at, sampled, started

LATER = at(86_400)


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def test_a_session_is_shown_with_its_token_and_plain_values(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    ref = log.write(tokens.add, {"id_token": "04A1B2C3"}).ref
    teller.tell("s1", started("CP-01", token=ref))
    teller.tell("s1", sampled(1500), seconds=60)
    shown = queries.sessions.get(conn, "s1", at(90))
    assert shown is not None
    wanted: dict[str, Any] = {
        "id": "s1",
        "transaction_id": "1",
        "charger_id": "CP-01",
        "id_token": "04A1B2C3",
        "token_type": "ISO14443",
        "status": "active",
        "flags": [],
        "started_at": "2026-03-01T09:00:00Z",
        "stopped_at": None,
        "meter_start_wh": 1000,
        "energy_wh": 500,
        "duration_s": 90,
        "cost": None,
    }
    assert {name: shown[name] for name in wanted} == wanted
    assert msgspec.json.decode(msgspec.json.encode(shown)) == shown


def test_energy_is_a_number_that_reads_as_it_was_recorded(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started())
    stop = events.SessionStopped(stopped_at=at(60), energy_wh=Decimal("1234.567"), meter_stop_wh=Decimal("2234.567"))
    teller.tell("s1", stop)
    shown = queries.sessions.get(conn, "s1", LATER)
    assert shown is not None
    assert b'"energy_wh":1234.567,' in msgspec.json.encode(shown)


def test_an_erased_token_shows_nothing(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    ref = log.write(tokens.intern, "04A1B2C3")
    teller.tell("s1", started(token=ref))
    log.write(tokens.erase, ref)
    shown = queries.sessions.get(conn, "s1", LATER)
    assert shown is not None and shown["id_token"] is None


def test_a_session_that_is_not_there_is_none(conn: sqlite3.Connection) -> None:
    assert queries.sessions.get(conn, "nowhere", LATER) is None


def test_a_state_at_hand_is_shown_like_the_stored_one(log: Log, teller: Teller, conn: sqlite3.Connection) -> None:
    state = teller.tell("s1", started(token=log.write(tokens.intern, "04A1")))
    assert queries.sessions.view(conn, state, LATER) == queries.sessions.get(conn, "s1", LATER)


@pytest.fixture
def told(log: Log, teller: Teller) -> Log:
    """Four sessions: s1 and s2 ended, s3 runs, s4 is flagged."""
    ref = log.write(tokens.intern, "04A1B2C3")
    teller.stay("s1")
    teller.stay("s2", "CP-02")
    teller.tell("s3", started("CP-01", key="s3", token=ref))
    teller.tell("s4", started("CP-03", key="s4"), events.SessionFlagged(flag="suspect"))
    return log


def test_sessions_are_listed_newest_first(told: Log, conn: sqlite3.Connection) -> None:
    assert ids(queries.sessions.list(conn, LATER)) == ["s4", "s3", "s2", "s1"]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"charger_id": "CP-01"}, ["s3", "s1"]),
        ({"charger_id": "cp-01"}, ["s3", "s1"]),
        ({"status": "completed"}, ["s2", "s1"]),
        ({"flag": "suspect"}, ["s4"]),
        ({"flag": "offline"}, []),
        ({"transaction_id": "2"}, ["s2"]),
        ({"id_token": "04a1b2c3"}, ["s3"]),
        ({"begin": at(0), "end": at(1)}, ["s4", "s3", "s2", "s1"]),
        ({"begin": at(1)}, []),
        ({"end": at(0)}, []),
        ({"driver_id": "u1"}, []),
        ({"station_ids": []}, []),
        ({"charger_id": "CP-01", "status": "active"}, ["s3"]),
    ],
)
def test_sessions_are_filtered(told: Log, conn: sqlite3.Connection, filter: dict[str, Any], found: list[str]) -> None:
    assert ids(queries.sessions.list(conn, LATER, **filter)) == found


def test_pages_follow_each_other_without_gap_or_overlap(told: Log, conn: sqlite3.Connection) -> None:
    first = queries.sessions.list(conn, LATER, limit=3)
    second = queries.sessions.list(conn, LATER, limit=3, cursor=first["next_cursor"])
    assert (ids(first), ids(second)) == (["s4", "s3", "s2"], ["s1"])
    assert second["next_cursor"] is None


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 501}, {"cursor": "x"}, {"cursor": "-1"}, {"cursor": "²"}])
def test_a_page_that_cannot_be_is_refused(conn: sqlite3.Connection, wrong: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        queries.sessions.list(conn, LATER, **wrong)
    assert refused.value.field in wrong


@pytest.fixture
def days(log: Log, teller: Teller) -> Log:
    """d1 to d6 by their start, known in another order, two of them begun in the same moment; station st1 and st2."""
    for name, day in (("d6", 6), ("d2", 2), ("d4a", 4), ("d1", 1), ("d4b", 4), ("d3", 3)):
        start = started(key=name)
        moved = msgspec.structs.replace(start, started_at=at(day * 86_400), station_id=f"st{1 + day % 2}")
        teller.tell(name, moved)
    return log


def test_sessions_of_a_time_are_listed_by_their_start(days: Log, conn: sqlite3.Connection) -> None:
    page = queries.sessions.list(conn, LATER, begin=at(2 * 86_400), end=at(6 * 86_400))
    assert ids(page) == ["d4b", "d4a", "d3", "d2"]


@pytest.mark.parametrize("filter", [{}, {"begin": at(0)}, {"begin": at(0), "end": at(10 * 86_400)}])
@pytest.mark.parametrize("where", [{}, {"station_ids": ["st2", "st1"]}, {"charger_id": "cp-01"}, {"status": "active"}])
def test_pages_of_one_have_all_in_the_same_order(
    days: Log, conn: sqlite3.Connection, filter: dict[str, Any], where: dict[str, Any]
) -> None:
    whole = ids(queries.sessions.list(conn, LATER, **filter, **where))
    found: list[str] = []
    cursor: str | None = None
    while len(found) < len(whole):
        page = queries.sessions.list(conn, LATER, **filter, **where, limit=1, cursor=cursor)
        found, cursor = found + ids(page), page["next_cursor"]
    assert (found, len(found), cursor) == (whole, 6, None)


def test_a_cursor_of_no_session_is_refused_where_its_start_is_needed(days: Log, conn: sqlite3.Connection) -> None:
    with pytest.raises(errors.BadCursor):
        queries.sessions.list(conn, LATER, begin=at(0), cursor="999")


def test_a_cursor_beyond_the_time_that_is_asked_for_leaves_nothing_out(days: Log, conn: sqlite3.Connection) -> None:
    last = queries.sessions.list(conn, LATER, begin=at(0), limit=1)["next_cursor"]
    assert ids(queries.sessions.list(conn, LATER, end=at(3 * 86_400), cursor=last)) == ["d2", "d1"]


def test_more_stations_than_are_looked_through_one_by_one_find_the_same(days: Log, conn: sqlite3.Connection) -> None:
    some, many = ["st1", "elsewhere"], ["st1", *map(str, range(searching.MANY))]
    found = [ids(queries.sessions.list(conn, LATER, station_ids=each)) for each in (some, many)]
    assert found[0] == found[1] == ["d4b", "d4a", "d2", "d6"]
