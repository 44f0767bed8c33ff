"""The table `deliveries`: what is to be told to each webhook, and what came of it.

A row is made once per webhook and event, whatever crashes, and keeps its id through all attempts. Statuses: waiting,
delivered, dead (given up: three days without success). Filled and emptied by actors/business/webhooks.py.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from csms.domain import webhook
from csms.storage import codec, errors
from csms.storage.queries import page
from csms.storage.queries.plain import moment, time
from csms.storage.reference import rows, webhooks

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"


class New(NamedTuple):
    """What a webhook is to be told; `seq` is the event's place in the log, None for a test."""

    webhook_id: str
    seq: int | None
    type: str
    at: datetime
    data: dict[str, Any]


class Due(NamedTuple):
    """What is to be sent now, and how."""

    id: str
    webhook_id: str
    url: str
    body: bytes


class Outcome(NamedTuple):
    """What came of an attempt: the answer's status (None: no answer), and what was wrong ("": nothing)."""

    at: datetime
    answered: int | None
    wrong: str


def add(conn: sqlite3.Connection, news: Iterable[New], now: datetime) -> list[str]:
    """Have it delivered, from now on; what is there already, or whose webhook is gone, stays so. The new ones' ids."""
    made = []
    for new in news:
        delivery_id = rows.new_id("d")
        body = {"id": delivery_id, "type": new.type, "at": time(new.at), "webhook_id": new.webhook_id, "data": new.data}
        added = conn.execute(
            "INSERT OR IGNORE INTO deliveries (id, webhook_id, seq, type, body, status, attempts, created_at, due_at,"
            " until, detail) SELECT ?, id, ?, ?, ?, 'waiting', 0, ?, ?, ?, '' FROM webhooks WHERE id = ?",
            (delivery_id, new.seq, new.type, msgspec.json.encode(body).decode(), *_times(now), new.webhook_id),
        )
        made += [delivery_id] if added.rowcount else []
    return made


def busy(conn: sqlite3.Connection, now: datetime) -> list[str]:
    """The webhooks for which something is due."""
    query = (
        "SELECT id FROM webhooks WHERE active AND EXISTS (SELECT 1 FROM deliveries"
        " WHERE webhook_id = webhooks.id AND status = 'waiting' AND due_at <= ?)"
    )
    return [row[0] for row in conn.execute(query, (codec.milliseconds(now),))]


def due(conn: sqlite3.Connection, webhook_id: str, now: datetime, limit: int) -> list[Due]:
    """What is due for a webhook, the longest waiting first; nothing for one that is not active or gone."""
    query = (
        "SELECT deliveries.id, webhook_id, details ->> 'url', body FROM deliveries"
        " JOIN webhooks ON webhooks.id = webhook_id AND active"
        " WHERE webhook_id = ? AND status = 'waiting' AND due_at <= ? ORDER BY due_at, number LIMIT ?"
    )
    found = conn.execute(query, (webhook_id, codec.milliseconds(now), limit))
    return [Due(row[0], row[1], row[2], row[3].encode()) for row in found]


def attempted(conn: sqlite3.Connection, id: str, outcome: Outcome) -> bool:
    """Note what came of an attempt; True when it was the last one and in vain."""
    row = rows.one(conn, "SELECT attempts, until FROM deliveries WHERE id = ? AND status = 'waiting'", id)
    if row is None:  # its webhook was deleted meanwhile
        return False
    attempts, at = row["attempts"] + 1, codec.milliseconds(outcome.at)
    again = codec.milliseconds(outcome.at + webhook.pause(attempts))
    status = WAITING if outcome.wrong else DELIVERED
    if outcome.wrong and again > row["until"]:
        status = DEAD
    conn.execute(
        "UPDATE deliveries SET status = ?, attempts = ?, due_at = ?, tried_at = ?, answered = ?, detail = ?"
        " WHERE id = ?",
        (status, attempts, again, at, outcome.answered, outcome.wrong[:500], id),
    )
    return status == DEAD


def redeliver(conn: sqlite3.Connection, id: str, now: datetime) -> dict[str, Any]:
    """Send it again, under the same id, with all patience. Raises NotFound."""
    conn.execute(
        "UPDATE deliveries SET status = 'waiting', attempts = 0, due_at = ?, until = ? WHERE id = ?",
        (*_times(now)[1:], id),
    )
    return get(conn, id)


def redeliver_dead(conn: sqlite3.Connection, webhook_id: str, now: datetime) -> int:
    """The same of everything that was given up for a webhook; how much that is. Raises NotFound."""
    webhooks.get(conn, webhook_id)
    return conn.execute(
        "UPDATE deliveries SET status = 'waiting', attempts = 0, due_at = ?, until = ?"
        " WHERE webhook_id = ? AND status = 'dead'",
        (*_times(now)[1:], webhook_id),
    ).rowcount


def forget(conn: sqlite3.Connection, before: datetime) -> None:
    """Remove what is older and no longer waits."""
    conn.execute("DELETE FROM deliveries WHERE created_at < ? AND status <> 'waiting'", (codec.milliseconds(before),))


def get(conn: sqlite3.Connection, id: str) -> dict[str, Any]:
    """One delivery as people see it. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM deliveries WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("delivery", id)
    return _view(row)


def of(
    conn: sqlite3.Connection, webhook_id: str, *, status: str | None, limit: int = page.DEFAULT, cursor: str | None
) -> page.Page:
    """The deliveries of a webhook, the newest first. Raises NotFound, InvalidValue, BadCursor."""
    webhooks.get(conn, webhook_id)
    where = page.Where()
    where.add("webhook_id = ?", webhook_id)
    where.add("status = ?", status)
    select = "SELECT number AS cursor, * FROM deliveries"
    return page.newest(conn, select, where, "number", _view, limit=limit, cursor=cursor)


def _times(now: datetime) -> tuple[int, int, int]:
    at = codec.milliseconds(now)
    return at, at, codec.milliseconds(now + webhook.GIVEN_UP_AFTER)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    waiting = row["status"] == WAITING
    return {
        **{name: row[name] for name in ("id", "webhook_id", "type", "status", "attempts", "detail")},
        "answered": row["answered"],
        "created_at": moment(row["created_at"]),
        "tried_at": moment(row["tried_at"]),
        "next_attempt_at": moment(row["due_at"]) if waiting else None,
        "body": msgspec.json.decode(row["body"]),
    }
