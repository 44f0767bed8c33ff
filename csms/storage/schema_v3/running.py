"""Whether a card charges elsewhere: an index that databases of version 1 may lack, since it joined that step late."""

READ_MODELS = """
CREATE INDEX IF NOT EXISTS sessions_running ON sessions (token) WHERE token IS NOT NULL AND status = 'active';
"""
