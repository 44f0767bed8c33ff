"""The table `counters`: numbers that must never be given out twice."""

import sqlite3


def next_transaction_id(conn: sqlite3.Connection) -> int:
    """A transaction id that no session has: for quarantined starts, since a session's own comes from the log."""
    query = "UPDATE counters SET value = value + 1 WHERE name = 'transaction' RETURNING value"
    return int(conn.execute(query).fetchone()[0])
