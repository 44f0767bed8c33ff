"""A network with something of everything, and files in and out of a data directory."""

import io
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from csms import credentials
from csms.porting.report import Put, Report
from csms.storage.log import Log
from csms.storage.porting import KINDS, putting, running
from csms.storage.porting.exporting import Export
from csms.storage.porting.running import Format
from csms.storage.reference import assignments, chargers, drivers, groups, networks, stations, tariffs, tokens

SECRET = "0123456789abcdef"
TARIFF: dict[str, Any] = {
    "id": "city",
    "name": "City",
    "currency": "INR",
    "tax_included": True,
    "idle_grace_s": 600,
    "elements": [
        {"price_components": [{"type": "ENERGY", "price": "18.00", "vat": "18"}]},
        {
            "price_components": [{"type": "PARKING_TIME", "price": "180.00", "step_size": 60}],
            "restrictions": {"start_time": "08:00", "day_of_week": ["MONDAY"], "min_kwh": "0.5"},
        },
    ],
    "min_price": {"incl_vat": "10.00"},
    "preauthorize": "500.00",
    "valid_to": "2099-01-01T00:00:00Z",
}


def furnish(conn: sqlite3.Connection) -> None:
    """One of everything that can be moved, with values that spreadsheets stumble over."""
    now = datetime.now(UTC)
    networks.change(conn, "default", {"name": "Ours; and, partly, theirs"})
    networks.add(conn, {"id": "south", "name": "=South"})
    stations.add(conn, {"id": "bare", "name": "Bare"})
    stations.add(
        conn,
        {
            "id": "mall",
            "name": 'City "Mall"',
            "network_id": "south",
            "address": "1 Mall Road\nSecond floor",
            "city": "पुणे",
            "postal_code": "00411",
            "country": "IND",
            "time_zone": "Asia/Kolkata",
            "coordinates": {"latitude": -18.52, "longitude": 73.0},
            "directions": "-> second gate",
            "opening_hours": {
                "twentyfourseven": False,
                "regular_hours": [{"weekday": 1, "begin": "08:00", "end": "24:00"}],
            },
            "facilities": ["MALL", "CAFE"],
            "images": [{"url": "https://example.com/mall.jpg"}],
            "contact": {"name": "", "phone": "+91 20 5550100"},
            "published": True,
        },
    )
    chargers.add(conn, {"id": "BARE"})
    hashed = credentials.hash_key(SECRET)
    connector = {"standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE", "max_power_w": 22000}
    two = [{"id": 1, **connector}, {"id": 2, "standard": "CHADEMO", "max_voltage": 500.5}]
    evses = [{"id": 1, "evse_id": "IN*ABC*E1", "connectors": two}, {"id": 2, "connectors": [{"id": 1}]}]
    fields = {
        "id": "CP-01",
        "station_id": "mall",
        "name": "-1 left",
        "security_profile": 1,
        "quirks": [],
        "evses": evses,
    }
    chargers.add(conn, fields, hashed)
    chargers.add(conn, {"id": "OLD", "registration": "rejected", "serial_number": "0042", "connectors": [{"id": 1}]})
    chargers.decommission(conn, "OLD", now)
    groups.add(conn, {"id": "STAFF", "name": "@Staff"})
    groups.add(conn, {"id": "0042", "name": "Guests"})
    vehicles = [{"make": "Tata", "plate": "MH 01, 1234"}]
    preferences = {"dark": True, "home": "'=mall"}
    drivers.add(conn, {"email": "bare@example.com"})
    asha = {"email": "asha@example.com", "name": "Asha; Rao", "group_id": "STAFF", "language": "hi"}
    driver = drivers.add(
        conn,
        {**asha, "phone": "+91 98200 00000", "vehicles": vehicles, "preferences": preferences},
        credentials.hash_key(SECRET),
    )
    drivers.change(conn, driver.id, {"disabled": True})
    tokens.intern(conn, "STRANGER")
    for id_token in ("0042", "1.5E+3", "'=x", " a ", "ümlaut"):
        tokens.add(conn, {"id_token": id_token})
    limits = {"month_amount": {"amount": "5000", "currency": "INR"}, "sessions": 2, "station_ids": ["mall"]}
    held = {"driver_id": driver.id, "group_id": "STAFF", "limits": limits, "blocked": True, "type": "eMAID"}
    tokens.add(conn, {"id_token": "04A1B2C3", "valid_from": "2026-01-01T00:00:00.5Z", **held})
    tariffs.add(conn, TARIFF)
    tariffs.change(conn, "city", {"name": "City, dearer"}, now=now)
    tariffs.change(conn, "city", {"name": "City, from next year"}, now=now, from_at=now + timedelta(days=300))
    tariffs.add(conn, {**TARIFF, "id": "free", "name": "Free", "tax_included": False})
    for place, subject in PLACES:
        assignments.assign(conn, place, subject, "city", now=now)
    assignments.assign(conn, "station", "mall", None, now=now, from_at=now + timedelta(days=30))
    assignments.assign(conn, "charger", "gone", "free", now=now)


PLACES: tuple[tuple[assignments.Place, str], ...] = (
    ("network", "south"),
    ("station", "mall"),
    ("charger", "CP-01"),
    ("connector", "CP-01/2"),
    ("driver_group", "STAFF"),
)


def exported(log: Log, kind: str, form: Format) -> bytes:
    """The file of a kind."""
    export, parts = Export(KINDS[kind], form, datetime.now(UTC)), []
    while not export.over:
        parts.append(export.more(log.connection))
    return "".join(parts).encode()


def imported(log: Log, kind: str, content: bytes | str, form: Format = "csv", *, dry_run: bool = False) -> Report:
    """Import a file. Raises what an import raises."""

    def put(kind: str, rows: Sequence[running.Record], *, keep: bool) -> Put:
        return log.write(putting.put, kind, rows, keep=keep)

    data = content.encode() if isinstance(content, str) else content
    return running.run(KINDS[kind], io.BytesIO(data), form, put, dry_run=dry_run)
