"""`csms replay`: what the log says of sessions, told, as JSON, and compared with the read models."""

from collections.abc import Callable
from pathlib import Path

import pytest

from csms.storage import connection, queries
from csms.storage.log import Log
from csms.storage.reference import tokens
from tests.api.cli.support import Csms, Server
from tests.csms.storage import support
from tests.csms.storage.support import NOW, Teller

Tell = Callable[[Callable[[Teller], object]], None]


@pytest.fixture(autouse=True)
def story(tell: Tell) -> None:
    """Two sessions of two chargers, one with a known token, and a charger that spoke itself."""

    def write(teller: Teller) -> None:
        ref = teller.log.write(lambda conn: tokens.add(conn, {"id_token": "CARD"}).ref)
        teller.say("CP-01", support.noted("hello"))
        teller.tell("s1", support.started("CP-01", token=ref))
        teller.tell("s1", support.sampled(1500), seconds=60)
        teller.tell("s1", support.stopped(2000), support.completed(), seconds=660)
        teller.tell("s2", support.started("CP-02", token="t2"), seconds=700)

    tell(write)


def shown(data: Path, session_id: str) -> object:
    conn = connection.reader(data)
    try:
        return queries.sessions.get(conn, session_id, NOW)
    finally:
        conn.close()


def test_a_session_is_told_event_by_event(csms: Csms) -> None:
    told = csms("replay", "s1").out
    assert "Session s1: completed" in told
    assert "charger CP-01, connector 1" in told
    assert "token CARD" in told
    for event in ("started", "sample", "stopped", "completed"):
        assert event in told
    assert "2026-03-01 09:01:00Z" in told
    assert "0.500 kWh" in told, "the energy at the sample"
    assert "1.000 kWh in 0:10:00, 1 samples" in told
    assert "chain of its 4 events is whole" in told


def test_as_json_it_is_what_the_api_shows(csms: Csms, data: Path) -> None:
    assert csms("replay", "s1", "--json").json == shown(data, "s1")
    assert csms("replay", "s1", "--json").json["id_token"] == "CARD"


def test_all_sessions_are_listed_in_a_line_each(csms: Csms) -> None:
    told = csms("replay", "--all").out.splitlines()
    assert [line.split()[2] for line in told[:2]] == ["s1", "s2"]
    assert told[-1] == "2 sessions, every chain whole"


def test_all_as_json_is_one_array_with_a_session_a_line(csms: Csms, data: Path) -> None:
    ran = csms("replay", "--all", "--json")
    assert [each["id"] for each in ran.json] == ["s1", "s2"]
    assert ran.json[0] == shown(data, "s1")
    assert len(ran.out.splitlines()) == 3


def test_no_session_is_an_empty_array(csms: Csms) -> None:
    assert csms("replay", "--all", "--json", "--until", "0").json == []


def test_a_charger_is_told_with_its_sessions(csms: Csms) -> None:
    told = csms("replay", "--charger", "cp-01").out
    assert "Notified" in told
    assert "  s1  " in told
    assert "  s2  " not in told
    assert [each["id"] for each in csms("replay", "--charger", "CP-02", "--json").json] == ["s2"]


def test_it_can_stop_at_a_position(csms: Csms, data: Path) -> None:
    with Log.open(data, readonly=True) as log:
        sample = next(str(stored.seq) for stored in log.read_all() if stored.type == "MeterSampled")
    early = csms("replay", "s1", "--until", sample, "--json").json
    assert (early["status"], early["energy_wh"]) == ("active", 500)
    assert "completed" not in csms("replay", "s1", "--until", sample).out


def test_a_session_that_is_not_there_is_a_failure(csms: Csms) -> None:
    assert csms.tried("replay", "s9") == (
        1,
        "",
        "csms: there is no session s9 in the log: csms replay --all shows them all\n",
    )
    assert "up to position 1" in csms.tried("replay", "s1", "--until", "1").err


@pytest.mark.parametrize(
    "arguments", [(), ("s1", "--all"), ("--all", "--charger", "CP-01"), ("--all", "--until", "1", "--diff-live")]
)
def test_what_makes_no_sense_together_is_wrong_usage(csms: Csms, arguments: tuple[str, ...]) -> None:
    assert csms.tried("replay", *arguments).code == 2


