"""Stations: sites where chargers stand."""

from typing import Any

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import chargers, stations

MALL = {"name": "City Mall Station", "city": "Pune", "country": "IN", "time_zone": "Asia/Kolkata"}


def test_a_station_reads_back_as_it_was_added(log: Log) -> None:
    added = log.write(stations.add, {**MALL, "coordinates": {"latitude": 18.5, "longitude": 73.9}})
    assert stations.get(log.connection, added.id) == added
    assert (added.name, added.published, added.revision) == ("City Mall Station", False, 1)
    assert added.coordinates == stations.Coordinates(18.5, 73.9)


def test_an_id_may_be_chosen_but_only_once(log: Log) -> None:
    log.write(stations.add, {**MALL, "id": "mall"})
    with pytest.raises(errors.AlreadyExists, match="mall"):
        log.write(stations.add, {**MALL, "id": "mall"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({}, "name"),
        ({**MALL, "time_zone": "Mars/Olympus"}, "time_zone"),
        ({**MALL, "time_zone": "../etc/passwd"}, "time_zone"),
        ({**MALL, "coordinates": {"latitude": 91, "longitude": 0}}, "coordinates.latitude"),
        ({**MALL, "colour": "red"}, "colour"),
        ({**MALL, "published": "yes"}, "published"),
        ({**MALL, "id": "no spaces"}, "id"),
    ],
)
def test_what_is_not_acceptable_is_named(log: Log, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        log.write(stations.add, fields)
    assert refused.value.field == field


def test_a_change_keeps_the_rest_and_raises_the_revision(log: Log) -> None:
    added = log.write(stations.add, MALL)
    changed = log.write(stations.change, added.id, {"published": True})
    assert (changed.published, changed.city, changed.revision) == (True, "Pune", 2)
    assert stations.get(log.connection, added.id) == changed


def test_a_change_of_what_somebody_else_changed_is_refused(log: Log) -> None:
    added = log.write(stations.add, MALL)
    log.write(stations.change, added.id, {"city": "Mumbai"}, expected=1)
    with pytest.raises(errors.RevisionMismatch) as refused:
        log.write(stations.change, added.id, {"city": "Delhi"}, expected=1)
    assert (refused.value.expected, refused.value.actual) == (1, 2)
    assert stations.get(log.connection, added.id).city == "Mumbai"


def test_a_station_with_chargers_stays(log: Log) -> None:
    added = log.write(stations.add, MALL)
    log.write(chargers.add, {"id": "CP-01", "station_id": added.id})
    with pytest.raises(errors.InvalidValue, match="still has chargers"):
        log.write(stations.remove, added.id)
    log.write(chargers.remove, "CP-01")
    log.write(stations.remove, added.id)
    assert stations.every(log.connection) == []


def test_a_station_that_is_not_there_is_not_found(log: Log) -> None:
    with pytest.raises(errors.NotFound, match="no station nowhere"):
        stations.get(log.connection, "nowhere")
