"""Links that are mailed: those that are open or were, and what people asked for that is answered by one."""

TABLES = """
CREATE TABLE one_time_links (
    digest BLOB PRIMARY KEY,
    id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    user_id TEXT,
    details TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_links_id ON one_time_links (id);
CREATE INDEX one_time_links_user ON one_time_links (user_id) WHERE user_id IS NOT NULL;
CREATE TABLE link_requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose TEXT NOT NULL,
    details TEXT NOT NULL,
    asked_at INTEGER NOT NULL
) STRICT;
"""
"""one_time_links.digest is of what the link holds; rows with the same id are of one matter, sent again.

details are personal and emptied when a link has ended; outcome is used, replaced, revoked or overtaken.
"""
