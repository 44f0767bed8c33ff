"""The table `list_updates`: tokens that changed since a charger took them into its local list, until it is told.

Marked in the transaction that changes the token, so nothing is forgotten;
actors/upkeep/list_keeping.py tells the chargers.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

_MARK = """INSERT OR REPLACE INTO list_updates (charger_id, token)
    SELECT charger_id, key FROM inventory WHERE kind = 'local-list' AND key = ?"""


class Update(NamedTuple):
    """A token, by its surrogate; the number tells a newer change of it from this one."""

    number: int
    token: str


def mark(conn: sqlite3.Connection, token: str) -> None:
    """A token changed: all whose list has it must hear of that."""
    conn.execute(_MARK, (token,))


def due(conn: sqlite3.Connection) -> dict[str, list[Update]]:
    """Charger -> what it must hear of, the oldest first."""
    found = defaultdict[str, list[Update]](list)
    for charger_id, *update in conn.execute("SELECT charger_id, number, token FROM list_updates ORDER BY number"):
        found[charger_id].append(Update(*update))
    return dict(found)


def done(conn: sqlite3.Connection, updates: Iterable[Update]) -> None:
    """A charger was told of these, or cannot be."""
    conn.executemany("DELETE FROM list_updates WHERE number = ?", [(each.number,) for each in updates])
