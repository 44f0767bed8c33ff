"""Drivers and groups: profiles beside users, the group that a driver's tokens have, and closing an account."""

import sqlite3

import pytest

from csms.storage import errors, lookups, stays
from csms.storage.log import Log
from csms.storage.reference import drivers, groups, list_updates, tokens, users

LISTED = "INSERT INTO inventory VALUES ('CP-01', 'local-list', ?, '{}', 0)"
ASHA = {"email": "asha@example.com", "name": "Asha", "phone": "+91 98200 00000", "vehicles": [{"plate": "MH 01"}]}


@pytest.fixture
def db(log: Log) -> sqlite3.Connection:
    return log.connection


def test_a_driver_is_a_user_with_a_profile(db: sqlite3.Connection) -> None:
    added = drivers.add(db, ASHA, "stored")
    user = users.get(db, added.id)
    assert (user.role, user.email, user.password) == ("driver", "asha@example.com", "stored")
    assert drivers.find(db, added.id) == added
    assert (added.phone, added.vehicles) == ("+91 98200 00000", (drivers.Vehicle(plate="MH 01"),))


def test_a_user_with_the_role_is_a_driver_that_told_nothing_yet(db: sqlite3.Connection) -> None:
    user = users.add(db, {"email": "dina@example.com", "role": "driver"})
    assert drivers.get(db, user.id) == drivers.Driver(id=user.id, email="dina@example.com")
    assert drivers.change(db, user.id, {"language": "hi"}).language == "hi"
    staff = users.add(db, {"email": "sam@example.com", "role": "support"})
    assert drivers.find(db, staff.id) is None


def test_each_change_counts(db: sqlite3.Connection) -> None:
    first = drivers.add(db, ASHA)
    second = drivers.change(db, first.id, {"name": "Asha Rao"}, first.revision)
    third = drivers.change(db, first.id, {"phone": None}, second.revision)
    assert (third.name, third.phone, third.vehicles) == ("Asha Rao", None, first.vehicles)
    with pytest.raises(errors.RevisionMismatch):
        drivers.change(db, first.id, {"phone": "+91 1234"}, first.revision)


def test_a_driver_s_group_counts_for_tokens_without_one(db: sqlite3.Connection) -> None:
    for name in ("STAFF", "VIP"):
        groups.add(db, {"id": name, "name": name})
    driver = drivers.add(db, {**ASHA, "group_id": "STAFF"})
    refs = {
        group: tokens.add(db, {"id_token": f"CARD-{group}", "driver_id": driver.id, "group_id": group}).ref
        for group in ("VIP", None)
    }
    for group, told in (("VIP", "VIP"), (None, "STAFF")):
        known = lookups.token(db, f"card-{group}")
        assert known is not None and known.group_id == told
        assert stays._group(db, refs[group]) == told


def test_who_holds_a_token_in_a_list_hears_of_its_driver_s_group(db: sqlite3.Connection) -> None:
    groups.add(db, {"id": "STAFF", "name": "Staff"})
    driver = drivers.add(db, ASHA)
    ref = tokens.add(db, {"id_token": "CARD", "driver_id": driver.id}).ref
    db.execute(LISTED, (ref,))
    drivers.change(db, driver.id, {"language": "en"})
    assert list_updates.due(db) == {}
    drivers.change(db, driver.id, {"group_id": "STAFF"})
    assert [each.token for each in list_updates.due(db)["CP-01"]] == [ref]


def test_a_group_must_be_there_and_stays_while_somebody_is_in_it(db: sqlite3.Connection) -> None:
    with pytest.raises(errors.InvalidValue, match="no group STAFF"):
        drivers.add(db, {**ASHA, "group_id": "STAFF"})
    assert users.find(db, "asha@example.com") is None
    groups.add(db, {"id": "STAFF", "name": "Staff"})
    driver = drivers.add(db, {**ASHA, "group_id": "STAFF"})
    with pytest.raises(errors.InvalidValue, match="still has drivers"):
        groups.remove(db, "STAFF")
    drivers.change(db, driver.id, {"group_id": None})
    token = tokens.add(db, {"id_token": "CARD", "group_id": "STAFF"})
    with pytest.raises(errors.InvalidValue, match="still has tokens"):
        groups.remove(db, "STAFF")
    tokens.change(db, token.ref, {"group_id": None})
    groups.remove(db, "STAFF")
    assert groups.every(db) == []


def test_a_closed_account_charges_no_more(db: sqlite3.Connection) -> None:
    driver = drivers.add(db, ASHA)
    ref = tokens.add(db, {"id_token": "CARD", "driver_id": driver.id}).ref
    drivers.close(db, driver.id)
    assert tokens.get(db, ref).blocked
    assert drivers.get(db, driver.id).disabled
