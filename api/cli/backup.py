"""`csms backup FILE`: a consistent copy of the data directory in one file, also while a server writes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from api.cli import local
from api.cli.failure import Failure
from csms.storage import backup


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms backup`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    parser.add_argument("--without-keys", action="store_true", help="leave out DATA/pki: you keep it elsewhere")
    parser.add_argument("--json", action="store_true", help="print JSON")
    local.add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Back up; never over a file that is there."""
    data, file = local.directory(arguments), arguments.file
    local.require(data)
    if file.exists():
        raise Failure(f"{file} exists: a backup never overwrites, choose another name")
    if not file.absolute().parent.is_dir():
        raise Failure(f"there is no folder {file.absolute().parent}: make it first")
    with local.storage():
        size = backup.backup(data, file, keys=not arguments.without_keys)
    told = f"Wrote {file} ({size:,} bytes). Bring it back with:  csms restore {file}"
    if (data / backup.PKI).exists() and not arguments.without_keys:
        told += "\nIt holds the private keys of DATA/pki: keep it as safe, and encrypt what leaves this machine."
    print(json.dumps({"file": str(file), "bytes": size}) if arguments.json else told)
    return 0
