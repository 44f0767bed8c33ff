"""What chargers said they know of customers: outside the log, and for a time only."""

from datetime import timedelta

import pytest

from csms.storage import errors, queries
from csms.storage.log import Log
from csms.storage.reference import customer_information
from csms.storage.reference.customer_information import DAYS, Part
from tests.csms.storage.support import at


def keep(log: Log, request_id: int, number: int = 0, *, last: bool = True, days: int = 0) -> None:
    part = Part("CP-01", request_id, number, f"part {number} of {request_id};", last, "2026-03-01T10:00:00Z")
    log.write(customer_information.keep, part, at(0) + timedelta(days=days))


def known(log: Log, *, days: int = 0) -> list[tuple[int, str, bool]]:
    now = at(0) + timedelta(days=days)
    listed = queries.customer_information.list(log.connection, now, charger_id="CP-01")["items"]
    return [(item["request_id"], item["data"], item["complete"]) for item in listed]


def test_parts_are_joined_in_their_order_and_a_gap_is_seen(log: Log) -> None:
    keep(log, 7, 0, last=False)
    keep(log, 7, 2)
    assert known(log) == [(7, "part 0 of 7;part 2 of 7;", False)]
    keep(log, 7, 1, last=False)
    assert known(log) == [(7, "part 0 of 7;part 1 of 7;part 2 of 7;", True)]


def test_a_report_is_erased_alone(log: Log) -> None:
    keep(log, 7)
    keep(log, 8, days=1)
    log.write(customer_information.forget, "CP-01", "7")
    assert [request for request, _, _ in known(log)] == [8]
    with pytest.raises(errors.NotFound):
        log.write(customer_information.forget, "CP-01", "7")


def test_it_is_gone_by_itself_after_a_time(log: Log) -> None:
    keep(log, 7)
    keep(log, 8, days=DAYS)
    assert [request for request, _, _ in known(log, days=DAYS)] == [8, 7]
    assert [request for request, _, _ in known(log, days=DAYS + 1)] == [8], "not shown, whether or not it is erased yet"
    log.write(customer_information.expire, at(0) + timedelta(days=DAYS + 1))
    assert [request for request, _, _ in known(log)] == [8], "and erased"


def test_a_report_that_is_asked_for_anew_is_joined_with_nothing_older(log: Log) -> None:
    """Another customer's, where whoever asks counts from 1 again."""
    keep(log, 7, 0, last=False)
    keep(log, 7, 1)
    keep(log, 8)
    log.write(customer_information.asked_anew, "CP-01", 7)
    keep(log, 7, 0)
    assert sorted(known(log)) == [(7, "part 0 of 7;", True), (8, "part 0 of 8;", True)]
