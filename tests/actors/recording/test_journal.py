"""The journal: one writer, commits that gather by themselves, and answers that never say more than the disk does."""

import sqlite3

import pytest
import trio

from actors import runtime
from actors.recording import journal
from actors.recording.journal import Journal
from csms.storage import checkpoints, connection, errors
from csms.storage.log import Append, Appended, Fence, Log
from csms.storage.reference import counters
from tests.actors.journals import Commits, Running, pause_after_one, running
from tests.actors.node import until
from tests.csms.storage.support import NOW, append, noted

# -- Group commit ------------------------------------------------------------------------------------------------------


async def test_an_answer_leaves_after_the_commit(run: Running, commits: Commits) -> None:
    commits.hold()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run.tried, "1")
        await commits.begun.wait()
        await trio.testing.wait_all_tasks_blocked()
        assert (run.outcomes, run.published) == ({}, [])
        commits.go()
    assert isinstance(run.outcomes["1"], Appended)
    assert run.notes() == ["1"]


async def test_what_arrives_while_one_batch_commits_forms_the_next(run: Running, commits: Commits) -> None:
    commits.hold()
    run.send("1")
    await commits.begun.wait()
    run.send("2", "3", "4", "5")
    commits.go()
    await run.append("6")
    assert commits.sizes == [1, 5]


async def test_a_commit_has_a_limit(run: Running, commits: Commits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BATCH", 3)
    commits.hold()
    run.send("1")
    await commits.begun.wait()
    run.send(*"2345678")
    commits.go()
    await run.append("9")
    assert commits.sizes == [1, 3, 3, 2]


async def test_records_are_stored_and_told_in_the_order_they_came(run: Running, commits: Commits) -> None:
    texts = [str(number) for number in range(100)]
    run.send(*texts[:-1])
    await run.append(texts[-1])
    assert run.notes() == texts
    assert run.published == texts


async def test_who_left_holds_up_nobody_and_the_record_is_kept(run: Running, commits: Commits) -> None:
    commits.hold()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run.tried, "2")
        with trio.CancelScope() as scope:
            scope.cancel()
            await run.append("1")
        await commits.begun.wait()
        commits.go()
    await run.append("3")
    assert sorted(run.notes()) == ["1", "2", "3"]


async def test_what_was_sent_before_is_settled_when_it_says_so(run: Running, commits: Commits) -> None:
    commits.hold()
    run.send("1", "2")
    await commits.begun.wait()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.settled, run.ref)
        await until(lambda: runtime.sys.statistics(run.ref)["queued"])
        run.send("3")
        commits.go()
    assert run.notes() == ["1", "2", "3"], "and it waited with what came after it, for one commit"
    assert len(commits.sizes) == 2


async def test_a_crash_of_the_journal_is_waited_for_until_all_is_settled(run: Running, commits: Commits) -> None:
    commits.hold()
    commits.crash(1)
    run.send("1")
    await commits.begun.wait()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(journal.settled, run.ref)
        await until(lambda: runtime.sys.statistics(run.ref)["queued"])
        run.send("2")
        runtime.sys.suspend(run.ref)
        commits.go()
    assert run.notes() == ["2"]


async def test_where_nothing_waits_all_is_settled(run: Running, commits: Commits) -> None:
    await journal.settled(run.ref)
    assert commits.sizes == []


# -- Each its own fate -------------------------------------------------------------------------------------------------


async def test_a_repeat_finds_the_first_and_is_told_to_nobody(run: Running) -> None:
    first = await run.append("1", id=b"one")
    again = await run.append("1", id=b"one")
    assert again.duplicate
    assert again.first.seq == first.first.seq
    assert run.published == ["1"]


async def test_a_repeat_in_the_same_commit_is_stored_once(run: Running, commits: Commits) -> None:
    commits.hold()
    run.send("0")
    await commits.begun.wait()
    same = append("a", noted("1"), ids=[b"one"])
    run.ref.cast(Journal.on_append, same)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run.tried, "1", same)
        await until(lambda: runtime.sys.statistics(run.ref)["queued"] == 2)
        commits.go()
    assert isinstance(again := run.outcomes["1"], Appended)
    assert again.duplicate
    assert (run.notes(), run.published) == (["0", "1"], ["0", "1"])


async def test_an_older_link_is_fenced_off_alone(run: Running, commits: Commits) -> None:
    await journal.append(run.ref, Append(entries=(), at=NOW, claim=Fence("CP-01", 2)))
    late = append("a", noted("late"))
    commits.hold()
    run.send("1")
    await until(lambda: len(commits.sizes) == 2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run.tried, "late", Append(entries=late.entries, at=NOW, fence=Fence("CP-01", 1)))
        nursery.start_soon(run.tried, "new", Append(entries=late.entries, at=NOW, fence=Fence("CP-01", 2)))
        await until(lambda: runtime.sys.statistics(run.ref)["queued"] == 2)
        commits.go()
    assert isinstance(run.outcomes["late"], errors.Fenced)
    assert isinstance(run.outcomes["new"], Appended)
    assert commits.sizes == [1, 1, 2]


