"""The tables of version 1. Never changed once released: later versions are further steps in csms/storage/schema.py.

Plain SQL where a table needs what sqlite-utils cannot say (AUTOINCREMENT, triggers, partial indexes), sqlite-utils for
the rest. Times are milliseconds since 1970 UTC. Rows that follow from events have no foreign keys: they can be folded
again at any time, in any order.
"""

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

NAMES = """
CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT NOT NULL, schema INTEGER NOT NULL, UNIQUE (name, schema)) STRICT;
"""

EVENTS = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL REFERENCES streams (id),
    version INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    type INTEGER NOT NULL,
    at INTEGER NOT NULL,
    correlation TEXT,
    causation TEXT,
    body BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (stream, version),
    UNIQUE (event_id, stream)
) STRICT;
CREATE TABLE archives (id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE, at INTEGER NOT NULL) STRICT;
CREATE TABLE archived (
    stream INTEGER NOT NULL REFERENCES streams (id),
    version INTEGER NOT NULL,
    hash BLOB NOT NULL,
    archive INTEGER NOT NULL REFERENCES archives (id),
    PRIMARY KEY (stream, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
    seq INTEGER PRIMARY KEY, events INTEGER NOT NULL, at INTEGER NOT NULL, digest BLOB NOT NULL
) STRICT;
CREATE TABLE fences (charger_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('transaction', 0);
CREATE VIEW history AS
    SELECT seq, streams.name AS stream, version, types.name AS type, types.schema AS schema,
           strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at, correlation, causation, body
    FROM events JOIN streams ON streams.id = events.stream JOIN types ON types.id = events.type;
"""

# An archive file has the same numbers in the same columns; retries are rare there, so it needs one index less.
ARCHIVE = f"""{NAMES}
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    type INTEGER NOT NULL,
    at INTEGER NOT NULL,
    correlation TEXT,
    causation TEXT,
    body BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;
"""

# Only an event that an archive has taken over may be deleted; everything else about the log is for ever.
GUARDS = """
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM archived WHERE stream = OLD.stream AND version >= OLD.version)
BEGIN SELECT RAISE(ABORT, 'events are never deleted: csms log archive moves them'); END;
"""
FOREVER = {
    "events": ("UPDATE",),
    "streams": ("UPDATE", "DELETE"),
    "types": ("UPDATE", "DELETE"),
    "archives": ("UPDATE", "DELETE"),
    "archived": ("UPDATE", "DELETE"),
    "checkpoints": ("UPDATE", "DELETE"),
}

READ_MODELS = """
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    charger_id TEXT NOT NULL,
    station_id TEXT,
    evse_id INTEGER,
    connector_id INTEGER,
    token TEXT,
    driver_id TEXT,
    status TEXT NOT NULL,
    transaction_id TEXT,
    start_key TEXT NOT NULL,
    started_at INTEGER,
    stopped_at INTEGER,
    changed_at INTEGER NOT NULL,
    flags TEXT NOT NULL,
    state BLOB NOT NULL
) STRICT;
CREATE INDEX sessions_charger ON sessions (charger_id);
CREATE UNIQUE INDEX sessions_start_key ON sessions (charger_id, start_key) WHERE start_key <> '';
CREATE INDEX sessions_open ON sessions (charger_id) WHERE status NOT IN ('completed', 'failed');
CREATE INDEX sessions_transaction ON sessions (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX sessions_token ON sessions (token) WHERE token IS NOT NULL;
CREATE INDEX sessions_running ON sessions (token) WHERE token IS NOT NULL AND status = 'active';
CREATE INDEX sessions_driver ON sessions (driver_id) WHERE driver_id IS NOT NULL;
CREATE INDEX sessions_flagged ON sessions (number) WHERE flags <> '[]';
CREATE INDEX sessions_station ON sessions (station_id) WHERE station_id IS NOT NULL;
CREATE INDEX sessions_started ON sessions (started_at) WHERE started_at IS NOT NULL;
CREATE TABLE charger_states (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    online INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;
CREATE INDEX charger_states_online ON charger_states (number) WHERE online;
CREATE TABLE authorizations (
    seq INTEGER PRIMARY KEY,
    charger_id TEXT NOT NULL,
    token TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX authorizations_charger ON authorizations (charger_id);
CREATE INDEX authorizations_token ON authorizations (token);
CREATE TABLE commands (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    charger_id TEXT NOT NULL,
    command TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    arguments TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    response TEXT,
    ended_at INTEGER
) STRICT;
CREATE INDEX commands_charger ON commands (charger_id);
CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    raised_at INTEGER NOT NULL
) STRICT;
"""


def create(connection: sqlite3.Connection) -> None:
    """Make every table of version 1 inside the caller's transaction."""
    # Imported here: only a new or older database needs it, and it costs a third of a second.
    import sqlite_utils

    for script in (NAMES, EVENTS, READ_MODELS):
        for statement in filter(str.strip, script.split(";")):
            connection.execute(statement)
    connection.execute(GUARDS)
    for table, operations in FOREVER.items():
        for operation in operations:
            connection.execute(
                f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the log is append-only: {table}'); END"
            )
    reference(sqlite_utils.Database(connection))


def reference(db: "Database") -> None:
    """The tables that people write: few rows, seldom changed, each with a revision for If-Match."""
    db.table("stations").create(
        {"id": str, "name": str, "details": str, "revision": int},
        pk="id",
        not_null={"name", "details", "revision"},
        strict=True,
    )
    chargers = db.table("chargers").create(
        {
            "id": str,
            "id_folded": str,
            "station_id": str,
            "name": str,
            "registration": str,
            "security_profile": int,
            "credential": str,
            "pending_credentials": str,
            "ping_interval_s": int,
            "evses": str,
            "revision": int,
        },
        pk="id",
        foreign_keys=[("station_id", "stations", "id")],
        not_null={"id_folded", "registration", "security_profile", "pending_credentials", "evses", "revision"},
        strict=True,
    )
    chargers.create_index(["id_folded"], unique=True)
    chargers.create_index(["station_id"])
    tokens = db.table("tokens").create(
        {
            "ref": str,
            "id_token": str,
            "folded": str,
            "type": str,
            "driver_id": str,
            "group_id": str,
            "valid_from": int,
            "valid_to": int,
            "blocked": int,
            "registered": int,
            "revision": int,
        },
        pk="ref",
        not_null={"type", "blocked", "registered", "revision"},
        strict=True,
    )
    tokens.create_index(["folded"], unique=True)
    tokens.create_index(["driver_id"])
    users = db.table("users").create(
        {
            "id": str,
            "email": str,
            "email_folded": str,
            "name": str,
            "role": str,
            "password": str,
            "disabled": int,
            "revision": int,
        },
        pk="id",
        not_null={"email", "email_folded", "name", "role", "disabled", "revision"},
        strict=True,
    )
    users.create_index(["email_folded"], unique=True)
    db.table("api_keys").create(
        {"id": str, "name": str, "role": str, "scope": str, "key": str, "created_at": int, "expires_at": int},
        pk="id",
        not_null={"name", "role", "key", "created_at"},
        strict=True,
    )
    logins = db.table("logins").create(
        {"digest": bytes, "user_id": str, "created_at": int, "expires_at": int},
        pk="digest",
        foreign_keys=[("user_id", "users", "id")],
        not_null={"user_id", "created_at", "expires_at"},
        strict=True,
    )
    logins.create_index(["user_id"])
    logins.create_index(["expires_at"])
    db.table("settings").create({"name": str, "value": str}, pk="name", not_null={"value"}, strict=True)
    db.table("idempotency").create(
        {"owner": str, "key": str, "request": bytes, "response": bytes, "created_at": int},
        pk=("owner", "key"),
        not_null={"request", "response", "created_at"},
        strict=True,
    ).create_index(["created_at"])
