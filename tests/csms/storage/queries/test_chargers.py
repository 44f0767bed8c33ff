"""What is shown of chargers: what is registered and what they said."""

import sqlite3
from typing import Any

import pytest

from csms.domain import events
from csms.storage import queries
from csms.storage.log import Log
from csms.storage.reference import chargers, stations
from tests.csms.storage.support import Teller, completed, started, stopped


def connected(epoch: int = 1) -> events.Connected:
    return events.Connected(epoch=epoch, protocol="1.6")


def status(connector_id: int, status: str, error_code: str = "NoError") -> events.StatusChanged:
    return events.StatusChanged(connector_id=connector_id, status=status, error_code=error_code)


def connectors(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    shown = queries.chargers.get(conn, "CP-01")
    assert shown is not None
    found: list[dict[str, Any]] = shown["connectors"]
    return found


@pytest.fixture(autouse=True)
def registered(log: Log) -> chargers.Charger:
    flat = [{"id": 1, "standard": "IEC_62196_T2", "max_power_w": 22000}, {"id": 2}]
    return log.write(chargers.add, {"id": "CP-01", "name": "North", "connectors": flat})


def test_a_charger_that_never_connected_is_shown_as_registered(conn: sqlite3.Connection) -> None:
    shown = queries.chargers.get(conn, "cp-01")
    assert shown is not None
    assert (shown["id"], shown["name"], shown["registration"], shown["online"]) == ("CP-01", "North", "accepted", False)
    assert (shown["protocol"], shown["vendor"], shown["last_seen_at"]) == (None, None, None)
    assert [(one["id"], one["status"]) for one in shown["connectors"]] == [(1, "Offline"), (2, "Offline")]
    assert "credential" not in shown


def test_what_a_charger_said_is_shown(teller: Teller, conn: sqlite3.Connection) -> None:
    boot = events.Booted(
        vendor="ACME", model="Fast", registration="accepted", serial_number="S1", firmware_version="1.0"
    )
    teller.say("CP-01", connected(), boot, seconds=3)
    shown = queries.chargers.get(conn, "CP-01")
    assert shown is not None
    wanted = {"online": True, "protocol": "1.6", "vendor": "ACME", "model": "Fast", "serial_number": "S1"}
    assert wanted | {"firmware_version": "1.0", "last_seen_at": "2026-03-01T09:00:03Z"} == {
        name: shown[name] for name in [*wanted, "firmware_version", "last_seen_at"]
    }


def test_connectors_show_their_status_and_their_session(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.say("CP-01", connected(), status(1, "Charging"), status(2, "Faulted", "GroundFailure"))
    teller.tell("s1", started("CP-01", connector_id=1))
    first, second = connectors(conn)
    assert (first["status"], first["session_id"], first["standard"]) == ("Charging", "s1", "IEC_62196_T2")
    assert (second["status"], second["error_code"], second["session_id"]) == ("Faulted", "GroundFailure", None)


def test_connectors_that_are_counted_anew_in_each_evse_have_one_number_each(
    teller: Teller, log: Log, conn: sqlite3.Connection
) -> None:
    evses = [{"id": 1, "connectors": [{"id": 1}, {"id": 2}]}, {"id": 2, "connectors": [{"id": 1}]}]
    log.write(chargers.change, "CP-01", {"evses": evses})
    teller.say("CP-01", connected(), status(3, "Charging"), status(1009, "Available"))
    shown = [(one["id"], one["evse_id"], one["status"]) for one in connectors(conn)]
    assert shown == [
        (1, 1, "Unavailable"),
        (2, 1, "Unavailable"),
        (3, 2, "Charging"),
        (1009, 9, "Available"),
    ]


def test_a_connector_that_reported_nothing_yet_is_unavailable(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.say("CP-01", connected(), status(1, "Available"))
    assert [one["status"] for one in connectors(conn)] == ["Available", "Unavailable"]


def test_connectors_of_a_charger_that_went_away_are_offline(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.say("CP-01", connected(), status(1, "Available"), events.Disconnected(epoch=1))
    assert [one["status"] for one in connectors(conn)] == ["Offline", "Offline"]


def test_a_connector_that_nobody_registered_is_shown_and_the_whole_charger_is_none(
    teller: Teller, conn: sqlite3.Connection
) -> None:
    teller.say("CP-01", connected(), status(0, "Available"), status(3, "Available"))
    assert [(one["id"], one["evse_id"]) for one in connectors(conn)] == [(1, 1), (2, 2), (3, 3)]


def test_a_stay_is_on_its_connector_until_it_is_completed(teller: Teller, conn: sqlite3.Connection) -> None:
    teller.tell("s1", started("CP-01", connector_id=1))
    teller.tell("s1", stopped(2000))
    assert connectors(conn)[0]["session_id"] == "s1"
    teller.tell("s2", started("CP-01", connector_id=1))
    assert connectors(conn)[0]["session_id"] == "s2"
    teller.tell("s2", stopped(2000), completed())
    teller.tell("s1", completed())
    assert connectors(conn)[0]["session_id"] is None


def test_chargers_are_listed_by_id_in_pages_and_by_station(log: Log, conn: sqlite3.Connection) -> None:
    log.write(stations.add, {"id": "mall", "name": "Mall"})
    for number in (4, 3, 2):
        log.write(chargers.add, {"id": f"CP-0{number}", "station_id": "mall"})
    first = queries.chargers.list(conn, limit=3)
    second = queries.chargers.list(conn, limit=3, cursor=first["next_cursor"])
    assert [item["id"] for item in first["items"] + second["items"]] == ["CP-01", "CP-02", "CP-03", "CP-04"]
    assert second["next_cursor"] is None
    assert [item["id"] for item in queries.chargers.list(conn, station_id="mall")["items"]] == [
        "CP-02",
        "CP-03",
        "CP-04",
    ]
    assert queries.chargers.list(conn, station_ids=["elsewhere"])["items"] == []
    assert queries.chargers.every(conn) == first["items"] + second["items"]
