"""Indexes that lists are found by. None has a column that a sample of a running session changes."""

READ_MODELS = """
DROP INDEX sessions_charger;
CREATE INDEX sessions_charger ON sessions (charger_id COLLATE NOCASE, number, started_at, status);
DROP INDEX sessions_station;
CREATE INDEX sessions_station ON sessions (station_id, number, status) WHERE station_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS sessions_station_started ON sessions (station_id, started_at, number, status)
    WHERE station_id IS NOT NULL AND started_at IS NOT NULL;
DROP INDEX sessions_flagged;
CREATE INDEX sessions_flagged ON sessions (number, flags, station_id, started_at) WHERE flags <> '[]';
CREATE INDEX IF NOT EXISTS sessions_status ON sessions (status, number, station_id, started_at)
    WHERE status <> 'completed';
CREATE INDEX IF NOT EXISTS payments_charger ON payments (charger_id, seq);
CREATE INDEX IF NOT EXISTS payments_status ON payments (status, seq);
CREATE INDEX IF NOT EXISTS reports_newest ON reports (charger_id);
"""