@pytest.mark.parametrize("arguments", [("s1",), ("s1", "--json"), ("--all",), ("--charger", "CP-01", "--json")])
def test_a_changed_byte_is_noticed(csms: Csms, data: Path, arguments: tuple[str, ...]) -> None:
    support.tamper(data, "UPDATE events SET body = CAST(replace(body, x'35', x'36') AS BLOB) WHERE version = 2")
    ran = csms.tried("replay", *arguments)
    assert ran.code == 1
    assert "stream session:s1, version 2: its bytes are not those that were written" in ran.err


# -- --diff-live -------------------------------------------------------------------------------------------------------

SCOPES = [("--all",), ("s1",), ("--charger", "CP-01")]


@pytest.mark.parametrize("scope", SCOPES)
def test_read_models_that_are_what_the_log_folds_to_are_fine(csms: Csms, scope: tuple[str, ...]) -> None:
    assert "what the log folds to" in csms("replay", *scope, "--diff-live").out


@pytest.mark.parametrize("scope", SCOPES)
def test_a_difference_names_row_and_field(csms: Csms, data: Path, scope: tuple[str, ...]) -> None:
    support.tamper(data, "UPDATE sessions SET status = 'active' WHERE id = 's1'")
    ran = csms.tried("replay", *scope, "--diff-live")
    assert ran.code == 1
    assert 'sessions s1: status: stored "active", folded "completed"' in ran.out


def test_a_difference_within_a_state_is_named_by_its_field(csms: Csms, data: Path) -> None:
    support.tamper(
        data, "UPDATE sessions SET state = CAST(replace(state, x'31303030', x'39303030') AS BLOB) WHERE id = 's2'"
    )
    ran = csms.tried("replay", "--all", "--diff-live")
    assert ran.code == 1
    assert 'sessions s2: state.meter_start_wh: stored "9000", folded "1000"' in ran.out


def test_a_row_that_is_gone_and_one_too_many_are_told(csms: Csms, data: Path) -> None:
    support.tamper(data, "UPDATE sessions SET number = 99 WHERE id = 's1'")
    out = csms.tried("replay", "--all", "--diff-live").out
    assert "only the log has it" in out
    assert "the log has no such thing" in out


def test_other_sessions_do_not_matter_to_one(csms: Csms, data: Path) -> None:
    support.tamper(data, "UPDATE sessions SET status = 'failed' WHERE id = 's2'")
    csms("replay", "s1", "--diff-live")
    csms("replay", "--charger", "CP-01", "--diff-live")
    assert csms.tried("replay", "--charger", "CP-02", "--diff-live").code == 1


def test_the_state_of_the_charger_is_compared_too(csms: Csms, data: Path) -> None:
    support.tamper(data, "UPDATE charger_states SET online = 1")
    assert "charger_states CP-01: online" in csms.tried("replay", "--charger", "CP-01", "--diff-live").out


def test_as_json_the_differences_go_to_stderr(csms: Csms, data: Path) -> None:
    support.tamper(data, "UPDATE sessions SET status = 'active' WHERE id = 's1'")
    ran = csms.tried("replay", "s1", "--diff-live", "--json")
    assert (ran.code, ran.json["status"]) == (1, "completed")
    assert "sessions s1: status" in ran.err


def test_it_works_beside_a_running_server_and_under_a_writer(csms: Csms, server: Server) -> None:
    assert csms("replay", "--all", "--diff-live").code == 0
    assert server.stop() == 0


def test_archived_sessions_are_replayed_the_same(csms: Csms, data: Path) -> None:
    before = csms("replay", "s1", "--json").json
    with Log.open(data) as log:
        log.checkpoint(NOW)
    csms("log", "archive", "--before", "2026-03-02")
    assert csms("replay", "s1", "--json").json == before
    csms("replay", "--all", "--diff-live")


def test_a_charger_that_nobody_ever_heard_of_is_refused(csms: Csms) -> None:
    for more in ((), ("--json",)):
        ran = csms.tried("replay", "--charger", "CP-99", *more)
        assert (ran.code, ran.out) == (1, "")
        assert "there is no charger CP-99" in ran.err


def test_a_registered_charger_that_never_came_has_an_empty_story(csms: Csms) -> None:
    csms("charger", "add", "CP-99")
    assert csms("replay", "--charger", "cp-99", "--json").json == []
