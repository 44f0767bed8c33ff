"""What an append promises, and what a reader finds."""

import sqlite3
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest

from csms.domain import events
from csms.storage import errors
from csms.storage.log import Append, Entry, Fence, Log, New
from tests.csms.storage.support import NOW, Teller, append, at, noted, payloads, sampled, started


def test_a_stream_reads_back_what_was_appended_in_order(log: Log) -> None:
    log.append(append("a", noted("1"), noted("2"), expected=0))
    log.append(append("a", noted("3"), expected=2))
    assert payloads(log, "a") == ["1", "2", "3"]
    assert [stored.version for stored in log.read("a")] == [1, 2, 3]


def test_what_is_stored_says_where_when_and_why(log: Log) -> None:
    new = New(noted("1"), b"identity", "command-7", "cause-3")
    written = log.append(Append(entries=(Entry("a", 0, (new,)),), at=at(0.123456))).first
    read = next(log.read("a"))
    assert written == read
    assert (read.seq, read.stream, read.version, read.type, read.schema) == (1, "a", 1, "Notified", 1)
    assert (read.event_id, read.correlation, read.causation) == (b"identity", "command-7", "cause-3")
    assert read.at == at(0.123)


def test_reading_can_begin_after_a_version(log: Log) -> None:
    log.append(append("a", *[noted(str(number)) for number in range(1200)]))
    assert [stored.version for stored in log.read("a", 1198)] == [1199, 1200]
    assert len(payloads(log, "a")) == 1200


def test_all_streams_read_in_the_order_of_their_appending(log: Log) -> None:
    for stream in ("b", "a", "b"):
        log.append(append(stream, noted()))
    assert [(stored.seq, stored.stream) for stored in log.read_all()] == [(1, "b"), (2, "a"), (3, "b")]
    assert [stored.seq for stored in log.read_all(1, until=2)] == [2]


def test_streams_are_listed_by_prefix_oldest_first(log: Log) -> None:
    for stream in ("session:2", "charger:1", "session:1"):
        log.append(append(stream, noted()))
    assert list(log.streams("session:")) == ["session:2", "session:1"]


def test_the_head_of_a_stream_is_its_last_version(log: Log, directory: Path) -> None:
    assert log.head("a").version == 0
    log.append(append("a", noted(), noted()))
    assert log.head("a").version == 2
    with Log.open(directory, readonly=True) as reader:
        assert reader.head("a") == log.head("a")


def test_an_append_at_another_version_is_refused(log: Log) -> None:
    log.append(append("a", noted("1"), expected=0))
    with pytest.raises(errors.WrongExpectedVersion) as refused:
        log.append(append("a", noted("2"), expected=0))
    assert (refused.value.stream, refused.value.expected, refused.value.actual) == ("a", 0, 1)
    assert payloads(log, "a") == ["1"]


def test_several_streams_are_appended_together_or_not_at_all(log: Log) -> None:
    log.append(append("b", noted("there")))
    both = (Entry("a", 0, (New(noted()),)), Entry("b", 0, (New(noted()),)))
    with pytest.raises(errors.WrongExpectedVersion):
        log.append(Append(entries=both, at=NOW))
    assert payloads(log, "a") == []


def test_the_same_event_again_is_found_at_its_first_position(log: Log) -> None:
    first = log.append(append("a", noted("1"), noted("2"), expected=0, ids=[b"one", b"two"]))
    log.append(append("a", noted("3")))
    again = log.append(append("a", noted("1"), noted("2"), expected=0, ids=[b"one", b"two"]))
    assert again.duplicate and not first.duplicate
    assert again.stored == first.stored
    assert payloads(log, "a") == ["1", "2", "3"]


def test_the_same_event_again_is_found_whatever_version_is_expected(log: Log) -> None:
    first = log.append(append("a", noted("1"), ids=[b"one"]))
    for expected in (None, 0, 1, 7):
        assert log.append(append("a", noted("1"), expected=expected, ids=[b"one"])).stored == first.stored


def test_the_same_event_id_in_another_stream_is_another_event(log: Log) -> None:
    log.append(append("a", noted(), ids=[b"one"]))
    assert not log.append(append("b", noted(), ids=[b"one"])).duplicate


def test_an_append_of_which_only_a_part_is_known_is_refused(log: Log) -> None:
    log.append(append("a", noted("1"), ids=[b"one"]))
    with pytest.raises(errors.InvalidAppend):
        log.append(append("a", noted("1"), noted("2"), ids=[b"one", b"two"]))
    assert payloads(log, "a") == ["1"]


def test_a_superseded_connection_cannot_write(log: Log) -> None:
    log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 1)))
    log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 2)))
    old = Append(entries=append("a", noted()).entries, at=NOW, fence=Fence("CP-01", 1))
    with pytest.raises(errors.Fenced) as refused:
        log.append(old)
    assert (refused.value.epoch, refused.value.current) == (1, 2)
    assert log.append(Append(entries=old.entries, at=NOW, fence=Fence("CP-01", 2))).first.version == 1


def test_a_claim_of_an_older_connection_is_refused(log: Log) -> None:
    log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 5)))
    with pytest.raises(errors.Fenced):
        log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 4)))


