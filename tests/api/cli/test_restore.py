"""`csms restore`: never under a server, never over data unless told to, never a transaction id twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.cli.support import Csms, Server
from tests.csms.storage import support
from tests.csms.storage.support import Teller

Tell = Callable[[Callable[[Teller], object]], None]


@pytest.fixture
def backup(csms: Csms, tell: Tell, tmp_path: Path) -> str:
    """A backup of `data`, which then went on."""
    file = str(tmp_path / "one.backup")
    tell(lambda teller: teller.tell("s1", support.started("CP-01")))
    csms("backup", file)
    csms("token", "add", "LATER")
    return file


def test_over_data_it_refuses(csms: Csms, backup: str) -> None:
    ran = csms.tried("restore", backup)
    assert ran.code == 1
    assert "--force" in ran.err
    assert len(csms("token", "list", "--json").json) == 1


def test_with_force_the_old_data_are_kept_aside(csms: Csms, backup: str, data: Path) -> None:
    replaced = csms("restore", backup, "--force", "--json").json["replaced"]
    assert csms("token", "list", "--json").json == []
    assert len(csms.bare("token", "list", "--json", "--data", replaced).json) == 1
    assert Path(replaced).parent == data


def test_under_a_running_server_it_refuses_even_with_force(csms: Csms, backup: str, server: Server) -> None:
    ran = csms.tried("restore", backup, "--force")
    assert ran.code == 1
    assert "is in use by process" in ran.err
    assert server.stop() == 0


def test_transaction_ids_jump_ahead(csms: Csms, backup: str, tell: Tell) -> None:
    csms("restore", backup, "--force")
    tell(lambda teller: teller.tell("s2", support.started("CP-02")))
    numbers = [int(each["transaction_id"]) for each in csms("replay", "--all", "--json").json]
    assert numbers == [1, 1_000_002]


def test_into_an_empty_directory_it_just_restores(csms: Csms, backup: str, tmp_path: Path) -> None:
    other = str(tmp_path / "other")
    ran = csms.bare("restore", backup, "--data", other)
    assert (ran.code, "What was there" in ran.out) == (0, False)
    assert csms.bare("replay", "s1", "--data", other).code == 0


def test_what_is_no_backup_is_refused_and_harms_nothing(csms: Csms, backup: str) -> None:
    Path("other.txt").write_text("a letter")
    assert "cannot be restored" in csms.tried("restore", "other.txt", "--force").err
    assert len(csms("token", "list", "--json").json) == 1


def test_a_file_that_is_not_there_is_told(csms: Csms) -> None:
    assert "nothing.backup" in csms.tried("restore", "nothing.backup").err
