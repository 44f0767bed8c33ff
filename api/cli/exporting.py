"""`csms export KIND`: all stations, chargers, tokens, ... as a file, for a spreadsheet or to import it elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from api.cli import local
from csms.storage.porting import KINDS
from csms.storage.porting.exporting import Export
from csms.storage.porting.running import form_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms export`."""
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--format", dest="form", choices=("csv", "json"), help="default: as FILE ends, else csv")
    parser.add_argument("--output", metavar="FILE", type=Path, help="instead of the terminal")
    local.add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `csms export`."""
    output: Path | None = arguments.output
    form = form_of(arguments.form, output)
    export = Export(KINDS[arguments.kind], form, datetime.now(UTC))
    with local.reading(local.directory(arguments)) as conn, _opened(output) as file:
        conn.execute("BEGIN")  # all pages are of one moment
        while not export.over:
            file.write(export.more(conn).encode())
    return 0


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    """Where it goes; a file is its owner's only, for it may tell of people."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    output.touch(mode=0o600)
    with output.open("wb") as file:
        yield file