def test_a_fence_survives_a_restart(log: Log, directory: Path) -> None:
    log.append(Append(entries=(), at=NOW, claim=Fence("CP-01", 2)))
    log.close()
    with Log.open(directory) as reopened, pytest.raises(errors.Fenced):
        reopened.append(Append(entries=(), at=NOW, fence=Fence("CP-01", 1)))


def test_a_start_without_a_transaction_id_gets_the_next_number(log: Log, teller: Teller, directory: Path) -> None:
    assert [teller.tell(name, started()).transaction_id for name in ("s1", "s2")] == ["1", "2"]
    log.close()
    with Log.open(directory) as reopened:
        assert Teller(reopened).tell("s3", started()).transaction_id == "3"


def test_the_row_of_a_session_has_the_number_that_its_start_was_given(log: Log, teller: Teller) -> None:
    teller.tell("s1", started())
    assert log.connection.execute("SELECT transaction_id FROM sessions").fetchall() == [("1",)]


def test_a_refused_start_uses_no_number_up(log: Log, teller: Teller) -> None:
    teller.tell("s1", started(key="same"))
    with pytest.raises(errors.InvalidAppend):
        log.append(teller.draft("s2", started(key="same")))
    assert teller.tell("s3", started()).transaction_id == "2"


def test_a_charger_cannot_have_two_sessions_of_one_start(log: Log, teller: Teller) -> None:
    teller.tell("s1", started("CP-01", key="same"))
    with pytest.raises(errors.InvalidAppend, match="start_key"):
        log.append(teller.draft("s2", started("CP-01", key="same")))
    teller.tell("s3", started("CP-02", key="same"))


def test_what_no_body_can_hold_is_refused(log: Log) -> None:
    bad = events.CommandRequested(command_id="c", command="raw", by="me", arguments={"payload": object()})
    with pytest.raises(errors.InvalidAppend):
        log.append(append("a", bad))


def test_what_is_no_state_is_refused(log: Log) -> None:
    with pytest.raises(errors.InvalidAppend, match="neither a Session nor a Charger"):
        log.append(Append(entries=append("a", noted()).entries, at=NOW, state=("no state",)))
    assert payloads(log, "a") == []


@pytest.mark.parametrize("statement", ["UPDATE events SET body = x'80'", "DELETE FROM events", "DELETE FROM streams"])
def test_stored_events_can_neither_be_changed_nor_deleted(log: Log, statement: str) -> None:
    log.append(append("a", noted()))
    with pytest.raises(sqlite3.IntegrityError):
        log.connection.execute(statement)


def test_a_stored_event_cannot_be_replaced_either(log: Log) -> None:
    log.append(append("a", noted()))
    with pytest.raises(sqlite3.IntegrityError):
        log.connection.execute("INSERT OR REPLACE INTO events SELECT * FROM events")


def test_the_database_is_durable_at_commit(log: Log) -> None:
    settings = {
        name: log.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_write_beside_the_log_happens_wholly_or_not_at_all(log: Log) -> None:
    def half(conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO settings VALUES ('a', '1')")
        raise LookupError("second thoughts")

    with pytest.raises(LookupError):
        log.write(half)
    assert log.write(lambda conn: conn.execute("SELECT count(*) FROM settings").fetchone()) == (0,)


def test_numbers_given_out_by_another_write_are_not_given_again(log: Log, teller: Teller) -> None:
    teller.tell("s1", started())
    log.write(lambda conn: conn.execute("UPDATE counters SET value = 41 WHERE name = 'transaction'"))
    assert teller.tell("s2", started()).transaction_id == "42"


def test_a_log_that_is_open_for_reading_refuses_to_write(log: Log, directory: Path) -> None:
    attempts: list[Callable[[Log], object]] = [
        lambda reader: reader.append(append("a", noted())),
        lambda reader: reader.write(lambda conn: None),
        lambda reader: reader.checkpoint(NOW),
    ]
    with Log.open(directory, readonly=True) as reader:
        for attempt in attempts:
            with pytest.raises(errors.StorageUnavailable, match="reading"):
                attempt(reader)
        with pytest.raises(sqlite3.OperationalError):
            reader.connection.execute("DELETE FROM events")


def test_a_reader_sees_the_log_as_it_was_when_it_began(log: Log, directory: Path) -> None:
    log.append(append("a", noted("1"), noted("2")))
    with Log.open(directory, readonly=True) as reader:
        reading = reader.read("a")
        next(reading)
        log.append(append("a", noted("3")))
        assert len(list(reading)) == 1
        assert len(list(reader.read("a"))) == 3


def test_there_is_nothing_to_read_where_there_is_no_database(directory: Path) -> None:
    with pytest.raises(errors.StorageUnavailable, match=r"csms\.sqlite3"):
        Log.open(directory, readonly=True)


def test_a_meter_value_of_one_register_takes_few_bytes(log: Log) -> None:
    """The target is 120 bytes with every index; a large log's numbers take a few bytes more than these."""
    streams = [f"session:s{number:020x}" for number in range(20)]
    log.append_batch([append(stream, noted()) for stream in streams])
    before = _bytes_used(log)
    for turn in range(200):
        log.append_batch(
            [append(stream, sampled(10_000 + turn), ids=[blake2b(b"%d" % turn).digest()]) for stream in streams]
        )
    assert (_bytes_used(log) - before) / (200 * 20) < 120


def _bytes_used(log: Log) -> int:
    count, size = (log.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(count) * int(size)
