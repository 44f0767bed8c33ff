"""`csms station add|list`."""

from __future__ import annotations

import argparse
import json

from api.cli import local, table
from csms.storage.reference import stations


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms station`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a station")
    add.add_argument("name", help='what people call it: "City Mall Station"')
    add.add_argument("--id", help="short id (default: one is made)")
    add.add_argument("--address", default="")
    add.add_argument("--city", default="")
    add.add_argument("--postal-code")
    add.add_argument("--country", help="ISO 3166-1 alpha-3: IND")
    add.add_argument("--time-zone", help="IANA name: Asia/Kolkata")
    listing = actions.add_parser("list", help="list stations")
    for each in (add, listing):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms station`."""
    data = local.directory(arguments)
    if arguments.action == "list":
        with local.reading(data) as conn:
            rows = [local.plain(station) for station in stations.every(conn)]
        empty = 'There is no station yet. Add one:  csms station add "City Mall Station"'
        table.show(rows, ("id", "name", "city", "country", "time_zone"), as_json=arguments.json, empty=empty)
        return 0
    wanted = ("id", "name", "address", "city", "postal_code", "country", "time_zone")
    fields = {name: value for name in wanted if (value := getattr(arguments, name)) is not None}
    added = local.write(data, "station.add", fields)
    print(json.dumps(added) if arguments.json else f"Added station {added['id']} ({added['name']}).")
    return 0
