"""What chargers hold: variables, charging profiles, reservations, certificates, messages, ..."""

import sqlite3
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


def get(conn: sqlite3.Connection, charger_id: str, kind: str, key: str) -> dict[str, Any] | None:
    """The body of one thing; None where there is no such."""
    row = conn.execute(
        "SELECT body FROM inventory WHERE charger_id = ? AND kind = ? AND key = ?", (charger_id, kind, key)
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=dict[str, Any])
