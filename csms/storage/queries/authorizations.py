"""Attempts to charge: why was my card refused?"""

import sqlite3
from collections.abc import Collection
from typing import Any

from csms.storage.queries import page
from csms.storage.queries.plain import moment

_SELECT = (
    "SELECT authorizations.seq AS cursor, charger_id, status, reason, source, at, tokens.id_token AS id_token,"
    " tokens.type AS token_type FROM authorizations LEFT JOIN tokens ON tokens.ref = authorizations.token"
)


def list(  # noqa: A001 - as in queries.authorizations.list
    conn: sqlite3.Connection,
    *,
    charger_id: str | None = None,
    id_token: str | None = None,
    status: str | None = None,
    driver_id: str | None = None,
    station_ids: Collection[str] | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Accepted and refused attempts, newest first: {id, at, charger_id, id_token, token_type, status, reason, source}.

    source: authorize | start. `charger_id` in its stored spelling. `station_ids` and `driver_id` are what the caller
    may see.
    """
    where = page.Where()
    folded = None if id_token is None else id_token.casefold()
    where.add("authorizations.token = (SELECT ref FROM tokens WHERE folded = ?)", folded)
    where.add("authorizations.token IN (SELECT ref FROM tokens WHERE driver_id = ?)", driver_id)
    where.add("authorizations.charger_id = ?" if folded is None else "+authorizations.charger_id = ?", charger_id)
    where.add("authorizations.status = ?", status)
    where.among("(SELECT station_id FROM chargers WHERE chargers.id = authorizations.charger_id)", station_ids)
    return page.newest(conn, _SELECT, where, "authorizations.seq", _view, limit=limit, cursor=cursor)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["cursor"]),
        "at": moment(row["at"]),
        "charger_id": row["charger_id"],
        "id_token": row["id_token"],
        "token_type": row["token_type"],
        "status": row["status"],
        "reason": row["reason"],
        "source": row["source"],
    }
