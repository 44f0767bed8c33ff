"""`csms actor restart NAME`: what only a running server can do about one of its actors."""

from __future__ import annotations

import argparse

from api.cli import local
from api.cli.failure import Failure
from csms.storage import control


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms actor`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    restart = actions.add_parser("restart", help="start a parked actor again, once its cause is mended")
    restart.add_argument("name", help="as the tree shows it: chargers/CP-01, sessions/s3f2...")
    local.add_data(restart)


def run(arguments: argparse.Namespace) -> int:
    """Run `csms actor`. Raises Failure when no server runs, or when the actor fails again."""
    try:
        control.ask(local.directory(arguments), "actor.restart", {"name": arguments.name})
    except (control.NoServer, control.NoAnswer, control.Refused) as error:
        raise Failure(str(error)) from error
    print(f"{arguments.name} runs.")
    return 0
