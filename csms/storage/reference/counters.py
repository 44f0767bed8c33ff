"""The table `counters`: numbers that must never be given out twice."""

import sqlite3


def next_transaction_id(conn: sqlite3.Connection) -> int:
    """A 1.6 transaction id for a start that could not be stored as a session."""
    return skip_transaction_ids(conn, 1)


def skip_transaction_ids(conn: sqlite3.Connection, count: int) -> int:
    """Leave a gap and return its last number: ids that a lost part of the log gave out must not come again."""
    query = "UPDATE counters SET value = value + ? WHERE name = 'transaction' RETURNING value"
    return int(conn.execute(query, (count,)).fetchone()[0])


def next_number(conn: sqlite3.Connection) -> int:
    """A number for a request, a reservation or a charging profile: it never meant anything else to any charger."""
    return skip_numbers(conn, 1)


def skip_numbers(conn: sqlite3.Connection, count: int) -> int:
    """Leave a gap and return its last number."""
    query = "UPDATE counters SET value = value + ? WHERE name = 'number' RETURNING value"
    return int(conn.execute(query, (count,)).fetchone()[0])


def touch(conn: sqlite3.Connection) -> None:
    """A write that changes nothing: shows whether the disk can be written."""
    conn.execute("UPDATE counters SET value = value WHERE name = 'transaction'")
