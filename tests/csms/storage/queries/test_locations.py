"""Published stations: which connector is free, what it costs there, and how far one question searches."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest

from csms.storage.log import Log
from csms.storage.queries import locations, public_sites
from csms.storage.reference import assignments, chargers, stations, tariffs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def db(log: Log) -> sqlite3.Connection:
    for each in ("a", "b", "c"):
        stations.add(log.connection, {"id": each, "name": each, "published": True})
    return log.connection


def tariff(db: sqlite3.Connection, id: str, price: str) -> None:
    elements = [{"price_components": [{"type": "ENERGY", "price": price}]}]
    tariffs.add(db, {"id": id, "name": id, "currency": "EUR", "elements": elements})


def found(
    db: sqlite3.Connection, limit: int = 50, cursor: str | None = None, **asked: Any
) -> tuple[list[str], str | None]:
    page = locations.list(db, locations.Wanted(**asked), NOW, limit=limit, cursor=cursor)
    return [each["id"] for each in page["items"]], page["next_cursor"]


def test_the_nearest_assignment_counts_for_each_connector(db: sqlite3.Connection) -> None:
    for each in ("CP-01", "CP-02"):
        chargers.add(db, {"id": each, "station_id": "a", "connectors": [{"id": 1}, {"id": 2}]})
    for each in ("dear", "cheap", "other"):
        tariff(db, each, "1.00")
    assignments.assign(db, "network", "default", "dear", now=NOW)
    assignments.assign(db, "charger", "CP-02", "cheap", now=NOW)
    assignments.assign(db, "connector", "CP-01/2", "other", now=NOW)
    [there, *_] = locations.list(db, locations.Wanted(), NOW)["items"]
    paid = [connector["tariff_id"] for evse in there["evses"] for connector in evse["connectors"]]
    assert paid == ["dear", "other", "cheap", "cheap"]
    assert [each["id"] for each in there["tariffs"]] == ["dear", "other", "cheap"]


@pytest.mark.parametrize(
    ("here", "beside", "free"),
    [
        ("Available", "Available", True),
        ("Available", "Charging", False),
        ("Available", "Reserved", False),
        ("Available", "Faulted", True),
        ("Preparing", "Available", False),
        ("Offline", "Offline", False),
    ],
)
def test_a_connector_is_free_when_its_evse_is(here: str, beside: str, free: bool) -> None:
    connector = {"status": here}
    assert public_sites._available(connector, [connector, {"status": beside}]) is free


def test_one_question_searches_so_far_and_the_next_one_goes_on(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "SEARCHED", 2)
    chargers.add(db, {"id": "CP-01", "station_id": "c", "connectors": [{"id": 1, "standard": "CHADEMO"}]})
    assert found(db, standard="CHADEMO") == ([], "b")
    assert found(db, standard="CHADEMO", cursor="b") == (["c"], None)
    assert found(db, limit=1) == (["a"], "a")
    assert found(db, standard="CHADEMO", min_power_w=1, cursor="b") == ([], None)
