"""The ledger: what was acknowledged, in memory and in its file."""

from pathlib import Path

import pytest

from csms.simulator import ledger, session


def _session(number: int = 1) -> session.Session:
    return session.Session(
        key=f"CP/{number}", connector_id=1, id_token="TAG", started_at=1_800_000_000, meter_start_wh=10
    )


def _stopped(one: session.Session) -> session.Session:
    one.stopped_at, one.meter_stop_wh, one.reason = 1_800_000_060, 70, "Local"
    return one


def _whole(book: ledger.Ledger, one: session.Session) -> None:
    book.began("CP", one)
    one.transaction_id = "5"
    book.start_acknowledged(one)
    book.updated(one)
    book.sample_acknowledged(one, 40)
    book.ended(_stopped(one))
    book.stop_acknowledged(one)


def test_a_session_from_start_to_stop() -> None:
    book, one, states = ledger.Ledger(), _session(), []
    book.began("CP", one)
    entry = book.entries["CP/1"]
    states.append(entry.state)
    one.transaction_id = "5"
    book.start_acknowledged(one)
    states.append(entry.state)
    book.ended(_stopped(one))
    states.append(entry.state)
    book.stop_acknowledged(one)
    states.append(entry.state)
    assert states == ["starting", "active", "stopping", "completed"]
    assert book.unacknowledged() == []
    assert book.pending == 0


def test_what_has_no_answer_yet_is_named() -> None:
    book = ledger.Ledger()
    _whole(book, _session(1))
    open_one = _session(2)
    book.began("CP", open_one)
    book.updated(open_one)
    assert [(entry.session, entry.unacknowledged) for entry in book.unacknowledged()] == [("CP/2", 2)]
    assert [entry.session for entry in book.of("CP")] == ["CP/1", "CP/2"]
    assert book.of("OTHER") == []


def test_a_dropped_record_stays_visible_even_when_the_rest_was_acknowledged() -> None:
    book, one = ledger.Ledger(), _session()
    book.began("CP", one)
    book.given_up(one)
    book.ended(_stopped(one))
    book.stop_acknowledged(one)
    [entry] = book.unacknowledged()
    assert (entry.state, entry.dropped) == ("dropped", 1)


def test_the_file_has_a_line_for_each_acknowledgement_the_moment_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with ledger.Ledger(path) as book:
        _whole(book, _session())
        lines = path.read_text().splitlines()
        assert len(lines) == 3
    read = ledger.read(lines)
    assert read == book.entries
    entry = read["CP/1"]
    assert (entry.samples, entry.last_register_wh, entry.meter_stop_wh) == (1, 40, 70)
    assert (entry.started_at, entry.stopped_at) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:01:00.000Z")


def test_a_ledger_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for number in (1, 2):
        with ledger.Ledger(path) as book:
            _whole(book, _session(number))
    assert list(ledger.read(path.read_text().splitlines())) == ["CP/1", "CP/2"]


def test_records_are_counted_by_what_became_of_them() -> None:
    book = ledger.Ledger()
    _whole(book, _session())
    assert book.counts == {"start": 1, "sample": 1, "stop": 1}


def test_a_line_that_is_no_entry_is_an_error() -> None:
    with pytest.raises(ValueError, match="malformed"):
        ledger.read(["nonsense"])
