"""Old sessions move to files, where they verify and replay the same."""

import sqlite3
from pathlib import Path

import pytest

from csms.domain import session
from csms.storage import archive, connection, errors, queries, verify
from csms.storage.log import Log
from csms.storage.projections import rebuild
from tests.csms.storage.support import Teller, append, at, completed, noted, sampled, started, stopped, tamper

LATER = at(86_400)


def prepare(directory: Path) -> archive.Prepared | None:
    conn = connection.reader(directory)
    try:
        return archive.prepare(conn, directory, LATER)
    finally:
        conn.close()


def move(log: Log, directory: Path) -> archive.Prepared | None:
    log.checkpoint(at(2000))
    prepared = prepare(directory)
    if prepared is not None:
        while log.write(archive.adopt, prepared.file, LATER):
            pass
    return prepared


def findings(directory: Path) -> list[verify.Finding]:
    conn = connection.reader(directory)
    try:
        return list(verify.findings(conn))
    finally:
        conn.close()


@pytest.fixture
def old(log: Log, teller: Teller) -> Log:
    """Two ended sessions, one that runs, and a charger's own events."""
    teller.stay("s1")
    teller.say("CP-01", noted("of the charger"))
    teller.tell("s3", started("CP-02", key="s3"))
    teller.stay("s2", "CP-03")
    return log


def test_only_sessions_that_ended_are_moved(old: Log, directory: Path) -> None:
    assert move(old, directory) == archive.Prepared(file="000001.sqlite3", streams=2, events=8)
    left = {
        row[0] for row in old.connection.execute("SELECT DISTINCT streams.name FROM events JOIN streams ON id = stream")
    }
    assert left == {"charger:CP-01", "session:s3"}


def test_sessions_that_changed_lately_stay(old: Log, directory: Path) -> None:
    old.checkpoint(at(2000))
    conn = connection.reader(directory)
    assert archive.prepare(conn, directory, at(600)) is None
    conn.close()


def test_events_that_no_checkpoint_covers_stay(old: Log, directory: Path) -> None:
    assert prepare(directory) is None


def test_archived_sessions_read_the_same(old: Log, directory: Path) -> None:
    before = list(old.read_all())
    move(old, directory)
    assert list(old.read_all()) == before
    assert list(old.read("session:s1")) == [stored for stored in before if stored.stream == "session:s1"]
    assert list(old.read("session:s1", 3)) == [before[3]]
    with Log.open(directory, readonly=True) as reader:
        assert list(reader.read_all()) == before


def test_archived_sessions_verify_and_fold_the_same(old: Log, directory: Path) -> None:
    move(old, directory)
    assert findings(directory) == []
    conn = connection.reader(directory)
    assert list(rebuild.diff(conn)) == []
    conn.close()


def test_archived_sessions_are_still_listed_with_their_events(old: Log, directory: Path) -> None:
    move(old, directory)
    conn = connection.reader(directory)
    assert {item["id"] for item in queries.sessions.list(conn, LATER)["items"]} == {"s1", "s2", "s3"}
    assert len(queries.streams.list(conn, "session:s1")["items"]) == 4
    conn.close()


def test_a_changed_byte_in_an_archive_is_found(old: Log, directory: Path) -> None:
    move(old, directory)
    file = sqlite3.connect(directory / "archive" / "000001.sqlite3", isolation_level=None)
    file.execute("UPDATE events SET body = x'80' WHERE seq = 2")
    file.close()
    assert [(found.stream, found.version) for found in findings(directory)] == [("session:s1", 2)]


def test_a_missing_archive_is_found(old: Log, directory: Path) -> None:
    move(old, directory)
    (directory / "archive" / "000001.sqlite3").unlink()
    assert {found.stream for found in findings(directory)} == {"session:s1", "session:s2", ""}


def test_a_late_event_continues_the_chain(old: Log, teller: Teller, directory: Path) -> None:
    move(old, directory)
    teller.tell("s1", sampled(2001), seconds=900)
    assert [stored.version for stored in old.read("session:s1")] == [1, 2, 3, 4, 5]
    assert findings(directory) == []
    assert move(old, directory) == archive.Prepared(file="000002.sqlite3", streams=1, events=1)
    assert [stored.version for stored in old.read("session:s1")] == [1, 2, 3, 4, 5]
    assert findings(directory) == []


def test_a_restarted_server_continues_an_archived_stream(old: Log, directory: Path) -> None:
    move(old, directory)
    old.close()
    with Log.open(directory) as reopened:
        assert reopened.append(append("session:s1", noted("late"), expected=4)).first.version == 5


def test_an_archived_event_again_is_found(log: Log, teller: Teller, directory: Path) -> None:
    begun = teller.draft("s1", started(key="s1"), event_id=b"identity")
    first = log.append(begun)
    teller.sessions["s1"] = session.evolve(None, "s1", first.first.event, first.first.at)
    teller.tell("s1", stopped(2000), completed())
    move(log, directory)
    again = log.append(append("session:s1", started(key="s1"), expected=0, ids=[b"identity"]))
    assert again.duplicate and again.stored == first.stored


def test_a_move_that_was_interrupted_shows_no_event_twice_and_goes_on(old: Log, directory: Path) -> None:
    before = list(old.read_all())
    old.checkpoint(at(2000))
    prepared = prepare(directory)
    assert prepared is not None
    assert old.write(archive.adopt, prepared.file, LATER, limit=1) == 1
    assert list(old.read_all()) == before
    assert findings(directory) == []
    assert old.write(archive.adopt, prepared.file, LATER, limit=1) == 0
    assert list(old.read_all()) == before


def test_a_broken_stream_is_not_archived(old: Log, directory: Path) -> None:
    old.checkpoint(at(2000))
    old.close()
    tamper(directory, "UPDATE events SET body = x'80' WHERE seq = 2")
    with pytest.raises(errors.ChainBroken) as refused:
        prepare(directory)
    assert (refused.value.stream, refused.value.version) == ("session:s1", 2)


@pytest.mark.parametrize("name", ["../csms.sqlite3", "000009.sqlite3.partial", ""])
def test_only_archives_of_this_directory_are_adopted(log: Log, name: str) -> None:
    with pytest.raises(errors.InvalidValue):
        log.write(archive.adopt, name, LATER)


def test_an_archive_that_does_not_hold_what_the_log_has_is_refused(old: Log, directory: Path) -> None:
    old.checkpoint(at(2000))
    prepared = prepare(directory)
    assert prepared is not None
    file = sqlite3.connect(directory / "archive" / prepared.file, isolation_level=None)
    file.execute("UPDATE events SET hash = x'00'")
    file.close()
    with pytest.raises(errors.InvalidValue):
        old.write(archive.adopt, prepared.file, LATER)
    assert len(list(old.read("session:s1"))) == 4
