"""Chargers as people see them: what is registered of them, and what they last said."""

import builtins
import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from csms.domain.charger import Charger
from csms.domain.charger import Connector as Reported
from csms.storage import lookups
from csms.storage.queries import page
from csms.storage.queries.plain import time
from csms.storage.reference import chargers as registered

_decode = msgspec.msgpack.Decoder(Charger).decode

OFFLINE, UNKNOWN = "Offline", "Unavailable"
"""Statuses of connectors whose charger is away, or has not said anything of them yet."""


def get(conn: sqlite3.Connection, identity: str, said: Charger | None = None) -> dict[str, Any] | None:
    """What `GET /chargers/{id}` shows; `said` is its actor's state, where that lives."""
    charger = registered.find(conn, identity)
    return None if charger is None else view(conn, charger, said or _state(conn, charger.id))


def list(  # noqa: A001 - as in queries.chargers.list
    conn: sqlite3.Connection,
    *,
    station_id: str | None = None,
    station_ids: Collection[str] | None = None,
    registration: str | None = None,
    decommissioned: bool | None = None,
    limit: int = page.DEFAULT,
    cursor: str | None = None,
) -> page.Page:
    """Registered chargers by id; `station_ids` is what the caller may see. The cursor is the last id shown."""
    where = page.Where()
    where.add("station_id = ?", station_id)
    where.among("station_id", station_ids)
    where.add("registration = ?", registration)
    where.add("(decommissioned_at IS NOT NULL) = ?", decommissioned)
    where.add("id > ?", cursor)
    found = registered.some(conn, str(where), where.parameters, page.checked(limit) + 1)
    items = [view(conn, charger, _state(conn, charger.id)) for charger in found[:limit]]
    return {"items": items, "next_cursor": found[limit - 1].id if len(found) > limit else None}


def every(conn: sqlite3.Connection) -> builtins.list[dict[str, Any]]:
    """All registered chargers by id."""
    return [view(conn, charger, _state(conn, charger.id)) for charger in registered.some(conn)]


def view(conn: sqlite3.Connection, charger: registered.Charger, said: Charger | None) -> dict[str, Any]:
    """A registered charger with what it said (None: nothing yet), for the actor's live state or the stored one."""
    said = said or Charger(id=charger.id)
    return {
        "id": charger.id,
        "station_id": charger.station_id,
        "name": charger.name,
        "registration": charger.registration,
        "security_profile": charger.security_profile,
        "next_security_profile": charger.next_security_profile,
        "ping_interval_s": charger.ping_interval_s,
        "quirks": msgspec.to_builtins(charger.quirks),
        "evses": msgspec.to_builtins(charger.evses),
        "connectors": _connectors(charger, said, _occupied(conn, charger.id)),
        "online": said.online,
        "protocol": said.protocol,
        "vendor": said.vendor,
        "model": said.model,
        "serial_number": said.serial_number or charger.serial_number,
        "firmware_version": said.firmware_version,
        "last_seen_at": time(said.last_seen_at),
        "decommissioned_at": time(charger.decommissioned_at),
        "revision": charger.revision,
    }


def live(conn: sqlite3.Connection, charger: registered.Charger) -> builtins.list[dict[str, Any]]:
    """The connectors of a registered charger with what it said of them, but without what happens there."""
    return _connectors(charger, _state(conn, charger.id) or Charger(id=charger.id), {})


def _state(conn: sqlite3.Connection, charger_id: str) -> Charger | None:
    row = conn.execute("SELECT state FROM charger_states WHERE id = ?", (charger_id,)).fetchone()
    return None if row is None else _decode(row[0])


def _connectors(
    charger: registered.Charger, said: Charger, occupied: Mapping[int | None, str]
) -> builtins.list[dict[str, Any]]:
    """The flat list: every registered connector, and every one that the charger reported besides."""
    known = charger.topology
    there = [connector for evse in charger.evses for connector in evse.connectors]
    more = sorted(set(said.connectors) - {0} - known.numbers)
    flat = [*zip(known.places, there, strict=True), *((number, registered.Connector(id=number)) for number in more)]
    return [
        {
            **msgspec.structs.asdict(connector),
            "id": number,
            "evse_id": known.evse(number)[0],
            **_reported(said, said.connectors.get(number)),
            "session_id": occupied.get(number),
        }
        for number, connector in flat
    ]


def _reported(said: Charger, connector: Reported | None) -> dict[str, Any]:
    status = connector.status if connector else UNKNOWN
    return {
        "status": status if said.online else OFFLINE,
        "error_code": connector.error_code if connector else "NoError",
        "info": connector.info if connector else None,
        "updated_at": time(connector.changed_at) if connector else None,
    }


def _occupied(conn: sqlite3.Connection, charger_id: str) -> dict[int | None, str]:
    """The session on each connector: the newest that runs, else the newest whose cable is still in."""
    here = [found for found in lookups.open_sessions(conn, charger_id) if found.status in ("active", "finishing")]
    return {found.connector_id: found.id for found in sorted(here, key=lambda found: found.status == "active")}
