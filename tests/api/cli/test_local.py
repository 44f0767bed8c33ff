"""Commands find the data directory, read beside a server, and write through it or under its lock."""

import signal
from pathlib import Path

import pytest

from api.cli import local
from csms.storage import connection
from csms.storage.lock import Lock
from tests.api.cli.support import Csms, Server


def test_the_flag_wins_over_the_environment(csms: Csms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMS_DATA", str(tmp_path / "other"))
    csms("token", "add", "T1")
    assert not (tmp_path / "other").exists()
    csms.bare("token", "add", "T2")
    assert [each["id_token"] for each in csms("token", "list", "--json").json] == ["T1"]
    assert [each["id_token"] for each in csms.bare("token", "list", "--json").json] == ["T2"]


def test_a_list_makes_no_data_directory(csms: Csms, data: Path) -> None:
    assert csms.tried("token", "list").code == 1
    assert not data.exists()


@pytest.mark.parametrize(
    ("add", "listing", "key"),
    [
        (("station", "add", "Depot"), "station", "name"),
        (("charger", "add", "CP-01"), "charger", "id"),
        (("token", "add", "T1"), "token", "id_token"),
        (("user", "add", "ada@example.com", "--role", "admin"), "user", "email"),
    ],
)
def test_it_writes_through_a_running_server(
    csms: Csms, server: Server, add: tuple[str, ...], listing: str, key: str
) -> None:
    added = csms(*add, "--json").json
    assert added[key] in [each[key] for each in csms(listing, "list", "--json").json]
    assert csms.tried(*add, "--json").code == (0 if listing == "station" else 1), "the server's refusals come through"
    assert server.stop() == 0


def test_the_servers_refusal_reads_as_without_a_server(csms: Csms, server: Server) -> None:
    served = csms.tried("charger", "add", "CP-01", "--station", "nowhere")
    server.stop()
    assert served == csms.tried("charger", "add", "CP-01", "--station", "nowhere")
    assert served.code == 1


def test_it_goes_on_without_the_server_when_that_was_killed(csms: Csms, server: Server, data: Path) -> None:
    server.stop(signal.SIGKILL)
    assert (data / "control.sock").exists()
    csms("token", "add", "T1")


def test_it_waits_for_another_command_that_writes(csms: Csms, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.mkdir()
    held = Lock.acquire(data)
    monkeypatch.setattr("time.sleep", lambda _: held.release())
    csms("token", "add", "T1")


def test_it_says_who_holds_the_data_when_nobody_answers(
    csms: Csms, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir()
    monkeypatch.setattr(local, "PATIENCE_S", -1)
    held = Lock.acquire(data)
    ran = csms.tried("token", "add", "T1")
    held.release()
    assert ran.code == 1
    assert f"data directory {data} is in use by process" in ran.err
    assert "no server answers" in ran.err


@pytest.mark.parametrize("command", [("token", "list"), ("replay", "--all"), ("log", "head"), ("log", "export")])
def test_data_of_another_version_is_not_read(csms: Csms, data: Path, command: tuple[str, ...]) -> None:
    csms("token", "add", "T1")
    conn = connection.writer(data)
    for version, words in ((99, "data of version 99"), (0, "data of version 0")):
        conn.execute(f"PRAGMA user_version = {version}")
        ran = csms.tried(*command)
        assert (ran.code, ran.out) == (1, "")
        assert words in ran.err
    conn.close()


@pytest.mark.parametrize("command", [("token", "list"), ("token", "add", "T1"), ("log", "verify")])
def test_a_file_in_the_place_of_the_data_directory_is_named(csms: Csms, data: Path, command: tuple[str, ...]) -> None:
    data.touch()
    ran = csms.tried(*command)
    assert (ran.code, ran.err) == (1, f"csms: {data} is not a directory: name the data directory with --data\n")


def test_a_damaged_database_is_no_crash(csms: Csms, data: Path) -> None:
    csms("token", "add", "T1")
    with connection.database(data).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 40)
    ran = csms.tried("token", "list")
    assert ran.code == 1
    assert "restore a backup" in ran.err
