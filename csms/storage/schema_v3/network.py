"""Networks above stations, and chargers that were taken out of service."""

TABLES = """
CREATE TABLE networks (id TEXT PRIMARY KEY, details TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
INSERT INTO networks VALUES ('default', '{"name":"Charging network"}', 1);
ALTER TABLE stations ADD COLUMN network_id TEXT NOT NULL DEFAULT 'default';
ALTER TABLE chargers ADD COLUMN decommissioned_at INTEGER;
"""
"""A network named "default" is there from the beginning: stations are in it unless they are put elsewhere."""
