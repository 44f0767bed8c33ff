"""Chargers: which may connect, and what they consist of."""

from typing import Any

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import chargers


def add(log: Log, fields: dict[str, Any], credential: str | None = None) -> chargers.Charger:
    return log.write(chargers.add, fields, credential)


def test_a_charger_is_found_in_whatever_case_and_keeps_its_spelling(log: Log) -> None:
    added = add(log, {"id": "CP-Straße 01"})
    assert chargers.find(log.connection, "cp-STRASSE 01") == added
    assert added.id == "CP-Straße 01"


def test_an_id_that_differs_only_in_case_is_taken(log: Log) -> None:
    add(log, {"id": "CP-01"})
    with pytest.raises(errors.AlreadyExists):
        add(log, {"id": "cp-01"})


def test_a_flat_list_of_connectors_is_one_evse_each(log: Log) -> None:
    added = add(log, {"id": "CP-01", "connectors": [{"id": 1, "max_power_w": 22000}, {"id": 2}]})
    assert [(evse.id, [connector.id for connector in evse.connectors]) for evse in added.evses] == [(1, [1]), (2, [2])]
    assert chargers.get(log.connection, "CP-01") == added
    assert added.connector_ids == (1, 2)


def test_one_evse_may_have_several_connectors(log: Log) -> None:
    evses = [
        {"id": 1, "evse_id": "DE*ABC*E1", "connectors": [{"id": 1}, {"id": 2}]},
        {"id": 2, "connectors": [{"id": 1}]},
    ]
    assert add(log, {"id": "CP-01", "evses": evses}).evses[0].connectors[1].id == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "a/b"}, "id"),
        ({"id": "a:b"}, "id"),
        ({"id": "x" * 49}, "id"),
        ({"id": "CP-01", "registration": "maybe"}, "registration"),
        ({"id": "CP-01", "security_profile": 4}, "security_profile"),
        ({"id": "CP-01", "security_profile": 1}, "password"),
        ({"id": "CP-01", "station_id": "nowhere"}, "station_id"),
        ({"id": "CP-01", "connectors": [{"id": 0}]}, "connectors[0].id"),
        ({"id": "CP-01", "connectors": [{"id": 1}, {"id": 1}]}, "evses"),
        ({"id": "CP-01", "connectors": [], "evses": []}, "connectors"),
        ({"id": "CP-01", "evses": [{"id": 1, "connectors": []}]}, "evses[0].connectors"),
    ],
)
def test_what_is_not_acceptable_is_named(log: Log, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        add(log, fields)
    assert refused.value.field == field
    assert chargers.some(log.connection) == []


def test_a_new_password_replaces_the_old_one_and_other_changes_keep_it(log: Log) -> None:
    add(log, {"id": "CP-01", "security_profile": 1}, "stored-1")
    log.write(chargers.change, "cp-01", {"name": "North"})
    assert chargers.get(log.connection, "CP-01").credentials == ("stored-1",)
    log.write(chargers.change, "CP-01", {}, credential="stored-2")
    assert chargers.get(log.connection, "CP-01").credentials == ("stored-2",)


def test_its_id_cannot_be_changed(log: Log) -> None:
    add(log, {"id": "CP-01"})
    assert log.write(chargers.change, "CP-01", {"id": "CP-02"}).id == "CP-01"


def test_a_change_of_what_somebody_else_changed_is_refused(log: Log) -> None:
    add(log, {"id": "CP-01"})
    log.write(chargers.change, "CP-01", {"name": "North"}, expected=1)
    with pytest.raises(errors.RevisionMismatch):
        log.write(chargers.change, "CP-01", {"name": "South"}, expected=1)
    with pytest.raises(errors.RevisionMismatch):
        log.write(chargers.remove, "CP-01", expected=1)
    assert chargers.get(log.connection, "CP-01").name == "North"


def test_a_charger_that_is_not_there_is_not_found(log: Log) -> None:
    with pytest.raises(errors.NotFound, match="no charger CP-09"):
        log.write(chargers.remove, "CP-09")
