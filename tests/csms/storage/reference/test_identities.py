"""Who may sign in at a provider, as whom, and what the provider decides about them."""

from typing import Any

import msgspec
import pytest

from csms.domain.identity import Identity, Meaning
from csms.storage.log import Log
from csms.storage.reference import identities, logins, scopes, stations, users
from csms.storage.reference.identities import NotAdmitted, Rules
from tests.csms.storage.support import NOW

ASHA = Identity(issuer="https://id.example", subject="s1", email="Asha@Example.com", name="Asha Rao", groups=("desk",))
ROLES = (Meaning("admins", "admin"), Meaning("desk", "support"))
OPEN = Rules(roles=ROLES, new_users=("example.com",))


def enter(log: Log, who: Identity = ASHA, rules: Rules = OPEN) -> users.User:
    user, made = log.write(identities.enter, who, rules, logins.NOWHERE, NOW)
    assert logins.find(log.connection, made.token, NOW) == user
    return user


def changed(**fields: Any) -> Identity:
    return msgspec.structs.replace(ASHA, **fields)


@pytest.fixture
def asha(log: Log) -> users.User:
    """An account here before the provider was."""
    return log.write(users.add, {"email": "asha@example.com", "role": "finance"}, "stored")


def test_an_account_is_found_by_the_verified_email_and_then_by_the_providers_id(log: Log, asha: users.User) -> None:
    assert enter(log, rules=Rules()).id == asha.id
    assert enter(log, changed(email="asha.rao@example.com"), Rules()).id == asha.id
    assert enter(log, changed(email=None), Rules()).id == asha.id


def test_without_meanings_people_keep_the_role_they_have_here_and_nobody_is_added(log: Log, asha: users.User) -> None:
    assert enter(log, rules=Rules()).role == "finance"
    with pytest.raises(NotAdmitted) as refused:
        enter(log, changed(subject="s2", email="b@example.com"), Rules())
    assert refused.value.reason == "unknown_user"


@pytest.mark.parametrize(
    ("domains", "added"), [(("example.com",), True), (("EXAMPLE.com",), True), (("*",), True), (("ample.com",), False)]
)
def test_people_of_these_domains_are_added(log: Log, domains: tuple[str, ...], added: bool) -> None:
    rules = Rules(roles=ROLES, new_users=domains)
    if not added:
        with pytest.raises(NotAdmitted):
            enter(log, rules=rules)
        return
    user = enter(log, rules=rules)
    assert (user.email, user.name, user.role, user.password) == ("Asha@Example.com", "Asha Rao", "support", None)
    assert enter(log, rules=rules) == user


def test_the_provider_decides_on_the_role_at_every_sign_in(log: Log) -> None:
    log.write(users.add, {"email": "root@example.com", "role": "admin"})
    assert enter(log).role == "support"
    assert enter(log, changed(groups=("admins",))).role == "admin"
    assert enter(log).role == "support"


def test_scopes_follow_groups(log: Log) -> None:
    station = log.write(stations.add, {"name": "Mall", "country": "IN", "time_zone": "Asia/Kolkata"})
    meanings = (Meaning("mall", f"station:{station.id}"), Meaning("hq", "all"), Meaning("gone", "station:gone"))
    rules = OPEN._replace(scopes=meanings)
    assert enter(log, changed(groups=("desk", "mall")), rules).scope == scopes.Scope(station_ids=(station.id,))
    assert enter(log, changed(groups=("desk", "mall", "hq")), rules).scope is None
    assert enter(log, changed(groups=("admins",)), rules).scope is None
    for groups, reason in ((("desk",), "no_scope"), (("desk", "gone"), "not_possible")):
        with pytest.raises(NotAdmitted) as refused:
            enter(log, changed(subject="s2", email="b@example.com", groups=groups), rules)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (changed(groups=("others",)), "no_role"),
        (changed(email=None), "no_verified_email"),
        (changed(email="dina@example.com"), "driver"),
        (changed(email="gone@example.com"), "disabled"),
    ],
)
def test_who_is_not_admitted_is_told_why_and_nothing_is_kept(log: Log, who: Identity, reason: str) -> None:
    log.write(users.add, {"email": "dina@example.com", "role": "driver"})
    log.write(users.add, {"email": "gone@example.com", "role": "support", "disabled": True})
    before = users.every(log.connection)
    with pytest.raises(NotAdmitted) as refused:
        enter(log, who)
    assert refused.value.reason == reason
    assert users.every(log.connection) == before
    assert log.connection.execute("SELECT count(*) FROM identities").fetchone() == (0,)


def test_the_last_admin_is_not_demoted_by_a_provider(log: Log) -> None:
    enter(log, changed(groups=("admins",)))
    with pytest.raises(NotAdmitted, match="last admin"):
        enter(log)
