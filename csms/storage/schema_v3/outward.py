"""What goes out to others: webhooks and what is to be delivered to them, and mails."""

TABLES = """
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    active INTEGER NOT NULL,
    after_seq INTEGER NOT NULL,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE webhook_secrets (
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    ends_at INTEGER,
    PRIMARY KEY (webhook_id, secret)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    seq INTEGER,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    tried_at INTEGER,
    answered INTEGER,
    detail TEXT NOT NULL,
    UNIQUE (webhook_id, seq)
) STRICT;
CREATE INDEX deliveries_of ON deliveries (webhook_id, number);
CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at) WHERE status = 'waiting';
CREATE INDEX deliveries_created ON deliveries (created_at);
CREATE TABLE mails (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    about TEXT UNIQUE,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    language TEXT,
    fields TEXT NOT NULL,
    document TEXT,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    ended_at INTEGER,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX mails_due ON mails (due_at) WHERE status = 'waiting';
"""
"""webhooks.after_seq: where the log ended when it was made; what happened before is not told to it.

mails.about: what a mail is about that must not be sent twice; recipient and fields are personal, and not in the log."""
