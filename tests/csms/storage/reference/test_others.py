"""Settings, counters, and answers that are kept for a retry."""

import pytest

from csms.storage import errors
from csms.storage.log import Log
from csms.storage.reference import counters, idempotency, settings
from tests.csms.storage.support import NOW


def test_a_setting_holds_any_json(log: Log) -> None:
    assert settings.get(log.connection, "colours", "none") == "none"
    log.write(settings.put, "colours", ["red"])
    log.write(settings.put, "colours", {"a": 1})
    assert settings.get(log.connection, "colours") == {"a": 1}


def test_a_number_is_given_out_once(log: Log) -> None:
    assert [log.write(counters.next_transaction_id) for _ in range(3)] == [1, 2, 3]
    assert log.write(counters.skip_transaction_ids, 10) == 13
    assert log.write(counters.next_transaction_id) == 14


def test_the_same_request_with_the_same_key_gets_the_same_answer(log: Log) -> None:
    assert idempotency.find(log.connection, "u1", "key", b"request") is None
    log.write(idempotency.keep, "u1", "key", b"request", b"answer", NOW)
    assert idempotency.find(log.connection, "u1", "key", b"request") == b"answer"
    assert idempotency.find(log.connection, "u2", "key", b"request") is None


def test_the_same_key_for_another_request_is_refused(log: Log) -> None:
    log.write(idempotency.keep, "u1", "key", b"request", b"answer", NOW)
    with pytest.raises(errors.InvalidValue, match="another request"):
        idempotency.find(log.connection, "u1", "key", b"other")


def test_answers_are_kept_for_a_day(log: Log) -> None:
    log.write(idempotency.keep, "u1", "key", b"request", b"answer", NOW)
    later = NOW + idempotency.LIFETIME
    log.write(idempotency.keep, "u1", "other", b"request", b"answer", later)
    assert idempotency.find(log.connection, "u1", "key", b"request") == b"answer"
    log.write(idempotency.keep, "u1", "third", b"r", b"a", later + idempotency.LIFETIME / 2)
    assert idempotency.find(log.connection, "u1", "key", b"request") is None
