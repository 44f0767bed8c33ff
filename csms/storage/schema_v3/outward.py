"""What goes out to others: the webhooks that apps have, and what is to be delivered to them."""

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
"""
"""webhooks.after_seq: where the log ended when it was made; what happened before is not told to it."""
