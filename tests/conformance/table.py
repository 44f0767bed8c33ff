"""The table of what is implemented where and tested by what: one row an action, version and direction.

`CONFORMANCE=build/conformance.md scripts/test tests/conformance` writes it.
"""

import functools
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import tests
from tests.conformance import checks
from tests.conformance.actions import EVERY, Action, Direction

ROOT = Path(tests.__file__).parent.parent
PAYLOADS = "tests/conformance/test_actions.py"
"""What tries the payloads of all of them; it stands alone where no other test names the action."""
_TABLES: Mapping[Direction, tuple[str, ...]] = {
    "charger to server": ("INCOMING",),
    "charger to server, SEND": ("SENDS",),
    "server to charger": ("CALLS", "OUTGOING"),
}
_PACKAGES = {"v16": ("v16",), "v201": ("v2x", "v201"), "v21": ("v2x", "v21")}


class Row(NamedTuple):
    """`file` implements the action ("" = none does), `test` tests what it does. `faults` says what is wrong."""

    action: Action
    file: str
    test: str
    faults: list[str]


@functools.cache
def row(action: Action) -> Row:
    """The row of an action; the checks are made here, once."""
    if not present(action):
        return Row(action, "", "", ["it has no row in the version's tables"])
    check = checks.from_server if action.direction == "server to charger" else checks.from_charger
    file = implementation(action)
    return Row(action, file, behaviour(action.name, file) or PAYLOADS, [*check(action)])


def present(action: Action) -> bool:
    """Whether the version knows what to do with it at all."""
    version = action.version
    tables: Mapping[Direction, Mapping[str, Any]] = {
        "charger to server": version.incoming,
        "charger to server, SEND": version.sends,
        "server to charger": version.calls,
    }
    return action.name in tables[action.direction]


def implementation(action: Action) -> str:
    """The modules of functional blocks that have the action in a table of their own, those that learn from it first."""
    tables = _TABLES[action.direction]
    found = [module for table in tables for module in _modules(action.folder) if action.name in _names(module, table)]
    return ", ".join(dict.fromkeys(str(Path(str(module.__file__)).relative_to(ROOT)) for module in found))


def behaviour(name: str, files: str) -> str:
    """The tests that name the action: those beside the modules, else others of the same folder, else anywhere."""
    mirrors = [ROOT / "tests" / Path(file).with_name(f"test_{Path(file).name}") for file in files.split(", ") if file]
    folders = [path for mirror in mirrors for path in sorted(mirror.parent.glob("test_*.py"))]
    for paths in (mirrors, folders, _all_tests()):
        if found := [path for path in paths if path.is_file() and f'"{name}"' in _text(path)]:
            return ", ".join(dict.fromkeys(str(path.relative_to(ROOT)) for path in found[:3]))
    return ""


def written(rows: list[Row]) -> str:
    """The table as Markdown: what came of all its payloads just now, and the tests of what the action does."""
    lines = ["| version | action | direction | file | payloads | named in |", "|---|---|---|---|---|---|"]
    for each in rows:
        result = "passed" if not each.faults else f"failed: {each.faults[0]}"
        name = each.action
        cells = (name.version.name, name.name, name.direction, each.file or "-", result, each.test or "-")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{len(rows)} rows, {sum(not each.faults for each in rows)} passed", ""])


def rows() -> Iterator[Row]:
    """All rows, in the order of version, direction and name."""
    return map(row, EVERY)


@functools.cache
def _text(path: Path) -> str:
    return path.read_text()


@functools.cache
def _all_tests() -> list[Path]:
    found = (ROOT / "tests").rglob("test_*.py")
    return sorted(path for path in found if path.parent != Path(__file__).parent and "simulator" not in path.parts)


def _modules(folder: str) -> list[ModuleType]:
    """The functional blocks that the version is composed of."""
    names = sorted(name for name in sys.modules for package in _PACKAGES[folder] if _is_of(name, package))
    return [sys.modules[name] for name in names]


def _is_of(name: str, package: str) -> bool:
    return name.startswith(f"csms.protocol.{package}.")


def _names(module: ModuleType, table: str) -> set[str]:
    """The actions of the module's tables of this kind, of which it may have one a version: CALLS, CALLS_21."""
    held = [rows for name, rows in vars(module).items() if name == table or name.startswith(f"{table}_")]
    return {row.action for rows in held for row in rows.values()} if table == "OUTGOING" else set().union(*held)
