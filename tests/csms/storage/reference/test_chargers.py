"""Chargers: which may connect, and what they consist of."""

from typing import Any

import pytest

from csms.domain import rotation
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
    assert chargers.get(log.connection, "CP-01").credentials.good == ("stored-1",)
    log.write(chargers.change, "CP-01", {}, credential="stored-2")
    assert chargers.get(log.connection, "CP-01").credentials.good == ("stored-2",)


def test_rule_8_a_step_of_a_password_change_is_kept(log: Log) -> None:
    added = add(log, {"id": "CP-01", "security_profile": 1}, "old")
    after = log.write(chargers.rotate, "cp-01", lambda known: rotation.offered(known, "new"))
    kept = chargers.get(log.connection, "CP-01")
    assert kept.credentials == after
    assert after.good == ("old", "new")
    assert kept.revision == added.revision, "people see no change"
    log.write(chargers.change, "CP-01", {"name": "North"})
    assert chargers.get(log.connection, "CP-01").credentials == after
    log.write(chargers.rotate, "CP-01", lambda known: rotation.taken(known, "new"))
    assert chargers.get(log.connection, "CP-01").credentials.good == ("new",)


def test_a_password_that_somebody_sets_ends_a_change_underway(log: Log) -> None:
    add(log, {"id": "CP-01", "security_profile": 1}, "old")
    log.write(chargers.rotate, "CP-01", lambda known: rotation.offered(known, "new"))
    log.write(chargers.change, "CP-01", {}, credential="by hand")
    assert chargers.get(log.connection, "CP-01").credentials.good == ("by hand",)


@pytest.mark.parametrize("name", ["credential", "pending_credentials"])
def test_no_field_of_a_request_sets_a_credential(log: Log, name: str) -> None:
    value: Any = "forged" if name == "credential" else [{"credential": "forged"}]
    add(log, {"id": "CP-01", name: value})
    log.write(chargers.change, "CP-01", {name: value})
    assert chargers.get(log.connection, "CP-01").credentials == rotation.Credentials()


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
