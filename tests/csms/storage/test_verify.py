"""Whatever is changed behind the log's back is found."""

import sqlite3
from pathlib import Path

import pytest

from csms.storage import connection, verify
from csms.storage.log import Log
from tests.csms.storage.support import NOW, append, noted, tamper


def findings(directory: Path, noted: tuple[int, bytes] | None = None) -> list[verify.Finding]:
    conn = connection.reader(directory)
    try:
        return list(verify.findings(conn, noted))
    finally:
        conn.close()


@pytest.fixture
def told(log: Log) -> Log:
    """Three streams, checkpoints in between, and events after the last one."""
    for number in range(6):
        for stream in "abc":
            log.append(append(stream, noted(f"{stream}{number}")))
        if number in (1, 3):
            log.checkpoint(NOW)
    return log


def test_an_untouched_log_has_no_findings(told: Log, directory: Path) -> None:
    assert findings(directory) == []


def test_every_changed_byte_of_every_body_is_found(told: Log, directory: Path) -> None:
    bodies = told.connection.execute("SELECT seq, body FROM events").fetchall()
    told.close()
    tamper(directory)
    conn = sqlite3.connect(connection.database(directory), isolation_level=None)
    for seq, body in bodies:
        for position in range(len(body)):
            changed = bytearray(body)
            changed[position] ^= 1
            conn.execute("UPDATE events SET body = ? WHERE seq = ?", (bytes(changed), seq))
            assert [found.seq for found in verify.findings(conn)] == [seq]
            conn.execute("UPDATE events SET body = ? WHERE seq = ?", (body, seq))
    conn.close()
    assert findings(directory) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = x'80' WHERE seq = 9",
        "UPDATE events SET event_id = x'00' WHERE seq = 9",
        "UPDATE events SET at = at + 1 WHERE seq = 9",
        "UPDATE events SET correlation = 'c' WHERE seq = 9",
        "UPDATE events SET causation = 'c' WHERE seq = 9",
        "UPDATE events SET hash = x'00' WHERE seq = 18",
        "UPDATE types SET name = 'Booted'",
        "UPDATE types SET schema = 2",
        "UPDATE streams SET name = 'z' WHERE name = 'a'",
        "UPDATE events SET version = 99 WHERE seq = 18",
        "UPDATE events SET seq = 100 WHERE seq = 1",
        "DELETE FROM events WHERE seq = 9",
        "DELETE FROM streams WHERE name = 'a'",
        "UPDATE checkpoints SET digest = zeroblob(32)",
        "UPDATE checkpoints SET events = events + 1",
    ],
)
def test_any_other_change_is_found(told: Log, directory: Path, statement: str) -> None:
    told.close()
    tamper(directory, "PRAGMA foreign_keys = OFF", statement)
    assert findings(directory)


def test_a_stream_that_vanished_is_noticed_at_the_checkpoint(told: Log, directory: Path) -> None:
    told.close()
    tamper(directory, "DELETE FROM events WHERE stream = 2", "DELETE FROM streams WHERE id = 2")
    assert [found.seq for found in findings(directory)] == [6, 12]
    assert "removed" in findings(directory)[0].why


def test_an_end_that_was_cut_off_is_noticed_at_the_checkpoint(told: Log, directory: Path) -> None:
    told.close()
    tamper(directory, "DELETE FROM events WHERE seq >= 11")
    assert [found.seq for found in findings(directory)] == [12]


def test_a_log_that_was_written_anew_differs_from_the_head_that_was_noted(
    told: Log, directory: Path, tmp_path: Path
) -> None:
    head = verify.head(told.connection)
    told.append(append("a", noted("later")))
    told.checkpoint(NOW)
    told.append(append("a", noted("and later")))
    assert findings(directory, (head.seq, head.digest)) == []
    with Log.open(tmp_path / "other") as other:
        for number in range(6):
            for stream in "abc":
                other.append(append(stream, noted(f"forged {stream}{number}")))
        assert findings(tmp_path / "other") == []
        assert [found.seq for found in findings(tmp_path / "other", (head.seq, head.digest))] == [head.seq]


def test_a_head_that_is_not_reached_any_more_is_found(told: Log, directory: Path) -> None:
    head = verify.head(told.connection)
    told.close()
    tamper(directory, "DELETE FROM events WHERE seq > 12")
    assert [found.seq for found in findings(directory, (head.seq, head.digest))] == [head.seq]


def test_a_walk_tells_how_far_it_is(told: Log, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_REPORT_EVERY", 10)
    conn = connection.reader(directory)
    walked: list[int] = []
    assert list(verify.findings(conn, progress=walked.append)) == []
    conn.close()
    assert walked == [10, 20, 30]


@pytest.mark.parametrize("version", [0, -1, -(2**63)])
def test_an_event_that_is_hidden_from_readers_by_its_version_is_found(told: Log, directory: Path, version: int) -> None:
    told.close()
    tamper(directory, f"UPDATE events SET version = {version} WHERE seq = 18")
    assert [(found.stream, found.version, found.seq) for found in findings(directory)] == [("c", version, 18)]


def test_a_checkpoint_of_a_position_that_the_log_has_not_reached_is_found(log: Log, directory: Path) -> None:
    log.append(append("a", noted()))
    log.checkpoint(NOW)
    log.close()
    tamper(directory, "UPDATE checkpoints SET seq = 9")
    assert [found.seq for found in findings(directory)] == [9]
