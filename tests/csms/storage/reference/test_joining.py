"""Joining by invitation and registration, new passwords and addresses: what links do, and whom mails go to."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from csms.domain import events
from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import (
    drivers,
    erasure,
    joining,
    link_requests,
    lockouts,
    logins,
    networks,
    one_time_links,
    tokens,
    users,
)
from csms.storage.reference.joining import Terms
from csms.storage.reference.one_time_links import LinkOver, Purpose
from tests.csms.storage.support import NOW, at

TERMS = Terms("https://csms.example.com", timedelta(days=7), timedelta(hours=1), timedelta(days=1))
ASHA = {"email": "Asha@example.com", "role": "support", "name": "Asha", "language": "de"}


def mails(log: Log) -> list[tuple[str, str, str | None]]:
    """(to, template, language) of what waits to be sent."""
    query = "SELECT recipient, template, language FROM mails ORDER BY number"
    return [tuple(row) for row in log.connection.execute(query)]


def token(log: Log) -> str:
    """What is in the newest mail's link."""
    (fields,) = log.connection.execute("SELECT fields FROM mails ORDER BY number DESC LIMIT 1").fetchone()
    url = urlsplit(msgspec.json.decode(fields, type=dict[str, str])["url"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://csms.example.com/link"
    return parse_qs(url.query)["token"][0]


def asked(log: Log, purpose: Purpose, email: str, **details: Any) -> None:
    """Somebody asked, and was answered."""
    log.write(link_requests.ask, purpose, {**details, "email": email}, NOW)
    request = link_requests.first(log.connection)
    assert request is not None
    log.write(joining.answer, request, TERMS, NOW)
    assert link_requests.first(log.connection) is None


def opened(log: Log, token: str, password: str | None = "stored", seconds: float = 0) -> users.User:
    return log.write(joining.open_link, token, password, at(seconds)).user


def user(log: Log, email: str = "asha@example.com", role: str = "support") -> users.User:
    return log.write(users.add, {"email": email, "role": role}, "old")


# -- Invitations -------------------------------------------------------------------------------------------------------


def test_who_is_invited_joins_with_role_and_password(log: Log) -> None:
    link = log.write(joining.invite, ASHA, TERMS, NOW)
    assert mails(log) == [("Asha@example.com", "invitation", "de")]
    assert users.find(log.connection, "asha@example.com") is None, "not before the link was opened"
    joined = opened(log, token(log))
    assert (joined.role, joined.name, joined.password) == ("support", "Asha", "stored")
    with pytest.raises(errors.NotFound):
        one_time_links.find(log.connection, "invitation", link.id)


def test_an_invitation_without_a_password_is_not_used_up(log: Log) -> None:
    log.write(joining.invite, ASHA, TERMS, NOW)
    with pytest.raises(errors.InvalidValue, match="password"):
        opened(log, token(log), None)
    assert opened(log, token(log)).email == "Asha@example.com"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"role": "king"}, errors.InvalidValue),
        ({"scope": {"station_ids": ["nowhere"]}}, errors.InvalidValue),
        ({"role": "admin", "scope": {"station_ids": ["nowhere"]}}, errors.InvalidValue),
        ({"email": "known@example.com"}, errors.AlreadyExists),
        ({"email": "INVITED@example.com"}, errors.AlreadyExists),
    ],
)
def test_who_could_not_be_added_is_not_invited(log: Log, fields: dict[str, Any], error: type[Exception]) -> None:
    user(log, "known@example.com")
    log.write(joining.invite, {**ASHA, "email": "invited@example.com"}, TERMS, NOW)
    with pytest.raises(error):
        log.write(joining.invite, {**ASHA, **fields}, TERMS, NOW)


def test_a_resent_invitation_takes_the_place_of_the_first(log: Log) -> None:
    link = log.write(joining.invite, ASHA, TERMS, NOW)
    first = token(log)
    again = log.write(joining.resend, link.id, TERMS, at(8 * 86400))
    assert (again.id, again.details, again.made_by) == (link.id, link.details, link.made_by)
    with pytest.raises(LinkOver, match="newest mail"):
        opened(log, first)
    assert opened(log, token(log), seconds=9 * 86400).role == "support"
    with pytest.raises(errors.NotFound):
        log.write(joining.resend, link.id, TERMS, NOW)


def test_a_revoked_invitation_opens_nothing(log: Log) -> None:
    link = log.write(joining.invite, ASHA, TERMS, NOW)
    log.write(joining.revoke, link.id, NOW)
    with pytest.raises(LinkOver, match="taken back"):
        opened(log, token(log))
    log.write(joining.invite, ASHA, TERMS, NOW)


def test_an_invitation_to_what_is_gone_says_so(log: Log) -> None:
    log.write(networks.add, {"id": "n", "name": "North"})
    log.write(joining.invite, {**ASHA, "scope": {"network_ids": ["n"]}}, TERMS, NOW)
    log.write(networks.remove, "n")
    with pytest.raises(LinkOver, match="another invitation"):
        opened(log, token(log))


def test_who_invited_whom_is_in_the_audit_without_names_and_tokens(log: Log) -> None:
    link = log.change(lambda conn: joining.invite(conn, ASHA, TERMS, NOW), "u-admin")[0]
    secret = token(log)
    joined = opened(log, secret)
    told = [each.event for each in log.read(events.AUDIT_STREAM)]
    changes = [each for each in told if isinstance(each, events.ReferenceChanged) and each.id == link.id]
    about = [(each.by, each.after["outcome"]) for each in changes]
    assert about == [("u-admin", "sent"), (joined.id, "accepted")]
    assert not any(word in str(told) for word in ("sha@", "Asha", secret))


