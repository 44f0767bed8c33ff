"""Checkpoints come by themselves and on demand, and cost nothing when nothing happened."""

from pathlib import Path

import pytest

from csms.storage import checkpoints, verify
from csms.storage.log import Log
from tests.csms.storage.support import NOW, append, at, noted


def _seqs(log: Log) -> list[int]:
    return [row[0] for row in log.connection.execute("SELECT seq FROM checkpoints ORDER BY seq")]


def test_a_checkpoint_covers_what_came_since_the_last(log: Log) -> None:
    log.append(append("a", noted(), noted()))
    log.checkpoint(NOW)
    log.append(append("b", noted()))
    log.checkpoint(at(60))
    last = checkpoints.last(log.connection)
    assert last is not None and (last.seq, last.events) == (3, 1)


def test_nothing_new_needs_no_checkpoint(log: Log) -> None:
    log.checkpoint(NOW)
    log.append(append("a", noted()))
    log.checkpoint(NOW)
    log.checkpoint(NOW)
    assert _seqs(log) == [1]


def test_the_writer_adds_one_after_so_many_events(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 10)
    for _ in range(8):
        log.append(append("a", noted(), noted(), noted()))
    assert _seqs(log) == [12, 24]
    assert list(verify.findings(log.connection)) == []


def test_a_checkpoint_after_a_restart_covers_what_came_before_it(log: Log, directory: Path) -> None:
    log.append(append("a", noted()))
    log.checkpoint(NOW)
    log.append(append("a", noted()))
    log.close()
    with Log.open(directory) as reopened:
        reopened.append(append("a", noted()))
        reopened.checkpoint(NOW)
        assert _seqs(reopened) == [1, 3]
        assert list(verify.findings(reopened.connection)) == []
