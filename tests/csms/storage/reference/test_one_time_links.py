"""Links that are mailed: they work once, for a time, and say why when they do not work any more."""

from datetime import timedelta

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import one_time_links
from csms.storage.reference.one_time_links import Made
from tests.csms.storage.support import NOW, at

HOUR = timedelta(hours=1)
DETAILS = {"email": "asha@example.com"}


def made(log: Log, id: str | None = None, user_id: str | None = None) -> Made:
    return log.write(
        one_time_links.make, "invitation", now=NOW, lifetime=HOUR, by="u1", details=DETAILS, id=id, user_id=user_id
    )


def outcome(log: Log, token: str, seconds: float = 0) -> str:
    with pytest.raises(one_time_links.LinkOver) as over:
        one_time_links.look(log.connection, token, at(seconds))
    return over.value.outcome


def test_looking_uses_nothing_up(log: Log) -> None:
    new = made(log)
    for _ in range(3):
        assert one_time_links.look(log.connection, new.token, at(3599)) == new.link
    assert log.write(one_time_links.use, new.token, at(3599)) == new.link


def test_it_works_once(log: Log) -> None:
    new = made(log)
    log.write(one_time_links.use, new.token, NOW)
    with pytest.raises(one_time_links.LinkOver, match="used already"):
        log.write(one_time_links.use, new.token, NOW)


def test_it_has_256_random_bits_and_only_their_digest_is_stored(log: Log) -> None:
    new, other = made(log), made(log)
    assert len(new.token) == 43 and new.token != other.token
    stored = [bytes(str(row), "utf-8") for row in log.connection.execute("SELECT * FROM one_time_links")]
    assert not any(new.token.encode() in row for row in stored)


def test_each_end_is_told_apart(log: Log) -> None:
    first = made(log)
    second = made(log, id=first.link.id)
    gone = made(log)
    log.write(one_time_links.end, gone.link.id, "revoked", NOW)
    of_somebody = made(log, user_id="u7")
    log.write(one_time_links.end_all, "u7", NOW)
    assert [outcome(log, each.token) for each in (first, gone, of_somebody)] == ["replaced", "revoked", "overtaken"]
    assert outcome(log, second.token, 3600) == "expired"
    assert outcome(log, second.token[:-1]) == "unknown"
    assert one_time_links.look(log.connection, second.token, NOW) == second.link


def test_who_it_was_for_is_known_only_while_it_matters(log: Log) -> None:
    used, open_one = made(log), made(log)
    log.write(one_time_links.use, used.token, NOW)
    stored = [row[0] for row in log.connection.execute("SELECT details FROM one_time_links ORDER BY ended_at IS NULL")]
    assert stored[0] == "{}" and DETAILS["email"] in stored[1]
    log.write(one_time_links.forget, at(3600))
    assert one_time_links.find(log.connection, "invitation", open_one.link.id).details == DETAILS
    log.write(one_time_links.forget, at(3600) + one_time_links.REMEMBERED)
    assert outcome(log, used.token) == "unknown"
    with pytest.raises(errors.NotFound):
        one_time_links.find(log.connection, "invitation", open_one.link.id)


def test_who_registered_and_did_not_confirm_is_forgotten_when_the_link_expires(log: Log) -> None:
    new = log.write(one_time_links.make, "registration", now=NOW, lifetime=HOUR, by="system", details=DETAILS)
    log.write(one_time_links.forget, at(3599))
    assert one_time_links.look(log.connection, new.token, at(3599)).details == DETAILS
    log.write(one_time_links.forget, at(3600))
    assert outcome(log, new.token, 3600) == "expired"
    assert log.connection.execute("SELECT details FROM one_time_links").fetchone()[0] == "{}"
