"""`csms serve` as a process: what it prints, how it ends, and what keeps it from starting."""

import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csms.storage import connection
from csms.storage.log import Log
from tests.api.cli.support import CSMS, Csms, Server

ENDS_S = 60

Refuse = Callable[..., str]


@pytest.fixture
def refused(data: Path) -> Refuse:
    """Starts a server that must not start: exit code 1, nothing on stdout, no traceback; its last words."""

    def start(*flags: str) -> str:
        arguments = [str(CSMS), "serve", "--data", str(data), "--http-port", "0", "--ocpp-port", "0", *flags]
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=ENDS_S, check=False)
        assert (ran.returncode, ran.stdout) == (1, ""), ran.stderr
        assert "Traceback" not in ran.stderr
        return str(ran.stderr.splitlines()[-1])

    return start


@pytest.fixture
def busy() -> Iterator[str]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.mark.parametrize("flag", ["--http-port", "--ocpp-port"])
def test_a_busy_port_is_named_with_its_flag(refused: Refuse, busy: str, flag: str) -> None:
    said = refused(flag, busy)
    assert said.startswith(f"csms: cannot listen on 127.0.0.1 port {busy}")
    assert flag in said


@pytest.mark.parametrize("flag", ["--http-host", "--ocpp-host"])
def test_a_host_that_is_not_here_is_named(refused: Refuse, flag: str) -> None:
    assert refused(flag, "192.0.2.1").startswith("csms: cannot listen on 192.0.2.1 port 0")


def test_a_second_server_on_the_directory_is_refused_and_the_first_goes_on(
    server: Server, refused: Refuse, data: Path
) -> None:
    assert f"data directory {data} is in use by process" in refused()
    assert server.stop() == 0


def test_data_of_a_newer_version_is_left_alone(refused: Refuse, data: Path) -> None:
    Log.open(data).close()
    with sqlite3.connect(connection.database(data)) as conn:
        conn.execute("PRAGMA user_version = 99")
    conn.close()
    before = connection.database(data).read_bytes()
    assert "data of version 99" in refused()
    assert connection.database(data).read_bytes() == before


def test_a_file_in_the_place_of_the_data_directory_is_named(refused: Refuse, data: Path) -> None:
    data.touch()
    assert refused() == f"csms: {data} is not a directory: name the data directory with --data"


def test_a_directory_that_cannot_be_made_is_named_with_what_to_do(refused: Refuse) -> None:
    said = refused("--data", "/proc/nowhere")
    assert said.startswith("csms: the data cannot be used: /proc/nowhere: ")
    assert said.endswith("or choose another directory with --data")


def test_a_refusal_from_deep_inside_is_told_like_any_other(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ExceptionGroup("outer", [ExceptionGroup("inner", [PermissionError("not here")])])

    monkeypatch.setattr("trio.run", refuse)
    ran = csms.tried("serve")
    assert (ran.code, ran.err.splitlines()[-1]) == (1, "csms: not here")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_drain_and_end_with_0(server: Server, sign: signal.Signals) -> None:
    assert server.stop(sign) == 0
    assert "Traceback" not in server.log
