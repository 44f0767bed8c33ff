"""`csms user add|list|password|disable|reset-second-factor`."""

from datetime import UTC, datetime
from pathlib import Path

import pyotp

from csms import credentials
from csms.storage import connection
from csms.storage.log import Log
from csms.storage.reference import second_factors, users
from tests.api.cli.support import Csms

ADA = "ada@example.com"


def stored(data: Path, email: str = ADA) -> users.User:
    conn = connection.reader(data)
    try:
        found = users.find(conn, email)
    finally:
        conn.close()
    assert found is not None
    return found


def test_somebody_is_added_with_a_password_that_is_shown_once(csms: Csms, data: Path) -> None:
    added = csms("user", "add", ADA, "--role", "support", "--json").json
    assert credentials.verify_password(stored(data).password or "", added["password"])
    assert (stored(data).role, added["email"]) == ("support", ADA)


def test_a_chosen_password_is_not_shown(csms: Csms, data: Path) -> None:
    ran = csms("user", "add", ADA, "--role", "admin", "--password", "correct horse battery")
    assert "correct horse battery" not in ran.out
    assert credentials.verify_password(stored(data).password or "", "correct horse battery")


def test_a_short_password_is_refused(csms: Csms) -> None:
    ran = csms.tried("user", "add", ADA, "--role", "admin", "--password", "short")
    assert (ran.code, ran.err) == (1, "csms: password: must have 10 to 256 characters\n")


def test_the_list_holds_no_password(csms: Csms) -> None:
    csms("user", "add", ADA, "--role", "admin")
    (listed,) = csms("user", "list", "--json").json
    assert listed["email"] == ADA
    assert "password" not in listed
    assert ADA in csms("user", "list").out


def test_another_password_takes_the_place_of_the_old(csms: Csms, data: Path) -> None:
    old = csms("user", "add", ADA, "--role", "admin", "--json").json["password"]
    new = csms("user", "password", ADA, "--json").json["password"]
    assert not credentials.verify_password(stored(data).password or "", old)
    assert credentials.verify_password(stored(data).password or "", new)


def test_who_is_disabled_is_marked_so(csms: Csms, data: Path) -> None:
    csms("user", "add", "root@example.com", "--role", "admin")
    csms("user", "add", ADA, "--role", "finance")
    assert "may not sign in" in csms("user", "disable", ADA).out
    assert stored(data).disabled


def test_the_last_admin_stays(csms: Csms) -> None:
    csms("user", "add", ADA, "--role", "admin")
    assert "last admin" in csms.tried("user", "disable", ADA).err


def test_who_is_not_there_cannot_be_disabled(csms: Csms) -> None:
    assert "there is no user nobody@example.com" in csms.tried("user", "disable", "nobody@example.com").err


def test_who_lost_a_second_factor_does_without(csms: Csms, data: Path) -> None:
    csms("user", "add", ADA, "--role", "admin")
    assert "there is no second factor" in csms.tried("user", "reset-second-factor", ADA).err
    now = datetime.now(UTC)
    log = Log.open(data)
    secret = log.write(second_factors.enrol, stored(data).id)
    assert log.write(second_factors.switch_on, stored(data).id, pyotp.TOTP(secret).at(now), now)
    log.close()
    assert "no second factor any more" in csms("user", "reset-second-factor", ADA).out
    conn = connection.reader(data)
    assert not second_factors.is_on(conn, stored(data).id)
    conn.close()


def test_an_unknown_role_is_wrong_usage(csms: Csms) -> None:
    assert csms.tried("user", "add", ADA, "--role", "king").code == 2
