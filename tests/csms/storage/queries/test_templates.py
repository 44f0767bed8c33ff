"""Drift: what chargers told of their settings, in every version's way, beside what templates want."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csms.domain import events, inventory
from csms.storage import connection, queries
from csms.storage.log import Log
from csms.storage.reference import chargers, stations, templates
from tests.csms.storage.support import Teller, at

HEARTBEAT = "OCPPCommCtrlr.HeartbeatInterval"


@pytest.fixture
def told(teller: Teller, log: Log) -> Teller:
    """CP-01 of 1.6 and CP-02 of 2.0.1, both of ACME, the second at a station."""
    log.write(stations.add, {"id": "mall", "name": "Mall"})
    log.write(chargers.add, {"id": "CP-01"})
    log.write(chargers.add, {"id": "CP-02", "station_id": "mall"})
    for charger_id, protocol in (("CP-01", "1.6"), ("CP-02", "2.0.1")):
        booted = events.Booted(vendor="ACME", model="Fast-22", registration="accepted")
        teller.say(charger_id, events.Connected(epoch=1, protocol=protocol), booted)
    teller.say("CP-01", events.ConfigurationRead(values={"HeartbeatInterval": ("900", False), "Fixed": ("1", True)}))
    variables = {
        HEARTBEAT: {"attributes": {"Actual": {"value": "900", "pending": "300"}}},
        "AuthCtrlr.Enabled": {"attributes": {"Actual": {"value": "true", "mutability": "ReadOnly"}}},
        "ClockCtrlr.TimeZone": {"attributes": {"Target": {"value": "x"}}},
    }
    change = inventory.Change(kind="variables", put=variables)
    teller.say("CP-02", events.InventoryChanged(changes=(change,)))
    return teller


@pytest.fixture
def conn(directory: Path, told: Teller) -> Iterator[sqlite3.Connection]:
    reads = connection.reader(directory)
    yield reads
    reads.close()


def differences(conn: sqlite3.Connection, station_ids: Any = None, **how: Any) -> dict[str, list[tuple[str, Any, str]]]:
    found = queries.templates.drift(conn, queries.templates.subjects(conn, station_ids), **how)
    return {each.charger_id: [(d.key, d.found, d.status) for d in each.differences] for each in found}


def test_each_version_tells_its_settings_in_its_own_way(log: Log, conn: sqlite3.Connection) -> None:
    settings = {"HeartbeatInterval": "300", "Fixed": "2", "Missing": "1", HEARTBEAT: "300"}
    settings |= {"AuthCtrlr.Enabled": "false", "ClockCtrlr.TimeZone": "UTC"}
    log.write(templates.add, {"name": "all", "settings": settings})
    assert differences(conn) == {
        "CP-01": [("Fixed", "1", "read_only"), ("HeartbeatInterval", "900", "differs"), ("Missing", None, "unknown")],
        "CP-02": [
            ("AuthCtrlr.Enabled", "true", "read_only"),
            ("ClockCtrlr.TimeZone", None, "differs"),
            (HEARTBEAT, "900", "pending_reboot"),
        ],
    }
    assert differences(conn, station_ids=["mall"]).keys() == {"CP-02"}


def test_a_template_answers_for_the_keys_that_it_decides(log: Log, conn: sqlite3.Connection) -> None:
    broad = log.write(templates.add, {"name": "all", "settings": {"HeartbeatInterval": "300", "Fixed": "1"}})
    narrow = {"name": "one", "match": {"charger_ids": ["CP-01"]}, "settings": {"HeartbeatInterval": "60"}}
    other = log.write(templates.add, narrow)
    assert differences(conn, only=broad.id) == {"CP-01": []}
    assert differences(conn, only=other.id) == {"CP-01": [("HeartbeatInterval", "900", "differs")]}


def test_chargers_without_a_template_are_left_out(log: Log, conn: sqlite3.Connection) -> None:
    log.write(templates.add, {"name": "other", "match": {"vendor": "Other"}, "settings": {"A": "1"}})
    assert differences(conn) == {}


def test_a_charger_that_is_added_again_has_its_first_boot_again(log: Log, told: Teller) -> None:
    log.write(templates.configured, "CP-01", at(0))
    log.write(templates.configured, "NOBODY", at(0))
    assert templates.is_configured(log.connection, "CP-01")
    log.write(chargers.remove, "CP-01")
    assert not templates.is_configured(log.connection, "CP-01")
    assert not templates.is_configured(log.connection, "NOBODY")
