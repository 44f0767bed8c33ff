"""What chargers hold: variables, charging profiles, reservations, certificates, messages, ..."""

import sqlite3
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from csms.storage.queries import page
from csms.storage.queries.plain import moment

_KINDS = "SELECT kind, count(*), max(changed_at) FROM inventory WHERE charger_id = ? GROUP BY kind ORDER BY kind"
_SELECT = (
    "SELECT key, body, changed_at FROM inventory WHERE charger_id = ? AND kind = ? AND key > ?"
    " AND substr(key, 1, length(?)) = ? ORDER BY key LIMIT ?"
)


def kinds(conn: sqlite3.Connection, charger_id: str) -> dict[str, Any]:
    """What kinds of things are known of a charger: {items: [{kind, count, changed_at}]}."""
    rows = conn.execute(_KINDS, (charger_id,)).fetchall()
    return {"items": [{"kind": kind, "count": count, "changed_at": moment(at)} for kind, count, at in rows]}


def list(  # noqa: A001 - as in queries.inventory.list
    conn: sqlite3.Connection,
    *,
    charger_id: str,
    kind: str,
    prefix: str = "",
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """The things of one kind, by key, of those that begin with `prefix`: {key, changed_at, body}."""
    wanted = (charger_id, kind, cursor or "", prefix, prefix, page.checked(limit) + 1)
    rows = conn.execute(_SELECT, wanted).fetchall()
    items = [{"key": key, "changed_at": moment(at), "body": msgspec.json.decode(body)} for key, body, at in rows]
    return {"items": items[:limit], "next_cursor": items[limit - 1]["key"] if len(items) > limit else None}


def every(conn: sqlite3.Connection, charger_id: str, kind: str) -> dict[str, dict[str, Any]]:
    """The bodies of all things of a kind of which a charger has few, by key."""
    rows = conn.execute("SELECT key, body FROM inventory WHERE charger_id = ? AND kind = ?", (charger_id, kind))
    return {key: msgspec.json.decode(body) for key, body in rows}


def there(conn: sqlite3.Connection, charger_id: str, things: Iterable[tuple[str, str]]) -> Collection[tuple[str, str]]:
    """Those of these (kind, key) that there are."""
    query = "SELECT 1 FROM inventory WHERE charger_id = ? AND kind = ? AND key = ?"
    return tuple(thing for thing in things if conn.execute(query, (charger_id, *thing)).fetchone() is not None)


def get(conn: sqlite3.Connection, charger_id: str, kind: str, key: str) -> dict[str, Any] | None:
    """The body of one thing; None where there is no such."""
    row = conn.execute(
        "SELECT body FROM inventory WHERE charger_id = ? AND kind = ? AND key = ?", (charger_id, kind, key)
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=dict[str, Any])
