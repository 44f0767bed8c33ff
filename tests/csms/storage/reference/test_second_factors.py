"""Second factors: on once confirmed, every code once, and never a secret in the log."""

from datetime import datetime

import pyotp
import pytest

from csms.domain import events
from csms.storage import errors, reader
from csms.storage.log import Log
from csms.storage.reference import lockouts, logins, second_factors, sign_ins, users
from tests.csms.storage.support import NOW, at

LOCKOUT = sign_ins.Lockout(3, at(600) - NOW)


@pytest.fixture
def user(log: Log) -> users.User:
    return log.write(users.add, {"email": "asha@example.com", "role": "support"}, "stored")


@pytest.fixture
def secret(log: Log, user: users.User) -> str:
    """Hers, which is on."""
    made = log.write(second_factors.enrol, user.id)
    assert log.write(second_factors.switch_on, user.id, code(made, NOW), NOW)
    return made


def code(secret: str, when: datetime) -> str:
    return pyotp.TOTP(secret).at(when)


def recovery_codes(log: Log, user: users.User) -> tuple[str, ...]:
    made = log.write(second_factors.switch_on, user.id, code(log.write(second_factors.enrol, user.id), NOW), NOW)
    assert made is not None
    return made


def told(log: Log) -> list[object]:
    bodies = [stored.event for stored in reader.Reader(log.connection, snapshot=False).read(events.AUDIT_STREAM)]
    return [body.after for body in bodies if isinstance(body, events.ReferenceChanged) and body.kind != "user"]


def test_it_counts_once_the_app_has_proved_itself(log: Log, user: users.User) -> None:
    secret = log.write(second_factors.enrol, user.id)
    assert not second_factors.is_on(log.connection, user.id)
    assert log.write(second_factors.switch_on, user.id, "000000", NOW) is None
    assert second_factors.find(log.connection, user.id) is None
    codes = log.write(second_factors.switch_on, user.id, code(secret, NOW), NOW)
    assert codes is not None
    found = second_factors.find(log.connection, user.id)
    assert found == second_factors.SecondFactor(on_since=NOW, recovery_codes=10)


def test_a_new_one_takes_the_place_of_one_that_was_never_confirmed_but_of_no_other(log: Log, user: users.User) -> None:
    first = log.write(second_factors.enrol, user.id)
    second = log.write(second_factors.enrol, user.id)
    assert log.write(second_factors.switch_on, user.id, code(first, NOW), NOW) is None
    assert log.write(second_factors.switch_on, user.id, code(second, NOW), NOW)
    with pytest.raises(errors.AlreadyExists):
        log.write(second_factors.enrol, user.id)
    with pytest.raises(errors.NotFound):
        log.write(second_factors.switch_on, user.id, code(second, at(60)), at(60))


def test_a_code_is_good_once_the_confirming_one_too(log: Log, user: users.User, secret: str) -> None:
    assert log.write(second_factors.accept, user.id, code(secret, NOW), NOW) is None
    assert log.write(second_factors.accept, user.id, code(secret, at(30)), at(30)) == "code"
    assert log.write(second_factors.accept, user.id, code(secret, at(30)), at(40)) is None
    assert log.write(second_factors.accept, user.id, code(secret, NOW), at(40)) is None, "an older one of the window"


def test_a_recovery_code_is_good_once(log: Log, user: users.User) -> None:
    codes = recovery_codes(log, user)
    assert log.write(second_factors.accept, user.id, codes[3].upper(), at(90)) == "recovery_code"
    assert log.write(second_factors.accept, user.id, codes[3], at(90)) is None
    found = second_factors.find(log.connection, user.id)
    assert found is not None
    assert found.recovery_codes == 9


def test_what_is_stored_of_recovery_codes_is_not_them(log: Log, user: users.User) -> None:
    codes = recovery_codes(log, user)
    dump = "\n".join(log.connection.iterdump())
    assert not any(each in dump or each.replace("-", "") in dump for each in codes)


