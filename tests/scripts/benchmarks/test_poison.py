"""The poisoned streams of the benchmarks: nobody can read them, and all others are sound."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from csms.storage import connection, errors, lookups
from csms.storage.log import Log
from scripts.benchmarks import _poison, _story


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Of a log in which BENCH-0 charges, BENCH-1 cannot be read, and neither can the session of BENCH-2."""
    with Log.open(tmp_path) as log:
        log.append_batch([_story.Stay(0).start()])
    _poison.spoil_charger(tmp_path, 1)
    _poison.spoil_session(tmp_path, 2)
    with closing(connection.reader(tmp_path)) as opened:
        yield opened


def test_a_spoilt_charger_cannot_be_rebuilt(conn: sqlite3.Connection) -> None:
    with pytest.raises(errors.UndecodableEvent):
        lookups.charger_state(conn, "BENCH-1")


def test_a_spoilt_session_cannot_be_rebuilt_though_its_charger_can(conn: sqlite3.Connection) -> None:
    (session,) = lookups.open_sessions(conn, "BENCH-2")
    with pytest.raises(errors.UndecodableEvent):
        lookups.session_events(conn, session.id)
    assert lookups.charger_state(conn, "BENCH-2").epoch == 0


def test_a_neighbour_is_read_as_before(conn: sqlite3.Connection) -> None:
    (session,) = lookups.open_sessions(conn, "BENCH-0")
    assert len(lookups.session_events(conn, session.id)) == 1
