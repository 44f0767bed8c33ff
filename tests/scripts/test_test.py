"""scripts/test as a person calls it, short of running a test."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("arguments", [[], ["many"], ["0"], ["-3"], ["tests/chaos"]], ids=" ".join)
def test_chaos_wants_the_number_of_kills(arguments: list[str]) -> None:
    ran = subprocess.run([ROOT / "scripts" / "test", "--chaos", *arguments], capture_output=True, text=True, cwd="/")
    assert ran.returncode == 2
    assert "scripts/test --chaos 1000" in ran.stderr
