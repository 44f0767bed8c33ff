"""The table `settings`: values that the server itself must remember, as JSON by name."""

import sqlite3
from typing import Any

import msgspec


def get(conn: sqlite3.Connection, name: str, default: Any = None) -> Any:
    """The value of a setting."""
    row = conn.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return default if row is None else msgspec.json.decode(row[0])


def put(conn: sqlite3.Connection, name: str, value: Any) -> None:
    """Set it."""
    conn.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, msgspec.json.encode(value).decode()),
    )
