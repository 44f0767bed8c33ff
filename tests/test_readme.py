"""README against the program: its table of settings, its commands, its files. What it shows can be typed."""

import itertools
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import cli, permissions
from csms import config

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")
V1 = "/api/v1"
PROGRAMS = ("csms", ".venv/bin/csms")


def shown() -> Iterator[str]:
    """Every line of its shell blocks, and everything that it sets in code inside a sentence."""
    for language, block in FENCE.findall(README):
        if language == "sh":
            yield from block.splitlines()
    yield from SPAN.findall(FENCE.sub("", README))


def words(text: str) -> list[str]:
    """As a shell would read it; nothing for what is no whole command line."""
    try:
        split = shlex.split(text, comments=True)
    except ValueError:
        return []
    return [*itertools.dropwhile(ASSIGNMENT.fullmatch, split)]


COMMANDS = list(dict.fromkeys(tuple(split) for text in shown() if (split := words(text))))
CSMS = list(dict.fromkeys(split[1:] for split in COMMANDS if split[0] in PROGRAMS and split[1:2] not in ((), ("<-",))))
"""Without `csms` itself and the arrows that say who imports whom."""
SCRIPTS = [split for split in COMMANDS if split[0].startswith(("scripts/", ".ci/"))]
ROUTES = sorted(set(re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) ((?:/(?:\{[^}]*\}|[\w.:-])+)+)", README)))
FLAGS = [split for split in COMMANDS if split[0].startswith("--") and len(split) > 1]


def parsed(arguments: tuple[str, ...]) -> None:
    """Fails the test for a command, a flag or a value that the program does not take."""
    try:
        cli._parser(arguments).parse_args(arguments)
    except SystemExit as ended:
        pytest.fail(f"csms {shlex.join(arguments)} is no command that works: exit {ended.code}")


def routed(method: str, path: str) -> bool:
    """Whether there is such a route; an example names its own charger, and /{pause,resume} stands for two."""
    several = re.search(r"\{(\w+,[^}]*)\}", path)
    if several is not None:
        return all(routed(method, path.replace(several[0], each)) for each in several[1].split(","))
    return any(
        verb == method and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", place.removeprefix(V1)), path.removeprefix(V1))
        for verb, place in (route.split(" ") for route in permissions.ROUTES)
    )


def test_its_table_of_settings_is_the_programs_own() -> None:
    begin = README.index(config.markdown().splitlines()[0])
    assert README[begin:].partition("\n\n")[0] + "\n" == config.markdown()


@pytest.mark.parametrize("arguments", CSMS, ids=" ".join)
def test_every_command_that_it_shows_is_one(arguments: tuple[str, ...]) -> None:
    parsed(arguments)


def test_it_shows_every_command_but_those_that_scripts_run() -> None:
    assert set(cli.COMMANDS) - {arguments[0] for arguments in CSMS} == {"serve"}


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_the_flags_that_it_names_are_the_servers_or_those_of_the_command_beside_them(flags: tuple[str, ...]) -> None:
    parsed(("serve", *flags))


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_that_it_names_is_there(method: str, path: str) -> None:
    assert routed(method, path.rstrip(".:"))


@pytest.mark.parametrize("script", sorted({split[0] for split in SCRIPTS}))
def test_every_script_that_it_names_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize(
    "arguments", [split[1:] for split in SCRIPTS if split[0] == "scripts/start"], ids=lambda split: " ".join(split)
)
def test_what_it_gives_to_start_the_server_takes(arguments: tuple[str, ...]) -> None:
    parsed(("serve", *arguments))


def test_the_tests_that_it_runs_are_there() -> None:
    named = [word for split in SCRIPTS if split[0] == "scripts/test" for word in split[1:] if word.startswith("tests")]
    assert named
    assert [word for word in named if not (ROOT / word).exists()] == []


def test_the_folders_and_files_that_it_names_are_there() -> None:
    first_column = re.findall(r"^\| `([a-z/]+)` \|", README, re.MULTILINE)
    links = re.findall(r"(?<!!)\[[^]]*\]\(([^)#:]+)\)", README)
    assert first_column and links
    assert [name for name in [*first_column, *links] if not (ROOT / name).exists()] == []


def test_the_variables_that_it_names_are_settings() -> None:
    assert set(re.findall(r"CSMS_[A-Z_]*[A-Z]", README)) <= {row.env for row in config.table()}
