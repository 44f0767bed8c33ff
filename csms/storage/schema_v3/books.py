"""The books: reconciliations and what they found follow from events, and so do closed periods; people set charts."""

READ_MODELS = """
CREATE TABLE reconciliations (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    since INTEGER NOT NULL,
    by TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,
    listed INTEGER,
    compared INTEGER,
    repaired INTEGER,
    different INTEGER
) STRICT;
CREATE INDEX reconciliations_seq ON reconciliations (seq);
CREATE INDEX reconciliations_running ON reconciliations (seq) WHERE ended_at IS NULL;
CREATE INDEX reconciliations_last ON reconciliations (gateway, begun_at);
CREATE TABLE differences (
    seq INTEGER PRIMARY KEY,
    gateway TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payment_id TEXT,
    reference TEXT,
    detail TEXT NOT NULL,
    advice TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    gone_at INTEGER
) STRICT;
CREATE UNIQUE INDEX differences_open ON differences (gateway, kind, subject) WHERE gone_at IS NULL;
CREATE TABLE periods (
    seq INTEGER PRIMARY KEY,
    seller_id TEXT NOT NULL,
    period TEXT NOT NULL,
    until TEXT NOT NULL,
    lines INTEGER NOT NULL,
    totals TEXT NOT NULL,
    digest TEXT NOT NULL,
    by TEXT NOT NULL,
    closed_at INTEGER NOT NULL,
    UNIQUE (seller_id, period)
) STRICT;
ALTER TABLE alerts ADD COLUMN resolved_at INTEGER;
CREATE INDEX IF NOT EXISTS alerts_kind ON alerts (kind);
CREATE INDEX IF NOT EXISTS alerts_subject ON alerts (subject);
"""

TABLES = """
CREATE TABLE charts (id TEXT PRIMARY KEY, details TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
"""
"""charts: by seller, the numbers and names that the accountant has for our accounts."""
