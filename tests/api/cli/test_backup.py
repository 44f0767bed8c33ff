"""`csms backup`: a copy that is whole, also beside a server."""

import stat
from pathlib import Path

from tests.api.cli.support import Csms, Server


def test_a_backup_is_made_while_serving(csms: Csms, server: Server, tmp_path: Path) -> None:
    csms("charger", "add", "CP-01")
    file = tmp_path / "one.backup"
    size = csms("backup", str(file), "--json").json["bytes"]
    assert size == file.stat().st_size
    csms("charger", "add", "CP-02")
    other = str(tmp_path / "other")
    assert csms.bare("restore", str(file), "--data", other).code == 0
    assert [each["id"] for each in csms.bare("charger", "list", "--json", "--data", other).json] == ["CP-01"]
    assert csms.bare("log", "verify", "--data", other).code == 0
    assert server.stop() == 0


def test_only_its_owner_may_read_it(csms: Csms, tmp_path: Path) -> None:
    csms("token", "add", "T1")
    csms("backup", str(tmp_path / "one.backup"))
    assert stat.S_IMODE((tmp_path / "one.backup").stat().st_mode) == 0o600


def test_it_never_overwrites(csms: Csms, tmp_path: Path) -> None:
    csms("token", "add", "T1")
    file = tmp_path / "one.backup"
    file.write_text("precious")
    ran = csms.tried("backup", str(file))
    assert (ran.code, file.read_text()) == (1, "precious")
    assert "never overwrites" in ran.err


def test_a_folder_that_is_not_there_is_told(csms: Csms, tmp_path: Path) -> None:
    csms("token", "add", "T1")
    assert "there is no folder" in csms.tried("backup", str(tmp_path / "no" / "one.backup")).err


def test_without_data_there_is_nothing_to_back_up(csms: Csms, tmp_path: Path) -> None:
    assert "there is no database" in csms.tried("backup", str(tmp_path / "one.backup")).err
    assert not (tmp_path / "one.backup").exists()


def test_it_tells_how_to_bring_it_back(csms: Csms) -> None:
    csms("token", "add", "T1")
    assert "csms restore one.backup" in csms("backup", "one.backup").out
