"""`csms log verify|head|export|archive`: the log as a whole. All but archive only read, server or not."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import msgspec

from api.cli import local, progress
from api.cli.failure import FAILED
from csms.storage import archive, export, verify
from csms.storage.queries.plain import moment


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms log`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verifying = actions.add_parser("verify", help="check every event and every checkpoint; 1 = something was changed")
    verifying.add_argument("--head", type=_noted, metavar="SEQ:DIGEST", help="what `csms log head` printed earlier")
    head = actions.add_parser("head", help="where the log ends: note it elsewhere, and verify against it later")
    exporting = actions.add_parser("export", help="print every event as a line of JSON")
    exporting.add_argument("--after", type=int, default=0, metavar="SEQ", help="only events after this position")
    archiving = actions.add_parser("archive", help="move sessions that ended into a file of DATA/archive")
    archiving.add_argument(
        "--before", type=_moment, required=True, metavar="DATE", help="that last changed before it: 2026-01-31 (UTC)"
    )
    for each in (verifying, head, exporting, archiving):
        local.add_data(each)
    for each in (verifying, head, archiving):
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms log`."""
    data = local.directory(arguments)
    match arguments.action:
        case "verify":
            return _verify(data, arguments.head, as_json=arguments.json)
        case "head":
            return _head(data, as_json=arguments.json)
        case "export":
            return _export(data, arguments.after)
        case _:
            return _archive(data, arguments.before, as_json=arguments.json)


def _verify(data: Path, noted: tuple[int, bytes] | None, *, as_json: bool) -> int:
    with local.log(data) as log, log.reader.consistent():
        end = verify.head(log.connection)
        # Every event is walked twice: along its stream, and along the whole log.
        with progress.showing("events", end.seq * 2) as told:
            findings = list(verify.findings(log.connection, noted, told))
    if as_json:
        print(json.dumps({"ok": not findings, "seq": end.seq, "findings": msgspec.to_builtins(findings)}))
        return FAILED if findings else 0
    for finding in findings:
        where = f"stream {finding.stream}, version {finding.version}" if finding.stream else "the log"
        print(f"{where} (position {finding.seq}): {finding.why}")
    if findings:
        print(f"csms: the log is not what was written: {len(findings)} findings; restore a backup", file=sys.stderr)
        return FAILED
    print(f"the log is whole up to position {end.seq}")
    return 0


def _head(data: Path, *, as_json: bool) -> int:
    with local.log(data) as log, log.reader.consistent():
        end = verify.head(log.connection)
    shown: dict[str, Any] = {"seq": end.seq, "digest": end.digest.hex(), "checkpoint": None}
    if end.checkpoint is not None:
        shown["checkpoint"] = {"seq": end.checkpoint.seq, "at": moment(end.checkpoint.at)}
    print(json.dumps(shown) if as_json else f"{end.seq}:{end.digest.hex()}")
    return 0


def _export(data: Path, after: int) -> int:
    with local.log(data) as log:
        total = max(0, verify.head(log.connection).seq - after)
        with progress.showing("events", total) as told:
            for count, line in enumerate(export.lines(log.connection, after), start=1):
                sys.stdout.buffer.write(line)
                if count % 10_000 == 0:
                    told(count)
        sys.stdout.buffer.flush()
    return 0


def _archive(data: Path, before: datetime, *, as_json: bool) -> int:
    with local.log(data) as log:
        prepared = archive.prepare(log.connection, data, before)
    if prepared is None:
        print(json.dumps({"file": None, "sessions": 0, "events": 0}) if as_json else "nothing to archive: no session")
        return 0
    with progress.showing("sessions", prepared.streams) as told:
        left = prepared.streams
        while left:
            left = local.write(data, "log.adopt", {"file": prepared.file})["left"]
            told(prepared.streams - left)
    shown = {"file": prepared.file, "sessions": prepared.streams, "events": prepared.events}
    text = f"moved {prepared.streams} sessions ({prepared.events} events) to {data / 'archive' / prepared.file}"
    print(json.dumps(shown) if as_json else text)
    return 0


def _noted(text: str) -> tuple[int, bytes]:
    if not re.fullmatch(r"\d+:([0-9a-f]{2})+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not what `csms log head` prints: SEQ:DIGEST")
    seq, _, digest = text.partition(":")
    return int(seq), bytes.fromhex(digest)


def _moment(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-01-31") from error
