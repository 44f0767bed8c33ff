"""The tables `cursors` (how far each follower of the log has come) and `held_back` (what it could not act on)."""

import sqlite3
from typing import NamedTuple


class Held(NamedTuple):
    """An event at `seq` that a follower could not act on, however often it tried."""

    seq: int
    reason: str
    attempts: int


def get(conn: sqlite3.Connection, name: str) -> int | None:
    """The position of a follower; None before its first."""
    row = conn.execute("SELECT seq FROM cursors WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def advance(conn: sqlite3.Connection, name: str, seq: int) -> None:
    """Everything up to `seq` is done or held back."""
    conn.execute(
        "INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
        (name, seq),
    )


def lowest(conn: sqlite3.Connection) -> int | None:
    """What every follower has come by: nothing after it may be moved away. None: nobody follows."""
    held = conn.execute("SELECT min(seq) - 1 FROM held_back").fetchone()[0]
    done = conn.execute("SELECT min(seq) FROM cursors").fetchone()[0]
    known = [int(seq) for seq in (held, done) if seq is not None]
    return min(known) if known else None


def hold_back(conn: sqlite3.Connection, name: str, seq: int, reason: str, since: int) -> None:
    """The event at `seq` could not be acted on (again)."""
    conn.execute(
        "INSERT INTO held_back (name, seq, reason, attempts, since) VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT (name, seq) DO UPDATE SET reason = excluded.reason, attempts = attempts + 1",
        (name, seq, reason, since),
    )


def release(conn: sqlite3.Connection, name: str, seq: int) -> None:
    """The event at `seq` has been acted on after all."""
    conn.execute("DELETE FROM held_back WHERE name = ? AND seq = ?", (name, seq))


def held(conn: sqlite3.Connection, name: str) -> list[Held]:
    """What waits, the oldest first."""
    rows = conn.execute("SELECT seq, reason, attempts FROM held_back WHERE name = ? ORDER BY seq", (name,))
    return [Held(*row) for row in rows]