# -- Passwords ---------------------------------------------------------------------------------------------------------


def test_a_reset_sets_the_password_ends_all_logins_and_unlocks(log: Log) -> None:
    asha = user(log)
    login, _ = log.write(logins.add, asha.id, NOW)
    log.write(lockouts.failed, asha.email, NOW, 1, timedelta(minutes=15))
    asked(log, "password_reset", "ASHA@example.com")
    assert mails(log) == [("asha@example.com", "password_reset", None)]
    assert opened(log, token(log)).password == "stored"
    assert logins.find(log.connection, login, NOW) is None
    assert lockouts.until(log.connection, asha.email, NOW) is None


@pytest.mark.parametrize("email", ["nobody@example.com", "gone@example.com", "no address"])
def test_nobody_else_gets_a_mail(log: Log, email: str) -> None:
    log.write(users.change, user(log, "gone@example.com").id, {"disabled": True})
    asked(log, "password_reset", email)
    assert mails(log) == []


@pytest.mark.parametrize(
    ("changes", "password"), [({}, "newer"), ({"disabled": True}, None), ({"email": "asha@example.org"}, None)]
)
def test_a_link_is_void_once_the_account_has_changed(log: Log, changes: dict[str, Any], password: str | None) -> None:
    asha = user(log)
    asked(log, "password_reset", asha.email)
    log.write(users.change, asha.id, changes, password=password)
    with pytest.raises(LinkOver, match="has changed"):
        opened(log, token(log))


def test_of_several_links_any_works_and_one_only(log: Log) -> None:
    asked_twice = user(log)
    asked(log, "password_reset", asked_twice.email)
    first = token(log)
    asked(log, "password_reset", asked_twice.email)
    opened(log, first)
    with pytest.raises(LinkOver, match="has changed"):
        opened(log, token(log))


def test_a_mail_is_given_up_when_its_link_has_expired(log: Log) -> None:
    asked(log, "password_reset", user(log).email)
    until = log.connection.execute("SELECT until - created_at FROM mails").fetchone()[0]
    assert until == 3600_000


# -- Drivers -----------------------------------------------------------------------------------------------------------


def test_a_driver_who_registered_is_one_once_the_address_is_confirmed(log: Log) -> None:
    asked(log, "registration", "dina@example.com", name="Dina", language="hi")
    assert mails(log) == [("dina@example.com", "verify_address", "hi")]
    assert users.every(log.connection) == []
    joined = opened(log, token(log))
    driver = drivers.get(log.connection, joined.id)
    assert (driver.name, driver.language) == ("Dina", "hi")
    (ref,) = drivers.token_refs(log.connection, joined.id)
    issued = tokens.get(log.connection, ref)
    assert issued.type == "Central" and len(issued.id_token or "") == 20, "what OCPP 1.6 has room for"


def test_an_address_that_is_known_is_told_so_by_mail(log: Log) -> None:
    known = log.write(drivers.add, {"email": "dina@example.com", "language": "hi"}, "old")
    asked(log, "registration", "DINA@example.com", name="Somebody", language="de")
    assert mails(log) == [("dina@example.com", "account_exists", "hi")]
    assert users.get(log.connection, known.id).password == "old"


def test_whoever_comes_second_has_an_account_already(log: Log) -> None:
    asked(log, "registration", "dina@example.com", name="", language=None)
    first = token(log)
    asked(log, "registration", "dina@example.com", name="", language=None)
    opened(log, first)
    with pytest.raises(LinkOver, match="account with this address"):
        opened(log, token(log))


def test_another_address_counts_once_it_is_confirmed_and_the_old_one_is_told(log: Log) -> None:
    dina = log.write(drivers.add, {"email": "dina@example.com", "language": "de"}, "old")
    asked(log, "address", "dina@example.org", user_id=dina.id, language=None)
    assert users.get(log.connection, dina.id).email == "dina@example.com"
    moved = opened(log, token(log), None)
    assert (moved.id, moved.email, moved.password) == (dina.id, "dina@example.org", "old")
    assert mails(log)[-1] == ("dina@example.com", "address_changed", "de")


def test_the_address_of_somebody_else_is_not_taken_over(log: Log) -> None:
    dina, other = user(log, "dina@example.com", "driver"), user(log, "other@example.com", "driver")
    asked(log, "address", other.email, user_id=dina.id, language=None)
    assert mails(log) == [("other@example.com", "account_exists", None)]
    asked(log, "address", dina.email, user_id=dina.id, language=None)
    assert len(mails(log)) == 1, "it is one's own"
    asked(log, "address", "free@example.com", user_id=dina.id, language=None)
    user(log, "free@example.com")
    with pytest.raises(LinkOver, match="account with this address"):
        opened(log, token(log), None)


def test_who_is_forgotten_leaves_no_link_behind(log: Log) -> None:
    dina = log.write(drivers.add, {"email": "dina@example.com"}, "old")
    asked(log, "password_reset", "dina@example.com")
    log.write(link_requests.ask, "password_reset", {"email": "Dina@example.com"}, NOW)
    log.write(erasure.erase, dina.id)
    for table in ("one_time_links", "link_requests", "mails"):
        assert log.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
