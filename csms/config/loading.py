"""Reads the settings: flags over environment over csms.toml over defaults, with all problems told at once."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from csms.config.settings import BadSetting, Settings, fields, kind_of

DEFAULT_FILE = Path("csms.toml")
PREFIX = "CSMS_"
MASK = "********"


def load(
    flags: Mapping[str, str | None], environ: Mapping[str, str], toml_path: Path | None = DEFAULT_FILE
) -> Settings:
    """Read all settings. `flags` by name (`http_port`), None where not given; no file is read where the path is None.

    A missing csms.toml is no mistake, any other missing file is. Raises BadSetting with all problems at once.
    """
    given = {each.name: [*_given(each.name, flags, environ)] for each in fields()}
    in_file, problems = ({}, []) if toml_path is None else _file(toml_path)
    values: dict[str, Any] = {}
    sources = dict.fromkeys(given, "default")
    for each in fields():
        found = [*given[each.name], *in_file.get(each.name, [])]
        if not found:
            continue
        source, text = found[0]
        try:
            values[each.name] = kind_of(each).read(text.strip())
            sources[each.name] = source
        except ValueError:
            problems.append(_problem(each, text, source))
    if problems:
        raise BadSetting(problems)
    return Settings(**values, sources=sources)


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like settings and are none, with the name that was probably meant: worth a warning."""
    known = {PREFIX + each.name.upper() for each in fields()}
    strangers = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return tuple(name + _meant(name, known) for name in strangers)


def _given(name: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(source, text), the strongest first."""
    flag, variable = flags.get(name), PREFIX + name.upper()
    if flag is not None:
        yield f"flag --{name.replace('_', '-')}", flag
    if variable in environ:
        yield f"environment {variable}", environ[variable]


def _file(path: Path) -> tuple[dict[str, list[tuple[str, str]]], list[str]]:
    """(what the file sets, problems)."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except FileNotFoundError as error:
        return {}, [] if path == DEFAULT_FILE else [f"{path}: {error.strerror}"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [f"{path}: cannot be read: {error}"]
    names = {each.name for each in fields()}
    problems = [f"{path}: there is no setting {name}{_meant(name, names)}" for name in content if name not in names]
    return {name: [(str(path), _as_text(value))] for name, value in content.items() if name in names}, problems


def _as_text(value: object) -> str:
    """TOML's numbers and lists as the text that a flag would have."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _problem(each: dataclasses.Field[Any], text: str, source: str) -> str:
    return f"{each.name} must be {kind_of(each).allowed}, not {masked(each, text)!r} (from {source})"


def masked(each: dataclasses.Field[Any], text: str) -> str:
    return MASK if each.metadata["secret"] and text else text


def _meant(name: str, known: set[str]) -> str:
    # The prefix, which all variables share, would make everything look close.
    own = {each.removeprefix(PREFIX): each for each in known}
    close = [own[match] for match in difflib.get_close_matches(name.removeprefix(PREFIX), own, 1)]
    return f"; did you mean {close[0]}?" if close else ""
