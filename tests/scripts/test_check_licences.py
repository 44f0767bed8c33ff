"""What may be shipped, and how a package's licence is found."""

import json
import pathlib
from email.message import Message
from importlib import metadata
from typing import Any

import pytest

from scripts import check_licences


@pytest.mark.parametrize("expression", ["MIT", "MIT OR GPL-3.0-only", "MIT AND Apache-2.0", "(MIT OR CC0-1.0)"])
def test_an_expression_that_can_be_met_is_allowed(expression: str) -> None:
    assert check_licences.is_allowed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "LGPL-3.0-only",
        "MIT AND GPL-2.0-only",
        "GPL-2.0-only OR AGPL-3.0-only",
        "UNKNOWN",
    ],
)
def test_an_expression_that_cannot_be_met_is_refused(expression: str) -> None:
    assert not check_licences.is_allowed(expression)


def package(**fields: str) -> metadata.PackageMetadata:
    """The metadata of a package with these fields; a trailing underscore makes a second one of the same name."""
    message = Message()
    for name, value in fields.items():
        message[name.rstrip("_").replace("_", "-")] = value
    return message  # type: ignore[return-value]  # what importlib.metadata returns is such a message


def test_the_expression_field_is_believed_first() -> None:
    licence = check_licences.licence_of(
        package(License_Expression="MIT", Classifier="License :: OSI Approved :: BSD License")
    )
    assert licence == "MIT"


def test_two_classifiers_both_count() -> None:
    licence = check_licences.licence_of(
        package(
            Classifier="License :: OSI Approved :: MIT License",
            Classifier_="License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        )
    )
    assert licence == "MIT AND GNU General Public License v3 (GPLv3)"


def test_the_first_line_of_the_old_field_counts_when_nothing_else_does() -> None:
    assert check_licences.licence_of(package(License="Apache License, Version 2.0\nand its text")) == "Apache-2.0"
    assert check_licences.licence_of(package(Name="silent")) == ""


LOCK: dict[str, dict[str, Any]] = {
    "product": {"dependencies": [{"name": "web", "extra": ["fast"]}, {"name": "nt", "marker": "os_name == 'nt'"}]},
    "web": {
        "dependencies": [{"name": "deep"}],
        "optional-dependencies": {"fast": [{"name": "speed"}], "slow": [{"name": "drag"}]},
    },
    "deep": {"dependencies": [{"name": "web"}]},
    "speed": {},
    "drag": {},
    "nt": {},
    "tester": {},
}


def test_the_closure_follows_dependencies_extras_and_markers_and_nothing_else() -> None:
    assert check_licences.closure(LOCK, "product") == {"product", "web", "deep", "speed"}


def test_the_npm_packages_of_the_pages_count_and_their_tools_do_not(tmp_path: pathlib.Path) -> None:
    lockfile = tmp_path / "package-lock.json"
    packages = {
        "": {"license": "none"},
        "node_modules/htmx.org": {"license": "0BSD"},
        "node_modules/lint": {"license": "GPL-3.0", "dev": True},
    }
    lockfile.write_text(json.dumps({"packages": packages}))
    assert check_licences.npm_licences(lockfile) == {"htmx.org": "0BSD"}
    assert check_licences.npm_licences(tmp_path / "none.json") == {}


def test_a_refused_package_fails_the_check_and_is_told_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        check_licences, "python_licences", lambda lockfile: {"good": "MIT", "bad": "AGPL-3.0-only", "mute": ""}
    )
    assert check_licences.main() == 1
    told = capsys.readouterr().out
    assert "bad is under AGPL-3.0-only" in told
    assert "mute is under no licence" in told
    assert "EXCEPTIONS in scripts/check_licences.py" in told
    assert "good" not in told


def test_what_we_ship_today_is_allowed() -> None:
    assert check_licences.main() == 0