def test_switching_it_on_ends_the_other_logins_and_a_reset_all(log: Log, user: users.User) -> None:
    (here, _), (there, _) = (log.write(logins.add, user.id, NOW) for _ in range(2))
    secret = log.write(second_factors.enrol, user.id)
    log.write(second_factors.switch_on, user.id, code(secret, NOW), NOW, here)
    assert logins.find(log.connection, there, NOW) is None
    assert logins.find(log.connection, here, NOW) == user
    log.write(second_factors.reset, user.id, "u-admin")
    assert logins.find(log.connection, here, NOW) is None
    assert not second_factors.is_on(log.connection, user.id)
    with pytest.raises(errors.NotFound):
        log.write(second_factors.reset, user.id, "u-admin")


def test_the_log_tells_that_it_was_switched_on_and_off_and_no_secret(log: Log, user: users.User) -> None:
    codes = recovery_codes(log, user)
    log.write(second_factors.switch_off, user.id)
    log.write(second_factors.enrol, user.id)
    assert told(log) == [{"outcome": "on"}, {"outcome": "off"}]
    raw = b"".join(row[0] for row in log.connection.execute("SELECT body FROM events"))
    assert not any(each.encode() in raw for each in codes)


def test_half_way_a_token_opens_nothing(log: Log, user: users.User, secret: str) -> None:
    made = log.write(sign_ins.with_password, user, logins.NOWHERE, NOW)
    assert made is not None
    assert made.awaits_code
    assert logins.find(log.connection, made.token, NOW) is None
    assert logins.half_way(log.connection, made.token, at(299)) == user
    assert logins.half_way(log.connection, made.token, at(300)) is None
    assert logins.of_user(log.connection, user.id, NOW) == []


def test_the_code_makes_another_token_once(log: Log, user: users.User, secret: str) -> None:
    half = log.write(sign_ins.with_password, user, logins.NOWHERE, NOW)
    assert half is not None
    whole = log.write(sign_ins.with_code, half.token, code(secret, at(60)), logins.NOWHERE, at(60), LOCKOUT)
    assert whole is not None
    assert not whole.awaits_code
    assert logins.find(log.connection, whole.token, at(60)) == user
    assert logins.how(log.connection, whole.token) == "code"
    again = log.write(sign_ins.with_code, half.token, code(secret, at(90)), logins.NOWHERE, at(90), LOCKOUT)
    assert again is None


def test_wrong_codes_lock_out_and_a_right_password_in_between_forgives_none(
    log: Log, user: users.User, secret: str
) -> None:
    first = log.write(sign_ins.with_password, user, logins.NOWHERE, NOW)
    assert first is not None
    for _ in range(3):
        half = log.write(sign_ins.with_password, user, logins.NOWHERE, NOW)
        assert half is not None
        assert log.write(sign_ins.with_code, half.token, "000000", logins.NOWHERE, NOW, LOCKOUT) is None
    assert lockouts.until(log.connection, user.email, NOW) == at(600)
    assert log.write(sign_ins.with_code, first.token, code(secret, at(30)), logins.NOWHERE, at(30), LOCKOUT) is None
    assert log.write(sign_ins.with_password, user, logins.NOWHERE, at(30)) is None


def test_a_new_password_unlocks_and_ends_what_was_half_way(log: Log, user: users.User, secret: str) -> None:
    half = log.write(sign_ins.with_password, user, logins.NOWHERE, NOW)
    assert half is not None
    for _ in range(3):
        log.write(sign_ins.refused, user.email, logins.NOWHERE, NOW, LOCKOUT)
    log.write(users.change, user.id, {"name": "Asha"})
    assert lockouts.until(log.connection, user.email, NOW) is not None
    log.write(users.change, user.id, {}, password="another")
    assert lockouts.until(log.connection, user.email, NOW) is None
    assert logins.half_way(log.connection, half.token, NOW) is None


def test_a_provider_that_asked_for_two_factors_is_enough(log: Log, user: users.User, secret: str) -> None:
    strong = log.write(sign_ins.with_provider, user, logins.NOWHERE, NOW, strong=True)
    weak = log.write(sign_ins.with_provider, user, logins.NOWHERE, NOW, strong=False)
    assert (strong.awaits_code, weak.awaits_code) == (False, True)


def test_removing_a_person_removes_it(log: Log, user: users.User, secret: str) -> None:
    log.write(users.remove, user.id)
    for table in ("second_factors", "recovery_codes"):
        assert log.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
