"""Stations as people see them."""

import sqlite3
from collections.abc import Collection
from typing import Any

import msgspec

from csms.storage.reference import stations


def every(conn: sqlite3.Connection, station_ids: Collection[str] | None = None) -> list[dict[str, Any]]:
    """All stations by name; `station_ids` is what the caller may see (None: all)."""
    return [view(found) for found in stations.every(conn) if station_ids is None or found.id in station_ids]


def view(station: stations.Station) -> dict[str, Any]:
    """What the API shows of a station."""
    shown: dict[str, Any] = msgspec.to_builtins(station)
    return shown
