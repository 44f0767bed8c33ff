"""What charging costs, and where. The last index finds, at every start, sessions that should be priced and are not."""

TABLES = """
CREATE TABLE tariffs (
    id TEXT PRIMARY KEY,
    details TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tariff_versions (
    tariff_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    details TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    PRIMARY KEY (tariff_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE tariff_assignments (
    id TEXT PRIMARY KEY,
    place TEXT NOT NULL,
    subject TEXT NOT NULL,
    tariff_id TEXT REFERENCES tariffs (id),
    from_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (place, subject, from_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX tariff_assignments_tariff ON tariff_assignments (tariff_id);
CREATE INDEX IF NOT EXISTS sessions_unpriced ON sessions (number) WHERE instr(flags, '"unpriced"');
"""
