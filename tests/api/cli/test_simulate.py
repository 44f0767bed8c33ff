"""`csms simulate` against a small scripted central system, in a thread of its own."""

import argparse
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from api.cli import simulate
from csms.simulator import ledger
from tests.csms.simulator.central import Central, serving


@pytest.fixture
def central() -> Iterator[Central]:
    """A central system that serves while the test runs."""
    ready, found, tokens = threading.Event(), list[Central](), list[trio.lowlevel.TrioToken]()
    stop = trio.Event()

    async def serve() -> None:
        async with serving() as one:
            found.append(one)
            tokens.append(trio.lowlevel.current_trio_token())
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=trio.run, args=(serve,))
    thread.start()
    ready.wait()
    yield found[0]
    tokens[0].run_sync_soon(stop.set)
    thread.join()


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    simulate.configure(parser)
    return simulate.run(parser.parse_args(words))


def test_it_charges_keeps_a_ledger_and_sums_up(
    central: Central, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    words = f"--chargers 3 --profile burst --speed 2000 --duration 1 --tokens A,B --json --ledger {path}"
    assert _run("--url", central.url, *words.split()) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["ok"] is True
    assert summary["chargers"] == 3
    assert summary["completed"] == summary["sessions"] > 0
    entries = ledger.read(path.read_text().splitlines())
    assert len(entries) == summary["sessions"]
    assert {entry.id_token for entry in entries.values()} <= {"A", "B"}


@pytest.mark.parametrize("protocol", ["2.0.1", "2.1"])
def test_it_charges_in_2_x(central: Central, protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    central.speak(protocol)
    words = f"--protocol {protocol} --profile burst --speed 2000 --duration 1 --variables 20 --json"
    assert _run("--url", central.url, *words.split()) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["completed"] == summary["sessions"] > 0
    assert {call["eventType"] for call in central.calls("TransactionEvent")} == {"Started", "Updated", "Ended"}


def test_it_fails_when_something_was_not_acknowledged(central: Central, capsys: pytest.CaptureFixture[str]) -> None:
    central.answers["StartTransaction"] = {"nonsense": True}
    words = "--profile meter-only --duration 1 --drain 0.1"
    assert _run("--url", central.url, *words.split()) == 1
    assert "1 NOT fully acknowledged: SIM-0001/1" in capsys.readouterr().out


def test_it_fails_when_nobody_gets_in(central: Central, capsys: pytest.CaptureFixture[str]) -> None:
    central.reject = lambda _path: 401
    assert _run("--url", central.url, "--profile", "idle", "--duration", "1", "--drain", "0.1") == 1
    assert "refused with HTTP 401" in capsys.readouterr().out


def test_chargers_can_have_names_and_passwords_of_their_own(central: Central, tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    path.write_text("CP-01:one\nCP-02:t:wo\n")
    words = f"--id CP-01 --id CP-02 --profile idle --duration 1 --password-file {path}"
    assert _run("--url", central.url, *words.split()) == 0
    assert sorted(central.upgrades) == [("/ocpp/CP-01", "CP-01:one"), ("/ocpp/CP-02", "CP-02:t:wo")]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--protocol", "1.5"], "do not speak OCPP 1.5"),
        (["--profile", "racing"], "no profile 'racing'"),
        (["--manner", "rude"], "no manner 'rude'"),
        (["--url", "http://127.0.0.1"], "no address of a central system"),
        (["--password-file", "/nonexistent/file"], "No such file"),
    ],
)
def test_wrong_usage_is_2_and_says_what_to_do(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*words) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--chargers", "0"], ["--speed", "-1"], ["--tokens", ","], ["--repeated", "1"], ["--variables", "-1"]]
)
def test_numbers_and_lists_are_checked(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _run(*words)
    assert ended.value.code == 2
