"""scripts/bench as a person calls it, short of running a benchmark."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "scripts" / "bench", *arguments], capture_output=True, text=True, cwd="/")


def test_the_list_names_every_benchmark() -> None:
    files = ROOT.joinpath("scripts", "benchmarks").glob("[a-z]*.py")
    assert bench("--list").stdout.split() == sorted(path.stem for path in files)


def test_an_unknown_name_is_a_usage_error_that_says_where_the_names_are() -> None:
    ran = bench("no-such-thing")
    assert ran.returncode == 2
    assert "no-such-thing" in ran.stderr
    assert "scripts/bench --list" in ran.stderr
