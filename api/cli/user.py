"""`csms user add|list|password|disable|reset-second-factor`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from api.cli import local, table
from csms.storage.reference import users

ROLES = ("admin", "operations", "support", "finance", "driver")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms user`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a person")
    add.add_argument("--role", choices=ROLES, required=True)
    add.add_argument("--name", default="")
    listing = actions.add_parser("list", help="list people")
    password = actions.add_parser("password", help="set another password")
    disable = actions.add_parser("disable", help="somebody may not sign in any more")
    reset = actions.add_parser("reset-second-factor", help="somebody who lost it signs in without, until a new one")
    for each in (add, password, disable, reset):
        each.add_argument("email")
    for each in (add, password):
        each.add_argument("--password", help="10 to 256 characters (default: one is made and shown once)")
    for each in (add, listing, password, disable, reset):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms user`."""
    data = local.directory(arguments)
    if arguments.action == "list":
        with local.reading(data) as conn:
            rows = [local.plain(user) for user in users.every(conn)]
        for row in rows:
            row.pop("password", None)
        columns = ("email", "name", "role", "disabled")
        empty = "There is nobody yet. Add somebody:  csms user add you@example.com --role admin"
        table.show(rows, columns, as_json=arguments.json, empty=empty)
        return 0
    wanted = ("email", "role", "name", "password")
    fields = {name: value for name in wanted if (value := getattr(arguments, name, None)) is not None}
    done = local.write(data, f"user.{arguments.action}", fields)
    print(json.dumps(done) if arguments.json else _told(arguments.action, done))
    return 0


def _told(action: str, done: dict[str, Any]) -> str:
    made = f"\nThe password, shown once: {done['password']}" if "password" in done else ""
    match action:
        case "add":
            return f"Added {done['email']} as {done['role']}.{made}"
        case "password":
            return f"Changed the password of {done['email']}.{made}"
        case "reset-second-factor":
            return f"{done['email']} has no second factor any more, and is signed out."
        case _:
            return f"{done['email']} may not sign in any more."
