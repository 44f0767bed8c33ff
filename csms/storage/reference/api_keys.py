"""The table `api_keys`: keys of programs, each with a role. A key is shown once; only its hash is stored."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from csms import credentials
from csms.storage import codec, errors
from csms.storage.reference import rows, scopes, users


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program's key; `scope` narrows what its role may see (None: everything), `expires_at` is aware UTC."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    role: users.Role
    id: str = ""
    scope: scopes.Scope | None = None
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def add(conn: sqlite3.Connection, fields: Mapping[str, Any], now: datetime) -> tuple[ApiKey, str]:
    """A new key: its record and the text to present, shown this once. Raises InvalidValue."""
    record = rows.checked(ApiKey, {**fields, "id": rows.new_id("k")})
    if record.expires_at is not None and record.expires_at <= now:
        raise errors.InvalidValue("expires_at", "is in the past")
    scopes.require(conn, record.scope)
    secret = credentials.generate()
    row = {
        "id": record.id,
        "name": record.name,
        "role": record.role,
        "scope": scopes.written(record.scope),
        "key": credentials.hash_key(secret),
        "created_at": codec.milliseconds(now),
        "expires_at": None if record.expires_at is None else codec.milliseconds(record.expires_at),
    }
    rows.insert(conn, "api_keys", row, "API key", record.id)
    return record, f"{record.id}.{secret}"


def find(conn: sqlite3.Connection, key: str, now: datetime) -> ApiKey | None:
    """The record of a presented key, or None when it is unknown or has expired."""
    number, _, secret = key.partition(".")
    row = rows.one(conn, "SELECT * FROM api_keys WHERE id = ?", number)
    if row is None or not credentials.verify_key(row["key"], secret):
        return None
    record = _record(row)
    return None if record.expires_at is not None and record.expires_at <= now else record


def every(conn: sqlite3.Connection) -> list[ApiKey]:
    """All keys by name, expired ones too."""
    return [_record(row) for row in rows.many(conn, "SELECT * FROM api_keys ORDER BY name, id")]


def remove(conn: sqlite3.Connection, id: str) -> None:
    """Revoke a key. Raises NotFound."""
    if not rows.delete(conn, "api_keys", id, kind="API key"):
        raise errors.NotFound("API key", id)


def _record(row: dict[str, Any]) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        scope=scopes.read(row["scope"]),
        expires_at=None if row["expires_at"] is None else codec.moment(row["expires_at"]),
    )
