"""`csms tariff add|list|assign`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from api.cli import local, table
from api.cli.failure import FAILED, USAGE, Failure
from csms.domain.tariff import explanation
from csms.storage.reference import tariffs


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms tariff`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a tariff")
    add.add_argument("file", type=Path, help="JSON as POST /api/v1/tariffs takes it; - for stdin")
    listing = actions.add_parser("list", help="list tariffs")
    assign = actions.add_parser("assign", help="say where a tariff applies: at one place")
    assign.add_argument("tariff_id", metavar="TARIFF", help="its id; - for none of its own any more")
    assign.add_argument("--station", dest="station_id", metavar="ID")
    assign.add_argument("--charger", dest="charger_id", metavar="ID")
    assign.add_argument("--connector", dest="connector_id", metavar="N", type=int, help="of that charger")
    assign.add_argument("--from", dest="from_at", metavar="TIME", help="in advance: 2027-01-01T00:00:00Z")
    for each in (add, listing, assign):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms tariff`."""
    data = local.directory(arguments)
    match arguments.action:
        case "list":
            _list(data, as_json=arguments.json)
        case "add":
            added = local.write(data, "tariff.add", _read(arguments.file))
            print(json.dumps(added) if arguments.json else f"Added tariff {added['id']} ({added['name']}).")
        case "assign":
            made = local.write(data, "tariff.assign", _place(arguments))
            what = f"has tariff {made['tariff_id']}" if made["tariff_id"] else "has no tariff of its own"
            since = f" from {made['from_at']} on" if arguments.from_at else ""
            told = f"{made['place'].capitalize()} {made['subject']} {what}{since}."
            print(json.dumps(made) if arguments.json else told)
    return 0


def _list(data: Path, *, as_json: bool) -> None:
    with local.reading(data) as conn:
        found = tariffs.every(conn)
    rows = [
        {
            "id": each.id,
            "version": each.version,
            "name": each.tariff.name,
            "currency": each.tariff.currency,
            "prices": ", ".join(explanation.headline(each.tariff)),
        }
        for each in found
    ]
    empty = "There is no tariff yet. Add one:  csms tariff add FILE.json"
    table.show(rows, ("id", "version", "name", "prices"), as_json=as_json, empty=empty)


def _read(file: Path) -> dict[str, Any]:
    try:
        fields = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except ValueError as error:
        raise Failure(f"{file} is not JSON: {error}", FAILED) from error
    if not isinstance(fields, dict):
        raise Failure(f"{file} is no tariff: it must be an object with name, currency and elements", FAILED)
    return fields


def _place(arguments: argparse.Namespace) -> dict[str, Any]:
    if (arguments.station_id is None) == (arguments.charger_id is None):
        raise Failure("say where: --station ID, or --charger ID with or without --connector N", USAGE)
    if arguments.connector_id is not None and arguments.charger_id is None:
        raise Failure("--connector needs --charger", USAGE)
    wanted = ("station_id", "charger_id", "connector_id", "from_at")
    fields = {name: value for name in wanted if (value := getattr(arguments, name)) is not None}
    return {**fields, "tariff_id": None if arguments.tariff_id == "-" else arguments.tariff_id}
