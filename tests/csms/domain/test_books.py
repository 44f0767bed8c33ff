"""The digest of a month: of every line, in its order, and of the month before."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from csms.domain import books

LINES = [
    books.Posting(7, 0, date(2026, 3, 1), "receivables", Decimal("9.00"), "INR", "CN-R-1", None, "receipt"),
    books.Posting(7, 1, date(2026, 3, 1), "revenue", Decimal("-9.00"), "INR", "CN-R-1", None, "receipt"),
]


@pytest.mark.parametrize(
    "changed",
    [
        {"seq": 8},
        {"booked_on": date(2026, 3, 2)},
        {"account": "bank"},
        {"amount": Decimal("9.01")},
        {"currency": "EUR"},
        {"document": "CN-R-2"},
        {"payment_id": "p1"},
        {"text": "invoice"},
    ],
)
def test_whatever_changes_shows(changed: dict[str, Any]) -> None:
    assert books.digest([LINES[0]._replace(**changed), LINES[1]], "") != books.digest(LINES, "")


def test_it_follows_from_the_month_before_and_the_order_of_the_lines() -> None:
    digests = {books.digest(LINES, ""), books.digest(LINES, "0f"), books.digest(LINES[::-1], ""), books.digest([], "")}
    assert len(digests) == 4


def test_lines_of_one_position_are_one_booking() -> None:
    assert [len(each) for each in books.bookings([*LINES, LINES[0]._replace(seq=9)])] == [2, 1]