async def test_who_expected_another_version_is_refused_alone(run: Running) -> None:
    await run.append("1")
    with pytest.raises(errors.WrongExpectedVersion):
        await run.append("2", expected=0)
    await run.append("2", expected=1)
    assert (run.notes(), run.health, run.system.crashes) == (["1", "2"], [], 0)


# -- Changes of reference data -----------------------------------------------------------------------------------------


async def test_a_change_comes_after_the_records_before_it(run: Running) -> None:
    run.send("1", "2")
    count = "SELECT count(*) FROM events"
    assert await journal.write(run.ref, lambda conn: conn.execute(count).fetchone()[0]) == 2


async def test_a_change_is_given_its_arguments_and_is_durable(run: Running) -> None:
    await journal.write(run.ref, counters.skip_transaction_ids, 41)
    with sqlite3.connect(connection.database(run.log.directory)) as conn:
        assert counters.next_transaction_id(conn) == 42
        conn.rollback()


async def test_what_a_change_raises_undoes_it_and_goes_to_its_caller(run: Running) -> None:
    def change(conn: sqlite3.Connection) -> None:
        counters.next_transaction_id(conn)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await journal.write(run.ref, change)
    assert await journal.write(run.ref, counters.next_transaction_id) == 1
    assert run.system.crashes == 0


async def test_a_checkpoint_covers_the_records_before_it(run: Running) -> None:
    run.send("1", "2")
    await journal.checkpoint(run.ref)
    noted_down = checkpoints.last(run.log.connection)
    assert noted_down is not None
    assert noted_down.events == 2


# -- Ends --------------------------------------------------------------------------------------------------------------


async def test_a_stop_commits_what_gathered(log: Log) -> None:
    async with trio.open_nursery() as nursery:
        async with running(log) as run:
            pause_after_one(run.ref)
            nursery.start_soon(run.tried, "1")
            await until(lambda: runtime.sys.status(run.ref)["suspended"])
            assert run.notes() == []
    assert isinstance(run.outcomes["1"], Appended)
    assert run.notes() == ["1"]


async def test_a_stop_tells_who_still_waited_that_nothing_was_done(log: Log, commits: Commits) -> None:
    async with trio.open_nursery() as nursery:
        async with running(log) as run:
            commits.hold()
            nursery.start_soon(run.tried, "1")
            await commits.begun.wait()
            nursery.start_soon(run.tried, "2")
            await until(lambda: runtime.sys.statistics(run.ref)["queued"])
            run.system.stop()
            commits.go()
    assert isinstance(run.outcomes["1"], Appended)
    assert isinstance(run.outcomes["2"], runtime.NeverHandled)
    assert run.notes() == ["1"]


async def test_after_a_crash_the_outcome_of_the_whole_commit_is_unknown(run: Running, commits: Commits) -> None:
    commits.hold()
    run.send("0")
    await commits.begun.wait()
    async with trio.open_nursery() as nursery:
        for text in "12":
            nursery.start_soon(run.tried, text)
        await until(lambda: runtime.sys.statistics(run.ref)["queued"] == 2)
        commits.crash(2)
        commits.go()
    assert commits.sizes == [1, 2]
    assert [type(run.outcomes[text]) for text in "12"] == [runtime.ActorCrashed] * 2
    assert issubclass(runtime.ActorCrashed, runtime.OutcomeUnknown)


async def test_what_waited_during_a_crash_is_stored_all_the_same(run: Running, commits: Commits) -> None:
    commits.hold()
    commits.crash(1)
    run.send("1")
    await commits.begun.wait()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run.tried, "2")
        await until(lambda: runtime.sys.statistics(run.ref)["queued"])
        commits.go()
    assert isinstance(run.outcomes["2"], Appended)
    assert (run.notes(), run.system.crashes) == (["2"], 1)


# -- What it shows -----------------------------------------------------------------------------------------------------


async def test_its_messages_are_shown_without_what_they_hold(run: Running) -> None:
    await run.append("private")
    await journal.write(run.ref, counters.skip_transaction_ids, 1)
    assert runtime.sys.last_messages(run.ref) == ["on_append(a)", "on_write"]


async def test_its_state_is_shown_without_what_waits(run: Running) -> None:
    pause_after_one(run.ref)
    run.send("private")
    await until(lambda: runtime.sys.status(run.ref)["suspended"])
    assert "private" not in runtime.sys.status(run.ref)["status"]
    runtime.sys.resume(run.ref)
