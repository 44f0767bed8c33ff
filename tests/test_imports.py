"""Who may import whom: csms <- actors <- api, never backwards, and what the pure parts do without.

Every import statement counts, also one inside a function: a lazy import backwards is still backwards.
"""

import ast
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = ("csms", "actors", "api")


@dataclass(frozen=True)
class Rule:
    """No module of `package` imports anything in `never`, save what lies in `but`."""

    package: str
    never: tuple[str, ...]
    but: tuple[str, ...] = ()


RULES = [
    # the layers
    Rule("csms", never=("actors", "api")),
    Rule("actors", never=("api",)),
    # the runtime would serve any program: it knows neither charging nor the actors that are built on it
    Rule("actors.runtime", never=OURS, but=("actors.runtime",)),
    # replay and its kin need no event loop
    Rule("csms.storage", never=("trio",)),
    Rule("csms.protocol", never=("trio", "sqlite3", "csms.storage", "csms.gateway")),
    # a simulated charger knows what a real one knows: the protocol
    Rule("csms.simulator", never=("csms.storage", "csms.gateway")),
]

# Libraries that have one home, so that they can be changed there.
HOMES = {
    "anycorn": ("api",),
    "argon2": ("csms.credentials",),
    "httpx": ("csms.integrations",),
    "iso4217": ("csms.domain.money",),
    "litestar": ("api",),
    "trio_websocket": ("csms.gateway", "csms.simulator"),
}

# All that the domain may use: nothing here does I/O, tells the time, throws dice or logs.
PURE = {
    *("__future__", "abc", "base64", "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum"),
    *("fractions", "functools", "graphlib", "hashlib", "heapq", "iso4217", "itertools", "json", "math", "msgspec"),
    *("numbers", "operator", "re", "string", "struct", "types", "typing", "unicodedata", "zoneinfo"),
}
IMPURE_CALL = re.compile(r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^(open|print|input|exec|eval|__import__)$")
WRITES_SQL = re.compile(r"\b(INSERT\s+(OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b")

# Commands that read the log: they start fast because they load no server.
SERVERLESS = ("api.cli", "api.cli.replay", "api.cli.log")
SERVERS = {"trio", "litestar", "anycorn", "trio_websocket"}


def modules(*packages: str) -> list[str]:
    """The dotted names of all modules that lie in these packages; a package's own is `a.b.__init__`."""
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in packages
        for path in ROOT.joinpath(*package.split(".")).rglob("*.py")
    )


def tree_of(module: str) -> ast.Module:
    return ast.parse(ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8"))


def imported(module: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all that a module imports; `from a import b` counts as a.b, which may be a module."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            origin = [*above, *filter(None, [node.module])]
            yield from ((node.lineno, ".".join([*origin, alias.name])) for alias in node.names)


def lies_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.package)
def test_a_package_never_imports_what_lies_outside_its_layer(rule: Rule) -> None:
    backwards = [
        f"{module}, line {line}: {name}"
        for module in modules(rule.package)
        for line, name in imported(module)
        if lies_in(name, rule.never) and not lies_in(name, rule.but)
    ]
    assert modules(rule.package), "a rule for a package that is not there guards nothing"
    assert backwards == []


@pytest.mark.parametrize("library", HOMES)
def test_a_library_with_a_home_is_imported_nowhere_else(library: str) -> None:
    strays = [
        f"{module}, line {line}: {name}"
        for module in modules(*OURS)
        for line, name in imported(module)
        if lies_in(name, (library,)) and not lies_in(module, HOMES[library])
    ]
    assert strays == []


def test_the_domain_imports_only_itself_and_what_is_pure() -> None:
    impure = [
        f"{module}, line {line}: {name}"
        for module in modules("csms.domain")
        for line, name in imported(module)
        if name.split(".")[0] not in PURE and not lies_in(name, ("csms.domain", "csms.errors"))
    ]
    assert impure == []


def test_the_domain_reads_no_clock_and_does_no_io() -> None:
    impure = [
        f"{module}, line {node.lineno}: {ast.unparse(node.func)}"
        for module in modules("csms.domain")
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call) and IMPURE_CALL.search(ast.unparse(node.func))
    ]
    assert impure == []


TEST_GATEWAY = "csms.integrations.payment.embedded"
"""Stands for another company, with a file of its own."""


def test_only_the_storage_writes_tables() -> None:
    writers = [
        f"{module}, line {node.lineno}"
        for module in modules(*OURS)
        if not lies_in(module, ("csms.storage", TEST_GATEWAY))
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES_SQL.search(node.value)
    ]
    assert writers == []


@pytest.mark.parametrize("module", [name for name in SERVERLESS if {name, f"{name}.__init__"} & {*modules("api")}])
def test_a_command_that_reads_the_log_loads_no_server(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({SERVERS!r} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("command", [name.split(".")[-1] for name in SERVERLESS[1:] if name in modules("api")])
def test_the_command_line_loads_only_the_command_it_was_given(command: str) -> None:
    program = (
        "import sys\nfrom api import cli\n"
        f"try: cli.main([{command!r}, '--help'])\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = set(ran.stderr.split())
    assert f"api.cli.{command}" in loaded
    assert SERVERS & loaded == set()


def test_an_import_inside_a_function_and_a_relative_one_count(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "csms").mkdir()
    (tmp_path / "csms" / "late.py").write_text(
        "def f():\n    from api import cli\n    from . import errors\n    import a.b\n"
    )
    monkeypatch.setattr("tests.test_imports.ROOT", tmp_path)
    assert [*imported("csms.late")] == [(2, "api.cli"), (3, "csms.errors"), (4, "a.b")]
