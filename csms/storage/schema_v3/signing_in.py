"""Signing in with more than a password: second factors, recovery codes, and people as identity providers know them."""

TABLES = """
ALTER TABLE logins ADD COLUMN how TEXT NOT NULL DEFAULT 'password';
ALTER TABLE logins ADD COLUMN awaits_code INTEGER NOT NULL DEFAULT 0;
CREATE TABLE second_factors (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    on_since INTEGER,
    last_step INTEGER NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of ON identities (user_id);
"""
"""logins.awaits_code: the password was right, the code is still to come; such a token opens nothing.

second_factors.on_since is NULL until the app has proved itself; last_step is the newest code that was used."""
