"""`csms export` and `csms import`: files in and out, with a server and without one."""

from pathlib import Path

import pytest

from tests.api.cli.support import Csms, Server

STATIONS = "id,name,city,country\nmall,Mall,Pune,IND\npark,Park,Pune,IND\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stations.csv"


def test_a_file_is_imported_and_changes_nothing_the_second_time(csms: Csms, file: Path) -> None:
    file.write_text(STATIONS)
    assert csms("import", "stations", str(file)).out == "Stations: 2 added, 0 changed, 0 as they are.\n"
    assert csms("import", "stations", str(file), "--json").json["unchanged"] == 2
    told = csms("export", "stations").out
    assert told.startswith("\ufeffid,name,network_id,") and "\nmall,Mall," in told


def test_a_dry_run_tells_every_bad_row_and_changes_nothing(csms: Csms, file: Path) -> None:
    file.write_text(STATIONS + "east,,Pune,IND\nwest,West,Pune," + "x" * 70 + "\n")
    ran = csms.tried("import", "stations", str(file), "--dry-run")
    assert ran.code == 1
    rows = ran.out.splitlines()
    assert [row.split(":")[0] for row in rows[:2]] == ["row 4", "row 5"]
    assert rows[-1] == "This file would not be imported. Correct these rows first."
    assert csms.tried("import", "stations", str(file)).code == 1
    assert csms("station", "list", "--json").json == []


def test_the_format_is_that_of_the_files_name(csms: Csms, file: Path, tmp_path: Path) -> None:
    file.write_text(STATIONS)
    csms("import", "stations", str(file))
    written = tmp_path / "stations.json"
    csms("export", "stations", "--output", str(written))
    assert written.read_bytes().startswith(b'[\n{"id":"mall",')
    assert written.stat().st_mode & 0o777 == 0o600
    assert csms("import", "stations", str(written), "--json").json["unchanged"] == 2


@pytest.mark.parametrize("content", [b"id,name\nmall,M\xfcller\n", b"id,colour\nmall,red\n", b""])
def test_a_file_that_nobody_can_read_is_the_callers_mistake(csms: Csms, file: Path, content: bytes) -> None:
    if content:
        file.write_bytes(content)
    assert csms.tried("import", "stations", str(file)).code == (2 if content else 1)


def test_while_a_server_runs_it_does_the_writing(csms: Csms, server: Server, file: Path) -> None:
    file.write_text(STATIONS)
    csms("import", "stations", str(file))
    chargers = file.with_name("chargers.csv")
    chargers.write_text("id,station_id,security_profile,connector\nCP-01,mall,1,1\nCP-01,,,2\n")
    told = csms("import", "chargers", str(chargers)).out.splitlines()
    assert told[:2] == ["Chargers: 1 added, 0 changed, 0 as they are.", "These get passwords, shown once:"]
    assert len(told[2].split("  ")[1]) == 20
    [made] = csms("charger", "list", "--json").json
    assert [(each["id"], each["evse_id"]) for each in made["connectors"]] == [(1, 1), (2, 2)]
