"""`csms token add|list`."""

from __future__ import annotations

import argparse
import json

from api.cli import local, table
from csms.storage import queries


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms token`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a token: what a driver presents")
    add.add_argument("id_token", help="the card's number, without regard to case")
    add.add_argument("--type", default="ISO14443", help="ISO14443 (default), ISO15693, eMAID, Central, Local, ...")
    add.add_argument("--driver", dest="driver_id", metavar="ID")
    add.add_argument("--group", dest="group_id", metavar="ID", help="members may stop each other's sessions")
    add.add_argument("--valid-from", metavar="TIME", help="RFC 3339: 2026-11-21T00:00:00Z")
    add.add_argument("--valid-to", metavar="TIME")
    add.add_argument("--blocked", action="store_true")
    listing = actions.add_parser("list", help="list tokens")
    for each in (add, listing):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms token`."""
    data = local.directory(arguments)
    if arguments.action == "list":
        with local.reading(data) as conn:
            rows = queries.tokens.every(conn)
        columns = ("id_token", "type", "driver_id", "group_id", "valid_to", "blocked")
        table.show(rows, columns, as_json=arguments.json, empty="There is no token yet. Add one:  csms token add TAG1")
        return 0
    wanted = ("id_token", "type", "driver_id", "group_id", "valid_from", "valid_to", "blocked")
    fields = {name: value for name in wanted if (value := getattr(arguments, name)) is not None}
    added = local.write(data, "token.add", fields)
    print(json.dumps(added, default=str) if arguments.json else f"Added token {added['id_token']} ({added['type']}).")
    return 0
