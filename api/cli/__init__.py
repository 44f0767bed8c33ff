"""The `csms` command: finds the subcommand, imports only its module, and turns errors into exit codes.

Exit 0 = done, 1 = failed, 2 = usage. Results go to stdout, everything else to stderr. Each module has
`configure(parser)` and `run(arguments) -> int`; so `csms replay` loads neither trio nor Litestar.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from api.cli.failure import FAILED, USAGE, Failure

COMMANDS = {
    "serve": "run the server",
    "simulate": "run simulated chargers that really charge",
    "replay": "rebuild sessions from the log, without a server",
    "log": "verify, head, export or archive the log",
    "station": "add or list stations",
    "charger": "add, list or import chargers",
    "token": "add or list tokens",
    "tariff": "add or list tariffs, say where they apply",
    "export": "write stations, chargers, tokens, ... to a file",
    "import": "add and change them from a file",
    "ledger": "prove that the books are right, show what the accounts have come to",
    "pki": "the certificate authority: make it, list what it signed, revoke",
    "actor": "start a parked actor of the running server again",
    "user": "add, list or disable people, set passwords",
    "backup": "write a consistent copy, also while serving",
    "restore": "put a copy back",
    "doctor": "check set-up, ports, database, certificates and clock, and say what to do",
    "config": "print the effective settings, secrets masked",
}
MODULES = {"export": "exporting", "import": "importing"}
"""Of commands whose names are words of Python's, or beside one."""
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """Flags in full only, so that a flag that comes later breaks nobody's script; errors as all commands tell them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Tell how it is used and end with 2."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"csms: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _parser(given).parse_args(given)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except Failure as failure:
        return _say(failure, failure.code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `csms log export | head`: whoever read has seen enough
        _mute()
        return 0
    except OSError as error:  # a disk or a file that does not do what it should: no fault of the program's
        try:
            sys.stdout.flush()
        except OSError:
            _mute()
        return _say(error, FAILED)
    return code


def _mute() -> None:
    """Nobody takes our output: Python, which tries once more at the end, must not fail with it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(given: Sequence[str]) -> Parser:
    """With all subcommands by name, and the one that is wanted in full."""
    parser = Parser(prog="csms", description="Charging Station Management System")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in given if not word.startswith("-")), None)
    for name, help_text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        if name == wanted:
            module = importlib.import_module(f"api.cli.{MODULES.get(name, name)}")
            module.configure(subparser)
            subparser.set_defaults(run=module.run)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata  # nothing else needs it

        print(f"csms {metadata.version('csms')}", flush=True)
        parser.exit()


def _say(error: Exception, code: int) -> int:
    for line in str(error).splitlines():
        print(f"csms: {line}", file=sys.stderr)
    return code
