"""`csms log verify|head|export|archive`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from csms.storage.log import Log
from tests.api.cli.support import Csms, Server
from tests.csms.storage import support
from tests.csms.storage.support import NOW, Teller

Tell = Callable[[Callable[[Teller], object]], None]


@pytest.fixture(autouse=True)
def story(tell: Tell) -> None:
    """One session that has ended, one that has not, and a checkpoint over both."""

    def write(teller: Teller) -> None:
        teller.stay("s1")
        teller.tell("s2", support.started("CP-02"))
        teller.log.checkpoint(NOW)

    tell(write)


def bodies(data: Path) -> list[bytes]:
    with Log.open(data, readonly=True) as log:
        return [row[0] for row in log.connection.execute("SELECT body FROM events ORDER BY seq")]


# -- verify ------------------------------------------------------------------------------------------------------------


def test_a_whole_log_verifies(csms: Csms) -> None:
    assert csms("log", "verify").out == "the log is whole up to position 5\n"
    assert csms("log", "verify", "--json").json == {"ok": True, "seq": 5, "findings": []}


def test_any_changed_byte_of_any_body_is_found(csms: Csms, data: Path) -> None:
    for seq, body in enumerate(bodies(data), start=1):
        for place in (0, len(body) // 2, len(body) - 1):
            changed = bytes([*body[:place], body[place] ^ 1, *body[place + 1 :]])
            support.tamper(data, f"UPDATE events SET body = x'{changed.hex()}' WHERE seq = {seq}")
            ran = csms.tried("log", "verify")
            assert ran.code == 1
            assert f"(position {seq}): its bytes are not those that were written" in ran.out
            assert "csms: the log is not what was written" in ran.err
        support.tamper(data, f"UPDATE events SET body = x'{body.hex()}' WHERE seq = {seq}")
    csms("log", "verify")


def test_findings_are_json_for_programs(csms: Csms, data: Path) -> None:
    support.tamper(data, "DELETE FROM events WHERE seq = 2")
    found = csms.tried("log", "verify", "--json")
    assert (found.code, found.json["ok"]) == (1, False)
    assert found.json["findings"][0]["stream"] == "session:s1"


def test_a_log_that_was_rewritten_is_not_the_one_whose_head_was_noted(csms: Csms, data: Path) -> None:
    head = csms("log", "head").out.strip()
    csms("log", "verify", "--head", head)
    other = f"5:{'0' * 64}"
    assert "whose head was noted" in csms.tried("log", "verify", "--head", other).out
    assert csms.tried("log", "verify", "--head", "yesterday").code == 2


def test_a_head_stays_true_whatever_is_written_after_it(csms: Csms, tell: Tell) -> None:
    at_a_checkpoint = csms("log", "head").out.strip()
    tell(lambda teller: teller.say("CP-03", support.noted()))
    before_the_next = csms("log", "head").out.strip()
    tell(lambda teller: teller.log.checkpoint(NOW))
    csms("log", "verify", "--head", before_the_next)
    tell(lambda teller: teller.say("CP-04", support.noted()))
    csms("log", "verify", "--head", before_the_next)
    csms("log", "verify", "--head", at_a_checkpoint)


# -- head, export ------------------------------------------------------------------------------------------------------


def test_the_head_moves_with_every_event(csms: Csms, tell: Tell) -> None:
    before = csms("log", "head", "--json").json
    tell(lambda teller: teller.say("CP-03", support.noted()))
    after = csms("log", "head", "--json").json
    assert (before["seq"], after["seq"]) == (5, 6)
    assert before["digest"] != after["digest"]
    assert before["checkpoint"] == {"seq": 5, "at": "2026-03-01T09:00:00Z"}


def test_export_prints_an_event_a_line(csms: Csms) -> None:
    lines = [json.loads(line) for line in csms("log", "export").out.splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert (lines[0]["stream"], lines[0]["type"]) == ("session:s1", "SessionStarted")
    assert len(csms("log", "export", "--after", "3").out.splitlines()) == 2


# -- archive -----------------------------------------------------------------------------------------------------------


def test_sessions_that_ended_move_to_a_file(csms: Csms, data: Path) -> None:
    archived = csms("log", "archive", "--before", "2026-03-02", "--json").json
    assert archived == {"file": "000001.sqlite3", "sessions": 1, "events": 4}
    assert (data / "archive" / "000001.sqlite3").exists()
    assert len(bodies(data)) == 1
    csms("log", "verify")
    assert len(csms("log", "export").out.splitlines()) == 5


def test_a_day_too_early_moves_nothing(csms: Csms, data: Path) -> None:
    assert "nothing to archive" in csms("log", "archive", "--before", "2026-03-01").out
    assert not (data / "archive").exists()


def test_it_archives_beside_a_running_server(csms: Csms, server: Server, data: Path) -> None:
    assert csms("log", "archive", "--before", "2026-03-02", "--json").json["sessions"] == 1
    csms("log", "verify")
    assert server.stop() == 0


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", ""])
def test_a_date_that_is_none_is_wrong_usage(csms: Csms, text: str) -> None:
    assert csms.tried("log", "archive", "--before", text).code == 2
