"""Drivers: what is known of users with the role driver beside their sign-in, and the groups that they are in."""

TABLES = """
CREATE TABLE groups (id TEXT PRIMARY KEY, name TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE drivers (id TEXT PRIMARY KEY, group_id TEXT, details TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE INDEX drivers_group ON drivers (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS tokens_group ON tokens (group_id) WHERE group_id IS NOT NULL;
ALTER TABLE tokens ADD COLUMN limits TEXT;
CREATE INDEX IF NOT EXISTS sessions_month ON sessions (token, started_at)
    WHERE token IS NOT NULL AND started_at IS NOT NULL;
"""
"""A driver's id is the user's; one without a row of its own has told nothing yet."""
