"""Users, their logins, and the keys of programs."""

from datetime import timedelta
from typing import Any

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import api_keys, logins, scopes, stations, users
from tests.csms.storage.support import NOW, at

ASHA = {"email": "Asha@Example.com", "role": "admin"}


def add(log: Log, fields: dict[str, Any] = ASHA, password: str | None = None) -> users.User:
    return log.write(users.add, fields, password)


def test_a_user_is_found_by_address_in_whatever_case(log: Log) -> None:
    added = add(log, password="stored")
    assert users.find(log.connection, "asha@example.COM") == added == users.get(log.connection, added.id)
    with pytest.raises(errors.AlreadyExists):
        add(log, {**ASHA, "email": "ASHA@example.com"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"email": "asha", "role": "admin"}, "email"), ({**ASHA, "role": "king"}, "role"), ({"email": "a@b"}, "role")],
)
def test_what_is_not_acceptable_is_named(log: Log, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        add(log, fields)
    assert refused.value.field == field


@pytest.mark.parametrize("changes", [{"disabled": True}, {"role": "support"}])
def test_the_last_admin_stays_admin(log: Log, changes: dict[str, Any]) -> None:
    first = add(log)
    with pytest.raises(errors.InvalidValue, match="last admin"):
        log.write(users.change, first.id, changes)
    add(log, {"email": "second@example.com", "role": "admin"})
    log.write(users.change, first.id, changes)


def test_a_login_names_its_user_until_it_ends(log: Log) -> None:
    user = add(log)
    token, end = log.write(logins.add, user.id, NOW, timedelta(hours=1))
    assert end == at(3600)
    assert logins.find(log.connection, token, at(3599)) == user
    assert logins.find(log.connection, token, at(3600)) is None
    assert logins.find(log.connection, token + "x", NOW) is None


def test_a_login_is_stored_as_a_digest_only(log: Log) -> None:
    user = add(log)
    token, _ = log.write(logins.add, user.id, NOW)
    assert token.encode() not in log.connection.execute("SELECT digest FROM logins").fetchone()[0]


def test_signing_out_ends_one_login_only(log: Log) -> None:
    user = add(log)
    (one, _), (other, _) = (log.write(logins.add, user.id, NOW) for _ in range(2))
    log.write(logins.end, one)
    assert logins.find(log.connection, one, NOW) is None
    assert logins.find(log.connection, other, NOW) == user
    log.write(logins.end_all, user.id)
    assert logins.find(log.connection, other, NOW) is None


@pytest.mark.parametrize("how", [{"changes": {"disabled": True}}, {"changes": {}, "password": "new"}])
def test_disabling_and_a_new_password_end_all_logins(log: Log, how: dict[str, Any]) -> None:
    add(log, {"email": "other@example.com", "role": "admin"})
    user = add(log)
    token, _ = log.write(logins.add, user.id, NOW)
    log.write(users.change, user.id, **how)
    assert logins.find(log.connection, token, NOW) is None


def test_expired_logins_are_removed_by_the_next_one(log: Log) -> None:
    user = add(log)
    for moment in (NOW, NOW + logins.LIFETIME):
        log.write(logins.add, user.id, moment)
    assert log.connection.execute("SELECT count(*) FROM logins").fetchone() == (1,)


def test_a_key_is_shown_once_and_stored_as_a_hash(log: Log) -> None:
    record, key = log.write(api_keys.add, {"name": "billing", "role": "finance"}, NOW)
    assert api_keys.find(log.connection, key, NOW) == record
    stored = log.connection.execute("SELECT key FROM api_keys").fetchone()[0]
    assert key.partition(".")[2] not in stored
    for wrong in (key[:-1], record.id, f"{record.id}.", "", "." + key):
        assert api_keys.find(log.connection, wrong, NOW) is None


def test_a_key_ends_when_it_expires_or_is_revoked(log: Log) -> None:
    log.write(stations.add, {"id": "st1", "name": "Mall"})
    fields = {"name": "n", "role": "support", "scope": {"station_ids": ["st1"]}, "expires_at": at(60)}
    record, key = log.write(api_keys.add, fields, NOW)
    assert api_keys.every(log.connection) == [record]
    assert record.scope == scopes.Scope(station_ids=("st1",))
    assert api_keys.find(log.connection, key, at(59)) is not None
    assert api_keys.find(log.connection, key, at(60)) is None
    log.write(api_keys.remove, record.id)
    assert api_keys.find(log.connection, key, NOW) is None
    with pytest.raises(errors.NotFound):
        log.write(api_keys.remove, record.id)


def test_a_key_cannot_be_born_expired(log: Log) -> None:
    with pytest.raises(errors.InvalidValue, match="past"):
        log.write(api_keys.add, {"name": "n", "role": "admin", "expires_at": NOW}, NOW)
