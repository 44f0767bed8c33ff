"""`csms charger add|list|import`."""

from __future__ import annotations

import argparse
import csv
import json
import urllib.parse
from pathlib import Path
from typing import Any

from api.cli import local, table
from api.cli.failure import USAGE, Failure
from csms import config
from csms.storage import queries

_COLUMNS = (
    "id",
    "name",
    "station_id",
    "registration",
    "security_profile",
    "serial_number",
    "connectors",
    "connector_type",
    "max_power_w",
)
"""The columns that an imported CSV may have; only id is needed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms charger`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a charger")
    add.add_argument("id", help="its identity: the last part of the URL that it connects to")
    add.add_argument("--station", dest="station_id", metavar="ID", help="the station where it stands")
    add.add_argument("--name")
    add.add_argument("--connectors", type=int, default=1, metavar="N", help="how many connectors (default 1)")
    add.add_argument(
        "--type", dest="connector_type", metavar="STANDARD", help="as in OCPI: IEC_62196_T2, IEC_62196_T2_COMBO"
    )
    add.add_argument("--max-power", dest="max_power_w", type=float, metavar="W")
    add.add_argument("--registration", choices=("accepted", "pending", "rejected"), default="accepted")
    add.add_argument("--security-profile", type=int, choices=(0, 1, 2, 3), default=0, help="1, 2: a password is made")
    add.add_argument("--serial-number", metavar="SN", help="what its certificate must name (profile 3)")
    add.add_argument("--password", help="its password, instead of one that is made (8 to 64 characters)")
    listing = actions.add_parser("list", help="list chargers")
    importing = actions.add_parser("import", help="add the chargers of a CSV file, all or none")
    importing.add_argument("file", type=Path, help=f"columns: {', '.join(_COLUMNS)}")
    for each in (add, listing, importing):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms charger`."""
    settings = local.settings(arguments)
    data = settings.data
    match arguments.action:
        case "list":
            _list(data, as_json=arguments.json)
        case "import":
            added = local.write(data, "charger.import", {"rows": [*_rows(arguments.file)]})["chargers"]
            print(json.dumps(added) if arguments.json else _imported(added))
        case _:
            added = local.write(data, "charger.add", _fields(vars(arguments)))
            print(json.dumps(added) if arguments.json else _added(added, settings))
    return 0


def _list(data: Path, *, as_json: bool) -> None:
    with local.reading(data) as conn:
        rows = queries.chargers.every(conn)
    for row in rows:
        row["state"] = "online" if row["online"] else "offline"
    columns = ("id", "name", "station_id", "registration", "state", "protocol", "vendor", "model")
    table.show(rows, columns, as_json=as_json, empty="There is no charger yet. Add one:  csms charger add CP-01")


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    fields = {
        name: given[name]
        for name in ("id", "station_id", "name", "registration", "security_profile", "serial_number", "password")
        if given.get(name) not in (None, "")
    }
    count = int(given["connectors"])
    if not 1 <= count <= 100:
        raise Failure(f"connectors: {count} is not between 1 and 100", USAGE)
    details = {"standard": given.get("connector_type") or None, "max_power_w": given.get("max_power_w") or None}
    kept = {name: value for name, value in details.items() if value is not None}
    return fields | {"connectors": [{"id": number, **kept} for number in range(1, count + 1)]}


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            rows, columns = list(reader), tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Failure(f"{file} cannot be read as CSV: {error}") from error
    for number, row in enumerate(rows, start=2):
        if None in row:
            raise Failure(f"{file} line {number} has more values than there are columns", USAGE)
    unknown = [column for column in columns if column not in _COLUMNS]
    if unknown or "id" not in columns:
        wrong = f"columns that mean nothing here: {', '.join(unknown)}" if unknown else "no column id"
        known = ", ".join(_COLUMNS)
        raise Failure(f"{file} has {wrong}; its first line names the columns, with commas between: {known}", USAGE)
    return [_fields(_numbers(file, number, row)) for number, row in enumerate(rows, start=2)]


def _numbers(file: Path, line: int, row: dict[str, Any]) -> dict[str, Any]:
    try:
        return row | {
            "security_profile": int(row.get("security_profile") or 0),
            "connectors": int(row.get("connectors") or 1),
            "max_power_w": float(row["max_power_w"]) if row.get("max_power_w") else None,
        }
    except ValueError as error:
        raise Failure(f"{file} line {line}: {error}", USAGE) from error


def _added(charger: dict[str, Any], settings: config.Settings) -> str:
    secure = charger["security_profile"] >= 2
    port = settings.ocpps_port if secure else settings.ocpp_port
    place = f"HOST:{port or 'PORT'}/ocpp/{urllib.parse.quote(charger['id'], safe='')}"
    told = f"Added charger {charger['id']}. It connects to {'wss' if secure else 'ws'}://{place}"
    if "password" in charger:
        told += f"\nIts password, shown once: {charger['password']}"
    return told


def _imported(chargers: list[dict[str, Any]]) -> str:
    passwords = "".join(f"\n{each['id']}  {each['password']}" for each in chargers if "password" in each)
    told = "Added 1 charger." if len(chargers) == 1 else f"Added {len(chargers)} chargers."
    return told + (f" Their passwords, shown once:{passwords}" if passwords else "")
