"""The tables `webhooks` and `webhook_secrets`: which app hears of what, where, and how it knows that it is us.

Secrets are kept as they are, for they sign; they are shown once, when they are made.
"""

import sqlite3
import urllib.parse
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from csms import addresses
from csms.domain import webhook
from csms.integrations import signing
from csms.storage import codec, errors, verify
from csms.storage.reference import audit, rows, stations

KIND = "webhook"
MOST = 100
"""Webhooks of a network."""


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only what happens at these stations."""

    station_ids: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subscription; `scope` None: the whole network. While it is not `active` nothing is noted for it nor sent."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    types: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=50)]
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    scope: Scope | None = None
    active: bool = True
    id: str = ""
    after_seq: int = 0
    revision: int = 1

    @property
    def station_ids(self) -> tuple[str, ...] | None:
        """The stations of its scope; None: all."""
        return None if self.scope is None else self.scope.station_ids


def add(
    conn: sqlite3.Connection, fields: Mapping[str, Any], allowed: Collection[str], now: datetime
) -> tuple[Webhook, str]:
    """A new webhook, which hears of what happens from now on, and its secret. Raises InvalidValue."""
    if conn.execute("SELECT count(*) FROM webhooks").fetchone()[0] >= MOST:
        raise errors.InvalidValue("url", f"there are {MOST} webhooks already: delete one that nobody needs")
    ours = {"id": rows.new_id("wh"), "after_seq": verify.last_seq(conn), "revision": 1}
    made, secret = _checked(conn, {**fields, **ours}, allowed), signing.new_secret()
    rows.insert(conn, "webhooks", {"id": made.id, "revision": 1, **_row(made)}, KIND, made.id)
    conn.execute("INSERT INTO webhook_secrets VALUES (?, ?, ?, NULL)", (made.id, secret, codec.milliseconds(now)))
    return made, secret


def get(conn: sqlite3.Connection, id: str) -> Webhook:
    """One webhook. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM webhooks WHERE id = ?", id)
    if row is None:
        raise errors.NotFound(KIND, id)
    return _webhook(row)


def every(conn: sqlite3.Connection) -> list[Webhook]:
    """All webhooks by id."""
    return [_webhook(row) for row in rows.many(conn, "SELECT * FROM webhooks ORDER BY id")]


def change(
    conn: sqlite3.Connection,
    id: str,
    changes: Mapping[str, Any],
    allowed: Collection[str],
    expected: int | None = None,
) -> Webhook:
    """Change some fields. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    fields = {**msgspec.to_builtins(old), **changes, "revision": old.revision + 1}
    new = _checked(conn, fields, allowed)
    rows.update(conn, "webhooks", id, _row(new), found=old.revision, expected=expected, kind=KIND)
    return new


def remove(conn: sqlite3.Connection, id: str) -> None:
    """Remove it, with what was still to be delivered. Raises NotFound."""
    if not rows.delete(conn, "webhooks", id, kind=KIND):
        raise errors.NotFound(KIND, id)


def rotate(conn: sqlite3.Connection, id: str, now: datetime) -> str:
    """A new secret; the one before is used beside it for a day, any older one no more. Raises NotFound."""
    get(conn, id)
    at, until, secret = codec.milliseconds(now), codec.milliseconds(now + webhook.ROTATION), signing.new_secret()
    conn.execute("DELETE FROM webhook_secrets WHERE webhook_id = ? AND ends_at IS NOT NULL", (id,))
    conn.execute("UPDATE webhook_secrets SET ends_at = ? WHERE webhook_id = ?", (until, id))
    conn.execute("INSERT INTO webhook_secrets VALUES (?, ?, ?, NULL)", (id, secret, at))
    audit.note(KIND, id, {"secret": "before"}, {"secret": "after"})
    return secret


def secrets(conn: sqlite3.Connection, id: str, now: datetime) -> tuple[str, ...]:
    """The secrets to sign with, the newest first."""
    query = "SELECT secret FROM webhook_secrets WHERE webhook_id = ? AND coalesce(ends_at > ?, 1) ORDER BY ends_at"
    return tuple(row[0] for row in conn.execute(query, (id, codec.milliseconds(now))))


def _checked(conn: sqlite3.Connection, fields: Mapping[str, Any], allowed: Collection[str]) -> Webhook:
    made = rows.checked(Webhook, fields)
    if (reason := addresses.call_refusal(made.url, allowed)) is not None:
        raise errors.InvalidValue("url", reason)
    parts = urllib.parse.urlsplit(made.url)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise errors.InvalidValue("url", "has a user, a password or a fragment: deliveries are signed instead")
    if strange := sorted(set(made.types) - webhook.CHOICES):
        raise errors.InvalidValue("types", f"{strange[0]} is none of {', '.join(sorted(webhook.CHOICES))}")
    for station_id in made.station_ids or ():
        stations.require(conn, station_id, "scope.station_ids")
    return made


def _row(made: Webhook) -> dict[str, Any]:
    details = msgspec.to_builtins(made)
    row = {name: details.pop(name) for name in ("active", "after_seq")}
    del details["id"], details["revision"]
    host = urllib.parse.urlsplit(made.url).hostname
    return {**row, "host": host, "details": msgspec.json.encode(details).decode()}


def _webhook(row: Mapping[str, Any]) -> Webhook:
    ours = {name: row[name] for name in ("id", "after_seq", "revision")}
    return msgspec.convert({**msgspec.json.decode(row["details"]), **ours, "active": bool(row["active"])}, Webhook)
