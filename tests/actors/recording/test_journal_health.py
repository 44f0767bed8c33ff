"""The journal on a disk that takes nothing: it says so once, tries again, and lives on."""

import sqlite3

import pytest

from actors import runtime
from actors.recording import journal
from csms.storage import errors
from csms.storage.reference import counters
from tests.actors.journals import Commits, Running, readonly
from tests.actors.node import until


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
