"""Many rows through one INSERT."""

import sqlite3
from collections.abc import Iterator

import pytest

from csms.storage import bulk

INSERT = "INSERT INTO t (k, v) VALUES (?, ?)"
UPSERT = "INSERT INTO t (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT) STRICT")
    yield connection
    connection.close()


def stored(database: sqlite3.Connection) -> list[tuple[int, str]]:
    return list(database.execute("SELECT k, v FROM t ORDER BY k"))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 63, 64, 65, 200])
def test_all_rows_are_stored(database: sqlite3.Connection, count: int) -> None:
    rows = [(k, f"v{k}") for k in range(count)]
    bulk.run(database, INSERT, rows)
    assert stored(database) == rows


def test_many_rows_take_few_steps(database: sqlite3.Connection) -> None:
    steps: list[str] = []
    database.set_trace_callback(steps.append)
    bulk.run(database, INSERT, [(k, "") for k in range(64 + 16 + 4 + 1)])
    assert len(steps) == 4


def test_the_last_row_of_a_key_wins_as_if_they_came_one_by_one(database: sqlite3.Connection) -> None:
    bulk.run(database, UPSERT, [(1, "a"), (2, "b"), (1, "c"), (1, "d"), (2, "e")])
    assert stored(database) == [(1, "d"), (2, "e")]


def test_a_row_that_cannot_be_stored_is_told(database: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        bulk.run(database, INSERT, [(1, "a"), (2, "b"), (3, "c"), (1, "again")])


def test_what_is_no_insert_runs_row_by_row(database: sqlite3.Connection) -> None:
    bulk.run(database, INSERT, [(k, "") for k in range(5)])
    bulk.run(database, "UPDATE t SET v = ? WHERE k = ?", [(f"v{k}", k) for k in range(5)])
    assert stored(database) == [(k, f"v{k}") for k in range(5)]
