"""Readers: questions to the database from threads, each seeing everything that was acknowledged before."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.recording.readers import Readers
from csms.storage import connection, errors
from csms.storage.log import Log
from csms.storage.reference import counters
from tests.actors.node import PATIENCE
from tests.csms.storage.support import append, noted

COUNT = "SELECT count(*) FROM events"


@pytest.fixture
def readers(log: Log) -> Iterator[Readers]:
    """A pool of one connection, so that each question finds the state in which the last one left it."""
    made = Readers(connection.database(log.directory), size=1)
    yield made
    made.close()


def count(conn: sqlite3.Connection) -> int:
    found: int = conn.execute(COUNT).fetchone()[0]
    return found


async def test_a_question_gets_its_arguments_and_gives_its_answer(readers: Readers) -> None:
    def query(conn: sqlite3.Connection, one: int, *, two: int) -> int:
        found: int = conn.execute("SELECT ? + ?", (one, two)).fetchone()[0]
        return found

    assert await readers.read(query, 1, two=2) == 3


async def test_what_was_acknowledged_is_visible_in_the_next_read(log: Log, readers: Readers) -> None:
    for number in range(1, 4):
        log.append(append("a", noted()))
        assert await readers.read(count) == number


async def test_nothing_can_be_written(readers: Readers) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await readers.read(counters.next_transaction_id)


async def test_what_a_question_raises_goes_to_who_asked(readers: Readers) -> None:
    def query(conn: sqlite3.Connection) -> None:
        raise errors.NotFound("charger", "CP-01")

    with pytest.raises(errors.NotFound):
        await readers.read(query)
    assert await readers.read(count) == 0


async def test_a_question_that_fails_half_way_leaves_no_old_state_behind(log: Log, readers: Readers) -> None:
    def query(conn: sqlite3.Connection) -> None:
        conn.execute("BEGIN")
        count(conn)
        raise errors.NotFound("charger", "CP-01")

    with pytest.raises(errors.NotFound):
        await readers.read(query)
    log.append(append("a", noted()))
    assert await readers.read(count) == 1


async def test_rows_that_nobody_fetched_leave_no_old_state_behind(log: Log, readers: Readers) -> None:
    log.append(append("a", noted(), noted()))

    def query(conn: sqlite3.Connection) -> None:
        rows = conn.execute("SELECT seq FROM events")
        next(rows)
        raise errors.NotFound("charger", "CP-01")

    with pytest.raises(errors.NotFound) as kept:
        await readers.read(query)
    log.append(append("a", noted()))
    assert await readers.read(count) == 3
    del kept


async def test_as_many_at_once_as_the_pool_has_room_for(log: Log) -> None:
    pool = Readers(connection.database(log.directory), size=3)
    together = threading.Barrier(3, timeout=PATIENCE)
    used: set[int] = set()

    def query(conn: sqlite3.Connection) -> None:
        together.wait()
        used.add(id(conn))

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(pool.read, query)
    assert len(used) == 3
    pool.close()


async def test_who_is_cancelled_in_the_queue_is_never_answered_and_who_is_answered_is_waited_for(
    readers: Readers,
) -> None:
    begun, go = trio.Event(), threading.Event()
    token = trio.lowlevel.current_trio_token()
    answered: list[str] = []

    def slow(conn: sqlite3.Connection) -> None:
        token.run_sync_soon(begun.set)
        assert go.wait(PATIENCE)
        answered.append("slow")

    def queued(conn: sqlite3.Connection) -> None:
        answered.append("queued")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(readers.read, slow)
        await begun.wait()
        with trio.move_on_after(0) as scope:
            await readers.read(queued)
        assert scope.cancelled_caught
        nursery.cancel_scope.cancel()
        go.set()
    assert await readers.read(lambda conn: list(answered)) == ["slow"]


async def test_a_slow_question_holds_up_nobody_while_there_is_room(log: Log) -> None:
    pool = Readers(connection.database(log.directory), size=2)
    go = threading.Event()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pool.read, lambda conn: go.wait(PATIENCE))
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(10):
            assert await pool.read(count) == 0
        go.set()
    pool.close()


async def test_connections_are_closed_with_the_pool_and_made_anew_after_it(readers: Readers) -> None:
    kept = await readers.read(lambda conn: conn)
    readers.close()
    with pytest.raises(sqlite3.ProgrammingError):
        kept.execute(COUNT)
    assert await readers.read(count) == 0


async def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.StorageUnavailable, match="nothing"):
        await Readers(tmp_path / "nothing").read(count)


async def test_answers_that_wait_for_each_other_are_all_given(log: Log) -> None:
    pool = Readers(connection.database(log.directory), size=1, together=3)
    go = threading.Event()
    woken: list[int] = []

    async def ask(number: int) -> None:
        await pool.read(lambda conn: go.wait(PATIENCE))
        woken.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(ask, number)
        await trio.testing.wait_all_tasks_blocked()
        go.set()
    assert sorted(woken) == [0, 1, 2, 3, 4]
    assert await pool.read(count) == 0
    pool.close()
