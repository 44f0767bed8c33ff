"""Filters and pages of lists: conditions joined by AND, the newest rows before a cursor."""

import sqlite3
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from csms.storage import errors, rowids

DEFAULT, LARGEST = 50, 500

Page: TypeAlias = dict[str, Any]


class Where:
    """Conditions of a query and their parameters; conditions are constants of our own, values are parameters."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.parameters: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """Ask for `condition` if none of its values is None."""
        if None not in values:
            self._conditions.append(condition)
            self.parameters.extend(values)

    def equal(self, *wanted: tuple[str, Any]) -> None:
        """Ask for (column, value) wherever the value is not None; those first that the fewest rows have.

        SQLite searches by the first one: it knows nothing of how many rows have what, and the + hides the others.
        """
        given = [(column, value) for column, value in wanted if value is not None]
        for hidden, (column, value) in enumerate(given):
            self.add(f"{'+' if hidden else ''}{column} = ?", value)

    def among(self, column: str, values: Collection[str] | None) -> None:
        """Ask for one of `values` in `column`; None asks for nothing, an empty list matches nothing."""
        if values is not None:
            self._conditions.append(f"{column} IN ({', '.join('?' * len(values))})")
            self.parameters.extend(values)

    def only_at(self, parts: str, link: str, station_ids: Collection[str] | None) -> None:
        """Ask that all chargers of the table `parts`, which `link` joins, stand at these stations; None: wherever."""
        if station_ids is not None:
            among = ", ".join("?" * len(station_ids))
            there = f"SELECT id FROM chargers WHERE station_id IN ({among})"  # noqa: S608 - question marks
            elsewhere = ("SELECT 1 FROM", parts, "WHERE", link, "AND charger_id NOT IN (", there, ")")
            self._conditions.append(f"NOT EXISTS ({' '.join(elsewhere)})")
            self.parameters.extend(station_ids)

    def __str__(self) -> str:
        return " AND ".join(self._conditions) or "1"


def newest(
    conn: sqlite3.Connection,
    select: str,
    where: Where,
    key: str,
    present: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    limit: int,
    cursor: str | None,
) -> Page:
    """The page of rows before `cursor`, by falling `key`, held as `cursor`. Raises InvalidValue, BadCursor."""
    where.add(f"{key} < ?", number(cursor))
    return ordered(conn, select, where, f"{key} DESC", present, limit=limit)


def each(
    conn: sqlite3.Connection,
    table: str,
    column: str,
    where: Where,
    present: Callable[[str], dict[str, Any]],
    *,
    limit: int,
    cursor: str | None,
) -> Page:
    """The page of rows of a table, the newest first, shown as `present` does by their `column`. Raises as above."""
    select = f"SELECT rowid AS cursor, {column} AS named FROM {table}"  # noqa: S608 - our own names
    return newest(conn, select, where, "rowid", lambda row: present(row["named"]), limit=limit, cursor=cursor)


def ordered(
    conn: sqlite3.Connection,
    select: str,
    where: Where,
    order: str,
    present: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    limit: int,
) -> Page:
    """The first rows in this order; `cursor` of the last shown is where the next page begins. Raises InvalidValue."""
    found = conn.execute(
        " ".join((select, "WHERE", str(where), "ORDER BY", order, "LIMIT ?")),
        (*where.parameters, checked(limit) + 1),
    )
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    following = str(rows[limit - 1]["cursor"]) if len(rows) > limit else None
    return {"items": [present(row) for row in rows[:limit]], "next_cursor": following}


def within(
    conn: sqlite3.Connection,
    where: Where,
    table: str,
    order: tuple[str, str],
    bounds: tuple[Any, Any],
    cursor: str | None,
) -> None:
    """Ask for begin <= time < end, and for what follows the row `cursor` where rows are listed by falling `order`.

    `order` names the columns of the time and of what cursors hold, `bounds` are begin and end. Raises BadCursor.
    """
    (time, key), (begin, end), after = order, bounds, number(cursor)
    where.add(f"{time} >= ?", begin)
    if after is None:
        where.add(f"{time} < ?", end)
        return
    row = conn.execute(f"SELECT {time} FROM {table} WHERE {key} = ?", (after,)).fetchone()  # noqa: S608 - our own names
    if row is None:
        raise errors.BadCursor
    if end is not None and row[0] >= end:  # a cursor of another list: all of this one follows it
        where.add(f"{time} < ?", end)
        return
    where.add(f"+{time} < ?", end)  # not by the index, which the cursor leads further into
    where.add(f"{time} <= ? AND NOT ({time} = ? AND {key} >= ?)", row[0], row[0], after)


def checked(limit: int) -> int:
    """`limit` if it is acceptable. Raises InvalidValue."""
    if not 1 <= limit <= LARGEST:
        raise errors.InvalidValue("limit", f"must be 1 to {LARGEST}")
    return limit


def number(cursor: str | None) -> int | None:
    """The row that a cursor stands for. Raises BadCursor."""
    if cursor is None:
        return None
    if (row := rowids.read(cursor)) is None:
        raise errors.BadCursor
    return row
