"""Which chargers have a token in their local list that changed since."""

READ_MODELS = """
CREATE INDEX inventory_listed ON inventory (key) WHERE kind = 'local-list';
"""

TABLES = """
CREATE TABLE list_updates (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    charger_id TEXT NOT NULL,
    token TEXT NOT NULL,
    UNIQUE (charger_id, token)
) STRICT;
"""
