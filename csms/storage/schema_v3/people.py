"""People: what of the network they see, where they are signed in, and who guessed their password too often."""

TABLES = """
ALTER TABLE users ADD COLUMN scope TEXT;
ALTER TABLE logins ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN program TEXT NOT NULL DEFAULT '';
UPDATE logins SET id = 'l' || lower(hex(randomblob(10)));
CREATE TABLE lockouts (
    digest BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX lockouts_failed ON lockouts (failed_at);
"""
"""lockouts.digest is of the email as it was typed, in lower case: addresses that nobody has are locked alike."""
