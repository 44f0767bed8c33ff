"""Many appends in one transaction: each has its own fate, and what the writer remembers stays true."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import events
from csms.storage import errors, verify
from csms.storage.log import Append, Appended, Entry, Fence, Log, New
from tests.csms.storage.support import NOW, Teller, append, noted, payloads, started

UNSTORABLE = events.CommandRequested(command_id="c", command="raw", by="me", arguments={"payload": object()})


def test_one_bad_append_does_not_fail_its_batch(log: Log) -> None:
    results = log.append_batch([append("a", noted("1")), append("a", UNSTORABLE), append("a", noted("2"))])
    assert [type(result) for result in results] == [Appended, errors.InvalidAppend, Appended]
    assert payloads(log, "a") == ["1", "2"]


def test_a_refused_append_does_not_fail_its_batch(log: Log) -> None:
    log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 9)))
    fenced = Append(entries=append("b", noted()).entries, at=NOW, fence=Fence("CP-01", 8))
    late = append("a", noted("late"), expected=5)
    results = log.append_batch([append("a", noted("1"), expected=0), fenced, late, append("a", noted("2"), expected=1)])
    assert [type(result) for result in results] == [Appended, errors.Fenced, errors.WrongExpectedVersion, Appended]
    assert payloads(log, "a") == ["1", "2"]


def test_the_same_event_twice_in_one_batch_is_stored_once(log: Log) -> None:
    one = append("a", noted("1"), ids=[b"one"])
    first, second = log.append_batch([one, one])
    assert isinstance(first, Appended) and isinstance(second, Appended)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.stored == second.stored


def test_the_same_event_twice_in_one_batch_is_found_before_its_version_is_judged(log: Log) -> None:
    one = append("a", noted("1"), expected=0, ids=[b"one"])
    _, second = log.append_batch([one, one])
    assert isinstance(second, Appended) and second.duplicate


def test_a_fence_raised_in_a_batch_holds_for_the_rest_of_it(log: Log) -> None:
    old = Append(entries=append("a", noted()).entries, at=NOW, fence=Fence("CP-01", 1))
    results = log.append_batch([old, Append(entries=(), at=NOW, claim=Fence("CP-01", 2)), old])
    assert [type(result) for result in results] == [Appended, Appended, errors.Fenced]


def test_starts_of_one_batch_get_numbers_in_turn_even_around_a_bad_one(log: Log, teller: Teller) -> None:
    drafts = [teller.draft(f"s{n}", started(key="same" if n < 2 else str(n))) for n in range(4)]
    results = log.append_batch(drafts)
    assert [type(result) for result in results] == [Appended, errors.InvalidAppend, Appended, Appended]
    numbers = [row[0] for row in log.connection.execute("SELECT transaction_id FROM sessions ORDER BY number")]
    assert numbers == ["1", "2", "3"]


def test_an_empty_batch_is_fine(log: Log) -> None:
    assert log.append_batch([]) == []


# -- failures of the machine ------------------------------------------------------------------------------------------


class Failing(sqlite3.Connection):
    """Fails at the statements that `fails` picks, as a disk would."""

    fails: Callable[[str], sqlite3.Error | None] = staticmethod(lambda sql: None)
    after = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        error = type(self).fails(sql)
        if error is not None and not type(self).after:
            raise error
        cursor = super().execute(sql, parameters)
        if error is not None:
            raise error
        return cursor


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[Failing]:
    class Mine(Failing):
        pass

    plain = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: plain(*a, factory=Mine, **k))
    return Mine


def _io_error() -> sqlite3.OperationalError:
    return sqlite3.OperationalError("disk I/O error")


def test_a_commit_that_fails_is_of_unknown_outcome(failing: type[Failing], log: Log) -> None:
    log.append(append("a", noted("1")))
    failing.fails = lambda sql: _io_error() if sql == "COMMIT" else None
    results = log.append_batch([append("a", noted("2")), append("a", noted("3"), expected=9)])
    assert [type(result) for result in results] == [errors.AppendUnknown, errors.WrongExpectedVersion]


@pytest.mark.parametrize("happened", [False, True])
def test_after_an_unknown_outcome_the_log_goes_on_from_what_is_there(
    failing: type[Failing], log: Log, happened: bool
) -> None:
    log.append(append("a", noted("1")))
    failing.after, failing.fails = happened, lambda sql: _io_error() if sql == "COMMIT" else None
    with pytest.raises(errors.AppendUnknown):
        log.append(append("a", noted("2")))
    failing.fails = lambda sql: None
    assert log.append(append("a", noted("3"))).first.version == (3 if happened else 2)
    log.checkpoint(NOW)
    assert list(verify.findings(log.connection)) == []


def test_a_write_whose_commit_fails_is_of_unknown_outcome(failing: type[Failing], log: Log) -> None:
    failing.fails = lambda sql: _io_error() if sql == "COMMIT" else None
    with pytest.raises(errors.AppendUnknown):
        log.write(lambda conn: None)


def test_a_disk_that_fails_before_the_commit_stored_nothing(failing: type[Failing], log: Log) -> None:
    log.append(append("a", noted("1")))
    failing.fails = lambda sql: _io_error() if sql.startswith("BEGIN") else None
    results = log.append_batch([append("a", noted("2")), append("b", noted())])
    assert [type(result) for result in results] == [errors.StorageUnavailable] * 2
    failing.fails = lambda sql: None
    assert log.append(append("a", noted("2"), expected=1)).first.version == 2
    assert payloads(log, "b") == []


# -- any order of anything --------------------------------------------------------------------------------------------

_STEP = st.tuples(
    st.sampled_from("ab"),  # stream
    st.sampled_from([None, 0, 1, 2, 3]),  # expected version
    st.sampled_from([b"", b"x", b"y", b"z"]),  # event id
    st.sampled_from(["good", "good", "good", "unstorable"]),
)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(_STEP, max_size=6), max_size=5))
def test_a_log_behaves_like_a_list_a_stream(tmp_path_factory: pytest.TempPathFactory, batches: Any) -> None:
    model: dict[str, list[bytes]] = {"a": [], "b": []}
    with Log.open(tmp_path_factory.mktemp("model")) as log:
        for batch in batches:
            results = log.append_batch([_append(*step) for step in batch])
            assert [_outcome(result) for result in results] == [_expected(model, *step) for step in batch]
        for stream, ids in model.items():
            assert [stored.version for stored in log.read(stream)] == [*range(1, len(ids) + 1)]
        log.checkpoint(NOW)
        assert list(verify.findings(log.connection)) == []


def _append(stream: str, expected: int | None, id: bytes, kind: str) -> Append:
    event = noted() if kind == "good" else UNSTORABLE
    return Append(entries=(Entry(stream, expected, (New(event, id),)),), at=NOW)


def _outcome(result: object) -> object:
    return result.duplicate if isinstance(result, Appended) else type(result)


def _expected(model: dict[str, list[bytes]], stream: str, expected: int | None, id: bytes, kind: str) -> object:
    known = id != b"" and id in model[stream]
    if expected is not None and expected != len(model[stream]):
        return True if known else errors.WrongExpectedVersion
    if known:
        return True
    if kind != "good":
        return errors.InvalidAppend
    model[stream].append(id)
    return False
