"""The journal: one writer, commits that gather by themselves, and answers that never say more than the disk does."""

import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from actors import journal, runtime
from actors.journal import Journal
from csms.storage import checkpoints, connection, errors
from csms.storage.log import Append, Appended, Fence, Log
from csms.storage.reference import counters
from tests.actors.node import PATIENCE, until
from tests.csms.storage.support import NOW, append, noted, payloads


class Commits:
    """The log's commits as they are made: their sizes. `hold` keeps them waiting until `go`; one may `crash`."""

    def __init__(self, log: Log, patch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.begun = trio.Event()
        self._crashes = 0
        self._real = log.append_batch
        self._go = threading.Event()
        self._go.set()
        patch.setattr(log, "append_batch", self._commit)

    def hold(self) -> None:
        self._go.clear()

    def go(self) -> None:
        self._go.set()

    def crash(self, number: int) -> None:
        """Fail at the `number`-th commit from the start."""
        self._crashes = number

    def _commit(self, requests: list[Append]) -> object:
        self.sizes.append(len(requests))
        trio.from_thread.run_sync(self.begun.set)
        assert self._go.wait(PATIENCE)
        if len(self.sizes) == self._crashes:
            raise RuntimeError("boom")
        return self._real(requests)


class Running:
    """A journal, and what it told."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.published: list[str] = []
        self.health: list[bool] = []
        self.outcomes: dict[str, Appended | Exception] = {}
        self.system = runtime.System([runtime.ChildSpec("journal", self._made)])

    def _made(self) -> Journal:
        return Journal(self.log, lambda request, result: self.published.extend(_texts(result)), self.health.append)

    @property
    def ref(self) -> runtime.Ref[Journal]:
        found = self.system.registry.lookup("journal", Journal)
        assert found is not None
        return found.within(PATIENCE)

    async def append(self, text: str, stream: str = "a", *, expected: int | None = None, id: bytes = b"") -> Appended:
        """Append a note and wait."""
        return await journal.append(self.ref, append(stream, noted(text), expected=expected, ids=[id] if id else []))

    async def tried(self, text: str, request: Append | None = None) -> None:
        """Append, and keep what came of it."""
        try:
            self.outcomes[text] = await journal.append(self.ref, request or append("a", noted(text)))
        except (runtime.ActorError, errors.StorageError) as error:
            self.outcomes[text] = error

    def send(self, *texts: str) -> None:
        """Append notes in this order, without waiting."""
        for text in texts:
            self.ref.cast(Journal.on_append, append("a", noted(text)))

    def notes(self, stream: str = "a") -> list[str]:
        """What another process can read."""
        with Log.open(self.log.directory, readonly=True) as log:
            return payloads(log, stream)


def _texts(result: Appended) -> Iterator[str]:
    return (str(getattr(stored.event, "payload", "")) for stored in result.stored)


@asynccontextmanager
async def running(log: Log) -> AsyncIterator[Running]:
    made = Running(log)
    async with made.system:
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def commits(log: Log, monkeypatch: pytest.MonkeyPatch) -> Commits:
    return Commits(log, monkeypatch)


@pytest.fixture
async def run(log: Log, commits: Commits) -> AsyncIterator[Running]:
    """A journal whose commits can be held."""
    async with running(log) as made:
        try:
            yield made
        finally:
            commits.go()


def readonly(log: Log, *, on: bool) -> None:
    """Make the disk refuse every write, or take them again."""
    log.connection.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")


def pause_after_one(ref: runtime.Ref[Journal]) -> None:
    """Let it take one message and stand still before it commits."""

    def tracer(step: runtime.Traced) -> None:
        if step.event == "handled":
            runtime.sys.suspend(ref)

    runtime.sys.trace(ref, tracer)


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


# -- A disk that takes nothing -----------------------------------------------------------------------------------------


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal tries again at once."""
    monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)


async def test_what_cannot_be_stored_is_told_and_the_journal_lives_on(run: Running) -> None:
    readonly(run.log, on=True)
    with pytest.raises(errors.StorageUnavailable):
        await run.append("1")
    with pytest.raises(errors.StorageUnavailable):
        await journal.write(run.ref, counters.next_transaction_id)
    assert (run.published, run.system.crashes) == ([], 0)


async def test_ill_health_is_told_once_and_so_is_recovery(run: Running, often: None) -> None:
    readonly(run.log, on=True)
    for text in "12":
        await run.tried(text)
    assert run.health == [False]
    readonly(run.log, on=False)
    await until(lambda: run.health == [False, True])
    await run.append("3")
    assert run.notes() == ["3"]


async def test_a_commit_of_unknown_outcome_is_ill_health_too(
    run: Running, often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(run.log, "append_batch", lambda appends: [errors.AppendUnknown("I/O") for _ in appends])
        with pytest.raises(errors.AppendUnknown):
            await run.append("1")
    await until(lambda: run.health == [False, True])


async def test_a_change_that_cannot_be_stored_is_ill_health_too(run: Running) -> None:
    readonly(run.log, on=True)
    with pytest.raises(errors.StorageUnavailable):
        await journal.write(run.ref, counters.next_transaction_id)
    assert run.health == [False]


async def test_it_tries_until_it_can_write(run: Running, often: None) -> None:
    readonly(run.log, on=True)
    await run.tried("1")
    before = runtime.sys.statistics(run.ref)["handled"]
    await until(lambda: runtime.sys.statistics(run.ref)["handled"] > before + 3)
    assert run.health == [False]


async def test_it_tries_on_whatever_a_try_runs_into(run: Running, often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def damaged(conn: sqlite3.Connection) -> None:
        tries.append(conn)
        raise sqlite3.DatabaseError("database disk image is malformed")

    readonly(run.log, on=True)
    with monkeypatch.context() as patch:
        patch.setattr(counters, "touch", damaged)
        await run.tried("1")
        readonly(run.log, on=False)
        await until(lambda: len(tries) > 1)
    await until(lambda: run.health == [False, True])
    assert run.system.crashes == 0


async def test_it_tries_on_after_a_crash(run: Running, commits: Commits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PROBE_SECONDS", 0.2)
    readonly(run.log, on=True)
    await run.tried("1")
    commits.crash(2)
    await run.tried("2")
    assert isinstance(run.outcomes["2"], runtime.ActorCrashed)
    readonly(run.log, on=False)
    await until(lambda: run.health == [False, True])


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
