"""scripts/bench as a person calls it; of the benchmarks themselves only the parts that could say something wrong."""

import importlib
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES = sorted(path.stem for path in ROOT.joinpath("scripts", "benchmarks").glob("[a-z]*.py"))


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "scripts" / "bench", *arguments], capture_output=True, text=True, cwd="/")


def test_the_list_names_every_benchmark() -> None:
    assert bench("--list").stdout.split() == NAMES


def test_an_unknown_name_is_a_usage_error_that_says_where_the_names_are() -> None:
    ran = bench("no-such-thing")
    assert ran.returncode == 2
    assert "no-such-thing" in ran.stderr
    assert "scripts/bench --list" in ran.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_says_what_it_measures_and_has_a_quick_run(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark = importlib.import_module(f"scripts.benchmarks.{name}")
    monkeypatch.setattr("sys.argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        benchmark.main()
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "--quick" in told
    assert (benchmark.__doc__ or "").split()[0] in told


def test_a_benchmark_runs_and_prints_its_figures() -> None:
    ran = bench("replay", "--events", "1000", "--rounds", "1")
    assert ran.returncode == 0, ran.stderr
    assert "bytes an event" in ran.stdout
    assert "x rows alone" in ran.stdout
