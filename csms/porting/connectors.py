"""A charger's EVSEs and connectors as a spreadsheet has them: a row each, with the charger's own cells in every one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from csms.porting.columns import Column
from csms.porting.report import Problem
from csms.porting.sheets import Row

COLUMNS = (
    Column("evse", "integer"),
    Column("evse_id"),
    Column("connector", "integer"),
    Column("standard"),
    Column("format"),
    Column("power_type"),
    Column("max_power_w", "number"),
    Column("max_voltage", "number"),
    Column("max_amperage", "number"),
)
_DETAILS = tuple(column.name for column in COLUMNS if column.name not in ("evse", "evse_id", "connector"))
_NAMES = frozenset(column.name for column in COLUMNS)


def spread(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A charger as one flat record for each connector; one where it has none."""
    own = {name: value for name, value in record.items() if name != "evses"}
    nothing = dict.fromkeys(_NAMES)
    if not record["evses"]:
        yield own | nothing
    for evse in record["evses"]:
        for connector in evse["connectors"]:
            here = {"evse": evse["id"], "evse_id": evse.get("evse_id"), "connector": connector["id"]}
            yield own | nothing | here | {name: connector.get(name) for name in _DETAILS}


def gathered(rows: Iterator[Row], columns: Iterable[Column]) -> Iterator[Row]:
    """Chargers from rows that follow each other and have the same id; what the first says, the others may leave out."""
    empty = {column.name: column.empty for column in columns}
    for _, group in groupby(rows, key=lambda row: row.fields.get("id") or row.number):
        yield _charger(list(group), empty)


def _charger(rows: Sequence[Row], empty: Mapping[str, Any]) -> Row:
    first = rows[0]
    problems = [problem for row in rows for problem in row.problems]
    own = {name: value for name, value in first.fields.items() if name not in _NAMES}
    for row in rows[1:]:
        for name, value in own.items():
            if row.fields.get(name) not in (value, empty[name]):
                told = f"differs from row {first.number}, which is of the same charger: make them the same"
                problems.append(Problem(row.number, name, told))
    if not _NAMES & first.fields.keys():
        return Row(first.number, own, tuple(problems))
    evses: list[dict[str, Any]] = []
    problems += [problem for row in rows if (problem := _connector(row, evses)) is not None]
    return Row(first.number, own | {"evses": evses}, tuple(problems))


def _connector(row: Row, evses: list[dict[str, Any]]) -> Problem | None:
    """Add a row's connector to the EVSEs; rows that follow each other and name the same EVSE are of one."""
    told = {name: row.fields[name] for name in _NAMES if row.fields.get(name) is not None}
    number = told.get("connector")
    if number is None:
        return Problem(row.number, "connector", "is missing: number the connectors 1, 2, 3, ...") if told else None
    evse = told.get("evse", number)
    if not evses or evses[-1]["id"] != evse:
        evses.append({"id": evse, "evse_id": told.get("evse_id"), "connectors": []})
    evses[-1]["connectors"].append({"id": number} | {name: told[name] for name in _DETAILS if name in told})
    return None
