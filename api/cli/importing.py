"""`csms import KIND FILE`: what `csms export` wrote, or a spreadsheet of one's own, with or without a server."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from api.cli import local
from api.cli.failure import FAILED, USAGE, Failure
from csms.porting import errors
from csms.porting.report import Put, Report
from csms.storage.porting import KINDS, running


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms import`."""
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=f"in this order: {', '.join(KINDS)}")
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV or JSON; - for stdin")
    parser.add_argument("--format", dest="form", choices=("csv", "json"), help="default: as FILE ends, else csv")
    parser.add_argument("--dry-run", action="store_true", help="only say what is wrong, and what would change")
    parser.add_argument("--json", action="store_true", help="print JSON")
    local.add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `csms import`."""
    data, path = local.directory(arguments), arguments.file
    form = running.form_of(arguments.form, path)

    def put(kind: str, rows: Sequence[running.Record], *, keep: bool) -> Put:
        asked = {"kind": kind, "rows": rows, "keep": keep}
        return msgspec.convert(local.write(data, "rows.put", asked), Put)

    try:
        with _opened(path) as file:
            report = running.run(KINDS[arguments.kind], file, form, put, dry_run=arguments.dry_run)
    except errors.BadRows as refusal:
        report = refusal.report
    except errors.BadFile as error:
        raise Failure(f"{path}: {error}", USAGE) from error
    except errors.Halfway as error:
        raise Failure(f"{path}: {error}") from error
    print(json.dumps(msgspec.to_builtins(report)) if arguments.json else _told(report))
    return FAILED if report.problems else 0


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file, which can be read again."""
    if str(path) != "-":
        with path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as copy:
        while chunk := sys.stdin.buffer.read(1 << 20):
            copy.write(chunk)
        yield copy


def _told(report: Report) -> str:
    lines = [f"row {each.row}: {each.field}: {each.problem}" for each in (*report.doubts, *report.problems)]
    if report.more_problems:
        lines.append(f"and {report.more_problems} more")
    if report.problems:
        said = "Nothing was imported." if not report.dry_run else "This file would not be imported."
        return "\n".join((*lines, f"{said} Correct these rows first."))
    would = "would be " if report.dry_run else ""
    lines.append(
        f"{report.kind.capitalize()}: {report.added} {would}added, {report.changed} {would}changed, "
        f"{report.unchanged} as they are."
    )
    if report.passwords:
        lines.append("These get passwords, shown once:" if not report.dry_run else "These would get passwords:")
        lines += [f"{each.id}  {each.password or ''}".rstrip() for each in report.passwords]
    return "\n".join(lines)
