"""`csms restore FILE`: puts a backup back. Refuses while a server runs, and over data unless told to."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from api.cli import local
from api.cli.failure import Failure
from csms.storage import backup, connection


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms restore`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what `csms backup` wrote")
    parser.add_argument("--force", action="store_true", help="replace the data that is there; it is moved aside")
    parser.add_argument("--json", action="store_true", help="print JSON")
    local.add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Restore; what was there is kept in a folder beside it."""
    data = local.directory(arguments)
    if connection.database(data).exists() and not arguments.force:
        raise Failure(f"{data} holds data already: --force replaces it (and keeps it aside), or name another --data")
    with local.storage():
        replaced = backup.restore(arguments.file, data)
    if arguments.json:
        print(json.dumps({"data": str(data), "replaced": str(replaced) if replaced else None}))
        return 0
    print(f"Restored {arguments.file} to {data}.")
    if replaced is not None:
        print(f"What was there is in {replaced}: delete it when you no longer need it.")
    print("Transaction ids go on 1,000,000 later, so that none is given out twice.")
    return 0
