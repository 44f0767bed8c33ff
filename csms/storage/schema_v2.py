"""The step from version 1 to 2: what chargers report and hold. Never changed once released."""

import sqlite3

from csms.domain import events
from csms.storage import projections, reader

READ_MODELS = """
CREATE TABLE reports (
    seq INTEGER PRIMARY KEY,
    charger_id TEXT NOT NULL,
    action TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX reports_charger ON reports (charger_id, action);
CREATE TABLE inventory (
    charger_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (charger_id, kind, key)
) STRICT, WITHOUT ROWID;
"""
"""`reports` as they came; `inventory` with what they, and answered orders, say that a charger holds (body is JSON)."""

REFERENCE = """
INSERT OR IGNORE INTO counters VALUES ('number', 0);
ALTER TABLE chargers ADD COLUMN quirks TEXT;
ALTER TABLE chargers ADD COLUMN serial_number TEXT;
ALTER TABLE chargers ADD COLUMN next_security_profile INTEGER;
CREATE TABLE certificates (
    number INTEGER PRIMARY KEY,
    serial_number TEXT UNIQUE,
    charger_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    common_name TEXT,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    chain TEXT,
    requested_at INTEGER NOT NULL,
    ends_at INTEGER,
    revoked_at INTEGER,
    renewal_at INTEGER
) STRICT;
CREATE INDEX certificates_charger ON certificates (charger_id);
CREATE TABLE uploads (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL UNIQUE,
    charger_id TEXT NOT NULL,
    command_id TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    received_at INTEGER,
    name TEXT,
    size INTEGER,
    sha256 TEXT
) STRICT;
CREATE INDEX uploads_charger ON uploads (charger_id);
CREATE TABLE customer_information (
    charger_id TEXT NOT NULL,
    request_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data TEXT NOT NULL,
    last INTEGER NOT NULL,
    generated_at TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (charger_id, request_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE firmware (
    id TEXT PRIMARY KEY,
    vendor TEXT NOT NULL COLLATE NOCASE,
    model TEXT NOT NULL COLLATE NOCASE,
    version TEXT NOT NULL,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (vendor, model, version)
) STRICT;
CREATE TABLE campaigns (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    firmware_id TEXT NOT NULL REFERENCES firmware (id),
    selection TEXT NOT NULL,
    plan TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE TABLE campaign_chargers (
    number INTEGER PRIMARY KEY,
    campaign_id TEXT NOT NULL REFERENCES campaigns (id),
    charger_id TEXT NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    from_version TEXT,
    ordered_at INTEGER,
    ended_at INTEGER,
    UNIQUE (campaign_id, charger_id)
) STRICT;
CREATE TABLE templates (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE configured (
    charger_id TEXT PRIMARY KEY REFERENCES chargers (id) ON DELETE CASCADE,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    template_id TEXT,
    status TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX jobs_running ON jobs (number) WHERE status = 'running';
CREATE TABLE job_chargers (
    number INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    charger_id TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL,
    results TEXT NOT NULL,
    ended_at INTEGER,
    UNIQUE (job_id, charger_id)
) STRICT;
CREATE INDEX campaign_chargers_ordered ON campaign_chargers (charger_id) WHERE status = 'ordered';
"""
"""Tables that people write."""


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables inside the caller's transaction, with what the log holds already."""
    for statement in filter(str.strip, (READ_MODELS + REFERENCE).split(";")):
        connection.execute(statement)
    source, writes = reader.Reader(connection, snapshot=False), projections.Writes()
    try:
        for stream in source.streams(events.charger_stream("")):
            for stored in source.read(stream):
                if isinstance(stored.event, events.Notified):
                    projections.event(writes, stored)
            writes.flush(connection)
    finally:
        source.close()
