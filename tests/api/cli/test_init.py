"""`csms`: finds the subcommand, and turns errors into exit codes and messages."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from api import cli
from api.cli.failure import Failure
from tests.api.cli.support import CSMS, Csms


def test_it_tells_its_version(csms: Csms) -> None:
    assert csms.bare("--version").out == f"csms {metadata.version('csms')}\n"


def test_without_a_command_it_tells_the_usage(csms: Csms) -> None:
    ran = csms.bare()
    assert ran.code == 2
    assert "usage: csms" in ran.err


@pytest.mark.parametrize("arguments", [("sevre",), ("station",), ("station", "ad"), ("log", "verify", "--loud")])
def test_a_wrong_call_ends_with_2_and_says_so(csms: Csms, arguments: tuple[str, ...]) -> None:
    ran = csms.bare(*arguments)
    assert ran.code == 2
    assert "\ncsms: " in ran.err
    assert ran.out == ""


def test_flags_are_given_in_full(csms: Csms) -> None:
    assert csms.bare("serve", "--http-por", "0").code == 2


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_help(csms: Csms, command: str) -> None:
    ran = csms.bare(command, "--help")
    assert ran.code == 0
    assert f"usage: csms {command}" in ran.out


def test_a_failure_is_told_on_stderr(csms: Csms) -> None:
    ran = csms.tried("station", "list")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("csms: there is no database in ")


def test_settings_that_are_not_valid_are_wrong_usage(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMS_HTTP_PORT", "http")
    monkeypatch.setenv("CSMS_LOG_LEVEL", "loud")
    ran = csms.tried("station", "list")
    assert ran.code == 2
    assert [line[:6] for line in ran.err.splitlines()] == ["csms: ", "csms: "]


def test_a_machine_that_fails_is_no_crash(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error", "/data")

    monkeypatch.setattr("api.cli.station.run", fail)
    ran = csms.bare("station", "list")
    assert ran.code == 1
    assert ran.err == "csms: [Errno 5] Input/output error: '/data'\n"


def test_a_failure_carries_its_exit_code(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise Failure("called wrongly", 2)

    monkeypatch.setattr("api.cli.station.run", fail)
    assert csms.bare("station", "list") == (2, "", "csms: called wrongly\n")


def test_who_reads_only_the_beginning_gets_no_error() -> None:
    program = "import sys; from api.cli import main, station; station.run = lambda _: print('x' * 10**7) or 0"
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c \"{program}; sys.exit(main(['station', 'list']))\" | head -c 1"],
        capture_output=True,
        check=True,
    )
    assert (ran.stdout, ran.stderr) == (b"x", b"")


def test_the_command_is_installed() -> None:
    assert subprocess.run([CSMS, "--version"], capture_output=True, check=True).stdout.startswith(b"csms ")


def test_ctrl_c_while_a_command_is_loaded_ends_quietly(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupt)
    assert csms.bare("serve") == (130, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [["--version"], ["config"]])
def test_an_output_that_cannot_be_written_is_told(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([CSMS, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    assert "csms: [Errno 28]" in ran.stderr
