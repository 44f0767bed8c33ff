"""The `csms` command: finds the subcommand, imports only its module, and turns errors into exit codes.

Exit 0 = done, 1 = failed, 2 = usage. Each module has `configure(parser)` and `run(arguments) -> int`; so `csms replay`
loads neither trio nor Litestar.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

COMMANDS = {
    "serve": "run the server",
    "simulate": "run simulated chargers that really charge",
    "replay": "rebuild sessions from the log, without a server",
    "log": "verify, head, export or archive the log",
    "station": "add or list stations",
    "charger": "add, list or import chargers",
    "token": "add or list tokens",
    "user": "add, list or disable people, set passwords",
    "backup": "write a consistent copy, also while serving",
    "restore": "put a copy back",
    "doctor": "check set-up, ports, database, certificates and clock",
    "config": "print the effective settings, secrets masked",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="csms", description="Charging Station Management System", add_help=True)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in given if not word.startswith("-")), None)
    for name, help_text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        if name == wanted:
            module = importlib.import_module(f"api.cli.{name}")
            module.configure(subparser)
            subparser.set_defaults(run=module.run)
    arguments = parser.parse_args(given)
    return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from api.cli.failure import Failure

    try:
        code: int = arguments.run(arguments)
    except Failure as error:
        print(f"csms: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `csms log export | head`: whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
